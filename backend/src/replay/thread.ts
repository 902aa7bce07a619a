/** A thread of a replay: forecasts and scores one server after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import type { RiskConfig } from '../risk/config.ts';
import type { StepSpan } from '../training/datasets/windows.ts';
import { BatchForecaster } from '../training/forecaster.ts';
import { alertsOf, type ReplayedAlert } from './alerts/lifeCycle.ts';
import { type Scoring, ServerPass, scoringOf } from './forecasts/serverPass.ts';
import { StoredForecasts } from './forecasts/storedForecasts.ts';
import { type PlainSeries, withHolidays } from './plainSeries.ts';

export interface ThreadSettings {
  /** Folder of the bundle. */
  readonly model: string;
  readonly configs: readonly RiskConfig[];
  readonly span: StepSpan;
  readonly everyStep: boolean;
}

export interface ThreadTask {
  readonly position: number;
  readonly series: PlainSeries;
  /** Forecasts of an earlier replay, encoded. */
  readonly known: Uint8Array | null;
}

export interface CausedAlert extends ReplayedAlert {
  /** Position in TARGETS, or -1. */
  readonly causeTarget: number;
}

export interface ServerReplay {
  readonly position: number;
  /** [configuration], by time. */
  readonly alerts: readonly (readonly CausedAlert[])[];
  /** Steps from which the server could have been forecast. */
  readonly possible: number;
  readonly made: number;
  readonly cached: number;
  /** Encoded; null where nothing was added to what is known. */
  readonly forecasts: Uint8Array | null;
}

export type FromThread =
  | { readonly kind: 'done'; readonly server: ServerReplay }
  | { readonly kind: 'failed'; readonly message: string };

async function replayServer(
  pass: ServerPass,
  scorings: readonly Scoring[],
  { span, everyStep }: ThreadSettings,
  { position, series: plain, known }: ThreadTask,
): Promise<ServerReplay> {
  const series = withHolidays(plain);
  const stored = known === null ? null : StoredForecasts.decode(known);
  const { origins, scores, forecasts, made, cached } = await pass.run(series, {
    span,
    known: stored,
    everyStep,
  });
  const alerts = scorings.map(({ settings }, i) =>
    alertsOf(origins, scores[i], settings).map((alert) => ({
      ...alert,
      causeTarget: pass.causeOf(series, forecasts, alert.openedStep, i),
    })),
  );
  const isChanged = made > 0 || forecasts !== stored;
  return {
    position,
    alerts,
    possible: origins.length,
    made,
    cached,
    forecasts: isChanged ? forecasts.encode() : null,
  };
}

function main(settings: ThreadSettings): void {
  const scorings = settings.configs.map(scoringOf);
  const pass = new ServerPass(() => BatchForecaster.open(settings.model, 1), scorings);
  const tell = (message: FromThread): void => parentPort?.postMessage(message);
  let queue: Promise<void> = Promise.resolve();
  parentPort?.on('message', (task: ThreadTask) => {
    queue = queue
      .then(async () => tell({ kind: 'done', server: await replayServer(pass, scorings, settings, task) }))
      .catch((error) => tell({ kind: 'failed', message: (error as Error).message }));
  });
}

main(workerData as ThreadSettings);
