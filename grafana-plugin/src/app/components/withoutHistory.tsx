import { Text } from '@grafana/ui';
import type { ReactNode } from 'react';
import { ArgusError } from '../../data/errors';

/** What stands in place of a part that needs kept history, where there is none: no failure, and nothing to retry. */
export function withoutHistory(error: Error): ReactNode | undefined {
  if (!(error instanceof ArgusError)) return undefined;
  if (error.kind === 'unsupported') {
    return (
      <Sentence text="This version of the backend keeps no history; update Argus to see the past here." />
    );
  }
  if (error.kind === 'not_found') return <Sentence text="Nothing has been kept of this server yet." />;
  if (error.code === 'ARGUS_HISTORY_UNAVAILABLE') return <Sentence text={error.message} />;
  return undefined;
}

const Sentence = ({ text }: { readonly text: string }) => (
  <div role="note">
    <Text color="secondary">{text}</Text>
  </div>
);
