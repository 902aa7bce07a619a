/** Builds the replay stage: other settings, tried out on the past. */
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { Registry } from 'prom-client';
import type { Annotation } from '../annotations/types.ts';
import { type InputIssue, InvalidInput } from '../catalog/invalidInput.ts';
import { type Clock, HOUR_MS, STEPS_A_DAY, stepOf, stepStartMs } from '../catalog/time.ts';
import type { ModelStatus } from '../forecast/types.ts';
import type { HistoryView } from '../history/index.ts';
import { parseTimestamp } from '../ingest/feed/timestamps.ts';
import type { RiskConfig } from '../risk/config.ts';
import type { StepSpan } from '../training/datasets/windows.ts';
import type { ReplayConfig } from './config.ts';
import { ReplayNoModelError, ReplaySpanError } from './errors.ts';
import { type Replay, ReplayDesk } from './jobs/desk.ts';
import { ReplayMetrics } from './metrics.ts';
import { hourOf, usualFrom } from './replay.ts';
import type { ReplayRequest } from './schemas.ts';
import { settingsOf } from './settings.ts';

const FOLDER = 'replay';

/** A mistake in proposed settings. */
export interface SettingMistake {
  /** Line of the text; null where it is not known. */
  readonly line: number | null;
  /** "risk.alerts.holdCycles"; empty for the text as a whole. */
  readonly setting: string;
  /** What is wrong and what to do. */
  readonly message: string;
}

export interface ReadSettings {
  readonly risk: RiskConfig;
  readonly mistakes: readonly SettingMistake[];
}

export interface ReplayStageOptions {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly logger: Pick<FastifyBaseLogger, 'warn'>;
  readonly config: ReplayConfig;
  readonly dataDir: string;
  /** The settings in use. */
  readonly risk: RiskConfig;
  /** Dates, `YYYY-MM-DD`, that are holidays for every server. */
  readonly holidays: readonly string[];
  /** Reads and checks a configuration file's text. */
  readonly readSettings: (text: string) => ReadSettings;
  readonly history: HistoryView;
  readonly model: () => ModelStatus;
  readonly annotations: () => Iterable<Annotation>;
}

export interface ReplayStage {
  readonly desk: ReplayDesk;
  settings(): Promise<ReturnType<typeof settingsOf> & HistoryExtent & { readonly max_server_days: number }>;
  /** @throws InvalidInput, ReplayNoModelError, ReplayBusyError, HistoryUnavailable */
  begin(request: ReplayRequest): Promise<Replay>;
  close(): Promise<void>;
}

interface HistoryExtent {
  readonly history: { readonly from: string; readonly to: string } | null;
  readonly history_problem: string | null;
}

function issueOf({ line, setting, message }: SettingMistake, isText: boolean): InputIssue {
  if (isText) {
    const place = line === null ? [] : [line];
    return {
      loc: ['body', 'yaml', ...place],
      msg: [setting, message].filter(Boolean).join(': '),
      type: 'value_error',
    };
  }
  const path = setting.split(/[.[\]]+/).filter((step) => step !== '' && step !== 'risk');
  const loc = path.map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return { loc: ['body', 'proposed', ...loc], msg: message, type: 'value_error' };
}

function timeOf(field: 'from' | 'to', text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const timeMs = parseTimestamp(text);
  if (!Number.isNaN(timeMs)) return hourOf(timeMs);
  const msg = 'must be a date and time such as 2026-01-31T08:00:00Z';
  throw new InvalidInput([{ loc: ['body', field], msg, type: 'datetime_parsing' }]);
}

/** Days of the history, by the steps they hold at most; null where there is none. */
async function extentOf(history: HistoryView): Promise<StepSpan | null> {
  const { oldestDay, newestDay } = await history.ask('status', null);
  if (oldestDay === null || newestDay === null) return null;
  return {
    first: stepOf(Date.parse(`${oldestDay}T00:00:00Z`)),
    last: stepOf(Date.parse(`${newestDay}T00:00:00Z`)) + STEPS_A_DAY - 1,
  };
}

class Stage implements ReplayStage {
  readonly #options: ReplayStageOptions;
  readonly desk: ReplayDesk;

  constructor(options: ReplayStageOptions) {
    this.#options = options;
    const metrics = new ReplayMetrics(options.registry);
    this.desk = new ReplayDesk({
      clock: options.clock,
      abandonedAfterSeconds: options.config.abandonedAfterSeconds,
      measure: (request) => options.history.ask('trainingData', request),
      note: (text) => options.logger.warn(text),
      ended: (kind, seconds) => metrics.ended(kind, seconds),
    });
  }

  async settings() {
    const { risk, config } = this.#options;
    return { ...settingsOf(risk), ...(await this.#extent()), max_server_days: config.maxServerDays };
  }

  async begin(request: ReplayRequest): Promise<Replay> {
    const { annotations, clock, config, dataDir, history, holidays, model, risk } = this.#options;
    const proposed = this.#proposedOf(request);
    const { path, problem } = model();
    if (path === null)
      throw new ReplayNoModelError(problem ?? 'No model is loaded, so nothing can be forecast again.');
    const extent = await extentOf(history);
    const nowMs = clock.now();
    const toMs = Math.min(timeOf('to', request.to) ?? nowMs, hourOf(nowMs));
    const fromMs = timeOf('from', request.from) ?? defaultFrom(toMs, extent);
    if (fromMs >= toMs) {
      const msg = new ReplaySpanError('from must lie at least an hour before to (by default now)').message;
      throw new InvalidInput([{ loc: ['body', 'from'], msg, type: 'value_error' }]);
    }
    return this.desk.begin({
      fromMs,
      toMs,
      nowMs,
      names: request.server_names ?? null,
      today: risk,
      proposed,
      model: path,
      annotations: [...annotations()],
      extent,
      holidays,
      cacheFolder: join(dataDir, FOLDER),
      config,
    });
  }

  close(): Promise<void> {
    return this.desk.close();
  }

  #proposedOf({ yaml, proposed }: ReplayRequest): RiskConfig {
    const text = yaml ?? JSON.stringify({ risk: proposed });
    const { risk, mistakes } = this.#options.readSettings(text);
    if (mistakes.length > 0) throw new InvalidInput(mistakes.map((one) => issueOf(one, yaml !== undefined)));
    return risk;
  }

  async #extent(): Promise<HistoryExtent> {
    try {
      const extent = await extentOf(this.#options.history);
      if (extent === null)
        return { history: null, history_problem: 'The history holds no measurements yet.' };
      const toMs = Math.min(stepStartMs(extent.last + 1), this.#options.clock.now());
      const [from, to] = [stepStartMs(extent.first), toMs].map((timeMs) => new Date(timeMs).toISOString());
      return { history: { from, to }, history_problem: null };
    } catch (error) {
      return { history: null, history_problem: (error as Error).message };
    }
  }
}

/** The usual beginning, and an hour at least. */
function defaultFrom(toMs: number, extent: StepSpan | null): number {
  return Math.min(usualFrom(toMs, extent), toMs - HOUR_MS);
}

export function createReplayStage(options: ReplayStageOptions): ReplayStage {
  return new Stage(options);
}
