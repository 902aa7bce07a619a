import type { TimeZone } from '@grafana/data';
import { Alert, Button } from '@grafana/ui';
import type { ArgusClient } from '../../../data/client';
import type { ArgusError } from '../../../data/errors';
import { PanelMessage } from '../../../shared/PanelMessage';
import { ExplanationView, type ExplanationViewProps } from './ExplanationView';
import { useExplanation } from './useExplanation';

export interface ServerExplanationProps extends Pick<ExplanationViewProps, 'show' | 'compact' | 'linked'> {
  readonly client: ArgusClient;
  readonly server: string;
  readonly timeZone: TimeZone;
  /** Asks again whenever it changes: the forecast's origin, or the time of a refresh. */
  readonly version?: unknown;
}

/** Asks for a server's explanation and shows it, or in its place what is going on. */
export const ServerExplanation = ({ client, server, version, ...view }: ServerExplanationProps) => {
  const { explanation, error, busy, slow, retry } = useExplanation(client, server, version);
  if (explanation === undefined) {
    if (error !== undefined && !busy) return <ExplanationFailed error={error} onRetry={retry} />;
    return <ExplanationPending slow={slow} />;
  }
  return (
    <>
      {error !== undefined && (
        <Alert title="The explanation could not be brought up to date" severity="warning" topSpacing={0}>
          {error.sentence}
        </Alert>
      )}
      <ExplanationView {...view} client={client} explanation={explanation} />
    </>
  );
};

export const ExplanationPending = ({ slow }: { slow: boolean }) => (
  <PanelMessage title="Explaining the forecast…">
    {slow
      ? 'It takes longer than usual: explanations are computed when nothing more urgent is. It appears by itself.'
      : 'The forecast is run again with parts of the past replaced, to see what it reacts to.'}
  </PanelMessage>
);

export const ExplanationFailed = ({ error, onRetry }: { error: ArgusError; onRetry?: () => void }) => (
  <PanelMessage
    title={error.kind === 'not_ready' ? 'Nothing to explain yet' : 'The explanation could not be loaded'}
    icon={error.kind === 'not_ready' ? 'clock-nine' : 'exclamation-triangle'}
    role={error.kind === 'not_ready' ? 'status' : 'alert'}
    action={
      error.canRetry && onRetry !== undefined ? (
        <Button size="sm" variant="secondary" onClick={onRetry}>
          Try again
        </Button>
      ) : undefined
    }
  >
    {error.kind === 'not_ready' ? error.message : error.sentence}
  </PanelMessage>
);
