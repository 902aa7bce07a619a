import { LoadingState, type PanelData } from '@grafana/data';
import type { ReactNode } from 'react';
import { PanelMessage } from './PanelMessage';

interface Props {
  readonly data: PanelData;
  /** What the panel would show: "The fleet". */
  readonly what: string;
  readonly pending: ReactNode;
  /** Said where the query has ended well and there is nothing to show. */
  readonly children: ReactNode;
}

/** What a panel says in place of its picture: why its query failed, that it runs, or what else there is to say. */
export const QueryStandIn = ({ data, what, pending, children }: Props) => {
  const error = data.errors?.[0] ?? data.error;
  if (error !== undefined && data.state === LoadingState.Error)
    return (
      <PanelMessage title={`${what} could not be loaded`} icon="exclamation-triangle" role="alert">
        {error.message ?? error.data?.message ?? 'The data source gave no reason.'}
      </PanelMessage>
    );
  if (data.state === LoadingState.Loading || data.state === LoadingState.NotStarted) return pending;
  return children;
};
