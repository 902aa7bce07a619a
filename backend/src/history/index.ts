/** Builds the history stage: what is measured, forecast and announced is kept, and can be asked for. */
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify';
import type { Registry } from 'prom-client';
import { TARGET_LIST } from '../catalog/targets.ts';
import type { Clock } from '../catalog/time.ts';
import type { ForecastChunk } from '../forecast/types.ts';
import type { RiskEngine } from '../risk/engine.ts';
import { HistoryClient } from './client.ts';
import type { HistoryConfig } from './config.ts';
import { HistoryUnavailable } from './errors.ts';
import { HistoryMetrics } from './metrics.ts';
import type { ExportRequest, QuestionName, Questions } from './protocol.ts';
import { type RecordedFleet, Recorder } from './recorder.ts';
import { historyRoutes } from './routes/index.ts';

const FOLDER = 'history';
const SWITCHED_OFF = 'The history is switched off; set history.enabled to true to have one.';

export interface HistoryStageOptions {
  readonly fleet: RecordedFleet;
  readonly risk: Pick<RiskEngine, 'assessmentOf' | 'recentAlertEvents' | 'onAlertEvent' | 'thresholdsOf'>;
  readonly clock: Clock;
  readonly config: HistoryConfig;
  readonly registry: Registry;
  readonly logger: FastifyBaseLogger;
  readonly dataDir: string;
}

/** What other stages may ask of the history. */
export interface HistoryView {
  /** Why nothing can be asked now; null where it can. */
  readonly problem: string | null;
  /** @throws HistoryUnavailable, HistoryBusy, HistoryTimeout */
  ask<Name extends QuestionName>(name: Name, ask: Questions[Name]['ask']): Promise<Questions[Name]['answer']>;
  /** @throws HistoryUnavailable */
  export(request: ExportRequest): Readable;
  readonly lostRows: number;
}

export interface HistoryStage {
  readonly view: HistoryView;
  readonly routes: FastifyPluginAsync;
  /** Takes a chunk of forecasts; its arrays may be used again when it returns. */
  consume(chunk: ForecastChunk): void;
  /** To be called after each forecast cycle and its risk; returns before it is on disk. */
  cycleEnded(originStep: number): void;
  /** Starts the history process; resolves when it can be asked and has what an earlier run left. Never rejects. */
  start(): Promise<void>;
  /** Resolves when the forecasts of another cycle would be taken. */
  roomForCycle(): Promise<void>;
  /** Writes what is waiting and ends the process; never rejects. */
  close(): Promise<void>;
}

export function createHistoryStage(options: HistoryStageOptions): HistoryStage {
  return options.config.enabled ? runningStage(options) : idleStage(options);
}

/** A history that keeps nothing and says so. */
function idleStage({ fleet, clock }: HistoryStageOptions): HistoryStage {
  const view: HistoryView = {
    problem: SWITCHED_OFF,
    lostRows: 0,
    ask: () => Promise.reject(new HistoryUnavailable(SWITCHED_OFF)),
    export: () => {
      throw new HistoryUnavailable(SWITCHED_OFF);
    },
  };
  return {
    view,
    routes: historyRoutes({ view, fleet, clock, enabled: false }),
    consume: () => {},
    cycleEnded: () => {},
    start: () => Promise.resolve(),
    roomForCycle: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function runningStage(options: HistoryStageOptions): HistoryStage {
  const { fleet, risk, clock, config, registry, logger, dataDir } = options;
  const metrics = new HistoryMetrics(registry, () => client.problem === null);
  let isClosing = false;
  const catchUp = async (): Promise<void> => {
    try {
      if (client.problem === null && !isClosing) await recorder.catchUp();
    } catch (error) {
      logger.error({ err: error }, 'what an earlier run left could not be added to the history');
    }
  };
  const client: HistoryClient = new HistoryClient({
    settings: { folder: join(dataDir, FOLDER), config },
    logger,
    onDamaged: ({ file, setAsideAs, reason }) => {
      metrics.fileDamaged();
      logger.error({ file, setAsideAs, reason }, 'A file of the history is damaged; it was set aside.');
    },
    onRemoved: (day, reason) => {
      metrics.dayRemoved(reason);
      logger.info({ day, reason }, 'a day of the history was removed');
    },
    onBack: () => void catchUp(),
  });
  const view: HistoryView = {
    get problem() {
      return client.problem;
    },
    get lostRows() {
      return metrics.lostRows;
    },
    ask: (name, ask) => client.ask(name, ask),
    export: (request) => client.export(request),
  };
  const recorder = new Recorder({
    fleet,
    risk,
    clock,
    config,
    metrics,
    logger,
    criticalThreshold: (name, target) => {
      const server = fleet.byName(name);
      const { thresholds } = TARGET_LIST[target];
      return (server === undefined ? thresholds : risk.thresholdsOf(server, target))?.critical ?? null;
    },
    problem: () => client.problem,
    ask: (name, ask) => client.ask(name, ask),
  });
  const unsubscribe = risk.onAlertEvent((event) => recorder.alertHappened(event));
  return {
    view,
    routes: historyRoutes({ view, fleet, clock, enabled: true }),
    consume: (chunk) => recorder.consume(chunk),
    cycleEnded: (originStep) => recorder.cycleEnded(originStep),
    async start() {
      await client.start();
      await catchUp();
    },
    roomForCycle: () => recorder.roomForCycle(),
    async close() {
      isClosing = true;
      unsubscribe();
      await recorder.close().catch((error) => logger.error({ err: error }, 'the history is not complete'));
      await client.stop();
    },
  };
}
