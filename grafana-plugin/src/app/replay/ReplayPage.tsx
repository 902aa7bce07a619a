import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, EmptyState, Text, useStyles2 } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { ArgusError } from '../../data/errors';
import type { TimeSpan } from '../../data/history';
import { isOver, type ReplayOrder, type ReplaySettings } from '../../data/replay';
import { useCancelReplay, useReplay, useReplaySettings, useStartReplay } from '../../data/replayHooks';
import { CommandFailure } from '../components/CommandResult';
import { formatMoment } from '../components/format';
import { QueryState } from '../components/QueryState';
import { useTimeZone } from '../scenes/useRefresh';
import { usePastSpan } from '../scenes/useSpan';
import { TEST_IDS } from '../testIds';
import { proposalOf, riskOf } from './proposal';
import { ReplayForm } from './ReplayForm';
import { ReplayProgress } from './ReplayProgress';
import { ReplayResultView } from './ReplayResultView';
import type { ReplayView } from './ReplayView';

function withoutReplay(error: Error) {
  if (!(error instanceof ArgusError) || error.kind !== 'unsupported') return undefined;
  return (
    <Text color="secondary">This version of the backend cannot replay the past; update Argus for it.</Text>
  );
}

/** Other settings tried on the past. */
export const ReplayPage = ({ model }: { readonly model: ReplayView }) => {
  const styles = useStyles2(getStyles);
  const timeZone = useTimeZone(model);
  const span = usePastSpan(model);
  const settings = useReplaySettings();
  return (
    <div className={styles.page} data-testid={TEST_IDS.replay}>
      <QueryState query={settings} what="today's settings" onError={withoutReplay}>
        {(data) =>
          data.history === null ? (
            <EmptyState variant="not-found" message="There is nothing to replay yet">
              {data.history_problem ?? 'Nothing has been kept of the past.'}
            </EmptyState>
          ) : (
            <Desk settings={data} history={data.history} span={span} timeZone={timeZone} />
          )
        }
      </QueryState>
    </div>
  );
};

interface DeskProps {
  readonly settings: ReplaySettings;
  readonly history: NonNullable<ReplaySettings['history']>;
  readonly span: TimeSpan;
  readonly timeZone: string;
}

const Desk = ({ settings, history, span, timeZone }: DeskProps) => {
  const styles = useStyles2(getStyles);
  const [proposal, setProposal] = useState(() => proposalOf(settings.risk));
  const start = useStartReplay();
  const cancel = useCancelReplay();
  const replay = useReplay(start.data?.id);
  const order = useMemo<ReplayOrder>(
    () => ({
      from: new Date(span.fromMs).toISOString(),
      to: new Date(span.toMs).toISOString(),
      proposed: riskOf(proposal, settings.risk),
    }),
    [span, proposal, settings],
  );
  const isRunning = start.isPending || (replay.data !== undefined && !isOver(replay.data));
  const run = () => {
    cancel.reset();
    start.mutate(order);
  };
  return (
    <>
      <Text color="secondary">
        The past is kept from {formatMoment(history.from, timeZone)} to {formatMoment(history.to, timeZone)}.
        The period chosen above is replayed as far as it is kept.
      </Text>
      <ReplayForm
        settings={settings}
        proposal={proposal}
        isRunning={isRunning}
        onChange={setProposal}
        onRun={run}
      />
      <CommandFailure command={start} failed="The replay was not started" />
      <CommandFailure command={cancel} failed="The replay was not cancelled" />
      {start.data === undefined ? null : (
        <div className={styles.outcome} aria-live="polite">
          <QueryState query={replay} what="the replay">
            {(data) => (
              <Outcome
                replay={data}
                timeZone={timeZone}
                isChanged={JSON.stringify(order) !== JSON.stringify(start.variables)}
                isCancelling={cancel.isPending}
                onCancel={() => cancel.mutate(data.id)}
              />
            )}
          </QueryState>
        </div>
      )}
    </>
  );
};

interface OutcomeProps {
  readonly replay: NonNullable<ReturnType<typeof useReplay>['data']>;
  readonly timeZone: string;
  /** The form or the period is no longer what this was asked with. */
  readonly isChanged: boolean;
  readonly isCancelling: boolean;
  readonly onCancel: () => void;
}

const Outcome = ({ replay, timeZone, isChanged, isCancelling, onCancel }: OutcomeProps) => {
  if (replay.state === 'failed') {
    return (
      <Alert severity="error" title="The replay failed">
        {replay.error?.detail ?? 'The log of Argus has the cause.'}
      </Alert>
    );
  }
  if (replay.state === 'cancelled') return <Alert severity="info" title="The replay was cancelled" />;
  if (replay.result === null) {
    return <ReplayProgress replay={replay} isCancelling={isCancelling} onCancel={onCancel} />;
  }
  return (
    <ReplayResultView
      result={replay.result}
      from={replay.from}
      to={replay.to}
      timeZone={timeZone}
      isChanged={isChanged}
    />
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  outcome: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2), minWidth: 0 }),
});
