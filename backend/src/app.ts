/** The composition root: builds every stage and connects them, in the order data passes through. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { type Annotations, createAnnotations } from './annotations/index.ts';
import { annotationRoutes } from './annotations/routes.ts';
import { KeyStore, type Listener, requireKeysBeyondLoopback } from './api/keys.ts';
import { registerApiRoutes } from './api/routes.ts';
import { buildServer, closeServer, listen } from './api/server.ts';
import type { ApiSources } from './api/sources.ts';
import { type CascadeStage, createCascadeStage } from './cascade/index.ts';
import { cascadeRoutes } from './cascade/routes.ts';
import { type Clock, stepStartMs } from './catalog/time.ts';
import { readConfigText } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { createExplainStage, type ExplainStage } from './explain/index.ts';
import { FleetBackfill } from './fleet/backfill/newcomers.ts';
import { createFleet, type FleetStage } from './fleet/createFleet.ts';
import { modelRoutes } from './forecast/routes.ts';
import { createForecastStage, type ForecastStage } from './forecast/stage.ts';
import { createHistoryStage, type HistoryStage } from './history/index.ts';
import { feedRoutes } from './ingest/feed/routes.ts';
import { createOtlpReceiver, type OtlpReceiver } from './ingest/otlp/receiver.ts';
import { createPublishStage, type PublishStage } from './publish/index.ts';
import { createReplayStage, type ReadSettings, type ReplayStage } from './replay/index.ts';
import { replayRoutes } from './replay/routes.ts';
import { type Calibration, readCalibration } from './risk/calibration.ts';
import type { RiskEngine } from './risk/engine.ts';
import { createRiskStage } from './risk/index.ts';
import { Caretaker, type DriftReason, type ServiceCard } from './training/jobs/caretaker.ts';
import { geometricMean } from './training/jobs/comparison.ts';
import { TrainingManager } from './training/jobs/manager.ts';
import { TrainingMetrics } from './training/jobs/metrics.ts';
import { trainingRoutes } from './training/jobs/routes.ts';
import { VERSION } from './version.ts';
import { createWatchStage, type WatchStage } from './watch/index.ts';

const SHIPPED_MODELS = fileURLToPath(new URL('../../models/bundles', import.meta.url));
const KEY_FILE = 'keys.json';
const OWN_MODELS = 'models';
const TRAININGS = 'training';

export interface AppOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: FastifyBaseLogger;
}

/** Where a running Argus can be reached. */
export interface AppAddresses {
  /** URL */
  readonly rest: string;
  /** HOST:PORT */
  readonly otlpGrpc: string;
  /** HOST:PORT */
  readonly otlpHttp: string;
}

export interface App {
  readonly addresses: AppAddresses;
  /**
   * Does at once what is due by the clock, and resolves when the next step may close; the history may still be writing.
   * In service timers do what is due; a clock that jumps, as that of a simulation, would leave them behind.
   */
  settle(): Promise<void>;
  /** Stops taking data, lets what is under way finish, writes what is to be kept. */
  stop(): Promise<void>;
}

interface Stages {
  readonly fleet: FleetStage;
  readonly forecast: ForecastStage;
  readonly annotations: Annotations;
  readonly cascade: CascadeStage;
  readonly risk: RiskEngine;
  readonly explain: ExplainStage;
  readonly watch: WatchStage;
  readonly history: HistoryStage;
  readonly training: TrainingManager;
  readonly caretaker: Caretaker;
  readonly replay: ReplayStage;
  readonly publish: PublishStage;
  readonly receiver: OtlpReceiver;
  readonly api: FastifyInstance;
}

/**
 * Starts Argus. What was begun is taken back where a part cannot start.
 * @throws the coded errors of the stages: a port in use, a locked data folder, keys that are missing or damaged
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, clock, logger } = options;
  const keys = new KeyStore(join(config.dataDir, KEY_FILE), clock, logger);
  requireKeysBeyondLoopback(keys, listenersOf(config));
  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const stages = await buildStages(options, keys, undo);
    const addresses = await openDoors(stages, options, keys, undo);
    return { addresses, settle: () => settle(stages), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function listenersOf({ api, ingest }: Config): readonly Listener[] {
  return [
    { what: 'The REST API', host: api.host },
    { what: 'The OTLP receiver (gRPC)', host: ingest.otlp.grpc.host },
    { what: 'The OTLP receiver (HTTP)', host: ingest.otlp.http.host },
  ];
}

async function buildStages(
  options: AppOptions,
  keys: KeyStore,
  undo: (() => Promise<void>)[],
): Promise<Stages> {
  const { config, clock, logger } = options;
  const { dataDir } = config;
  const registry = new Registry();
  const shared = { clock, registry, logger };

  const fleet = createFleet({ ...shared, config: config.fleet, dataDir });
  undo.push(() => fleet.stop());
  const restored = await fleet.open();
  logger.info({ restored }, 'the window is restored');

  const annotations = await createAnnotations({
    ...shared,
    fleet: fleet.fleet,
    config: config.annotations,
    dataDir,
  });
  undo.push(async () => annotations.stop());

  const cascade = createCascadeStage({ ...shared, fleet: fleet.fleet, config: config.cascade });
  undo.push(() => cascade.close());

  const risk = await createRiskStage({
    ...shared,
    fleet: fleet.fleet,
    config: config.risk,
    cascades: cascade,
    cascadeConfig: config.cascade,
    dataDir,
    calibration: null,
  });
  undo.push(() => risk.close());
  cascade.resume(risk.openCascades());

  const history = createHistoryStage({
    ...shared,
    fleet: fleet.fleet,
    risk,
    config: config.history,
    dataDir,
  });
  undo.push(() => history.close());

  const forecast = createForecastStage({
    ...shared,
    fleet: fleet.fleet,
    config: config.forecast,
    modelFolders: [join(dataDir, OWN_MODELS), SHIPPED_MODELS],
    warmupSteps: config.fleet.warmupSteps,
    consume: (chunk) => {
      risk.assess(chunk);
      history.consume(chunk);
      watch.consume(chunk);
    },
    onModelLoaded: async (folder) => risk.setCalibration(await calibrationOf(folder, logger)),
  });
  undo.push(() => forecast.stop());

  const explain = createExplainStage({
    ...shared,
    fleet: fleet.fleet,
    forecast,
    risk,
    config: config.explain,
  });
  undo.push(() => explain.close());

  const watch = await createWatchStage({ ...shared, fleet: fleet.fleet, forecast, dataDir });
  undo.push(() => watch.close());

  const training = await TrainingManager.open({
    ...shared,
    folder: join(dataDir, TRAININGS),
    modelsFolder: join(dataDir, OWN_MODELS),
    history: history.view,
    forecast,
    config: config.training,
    metrics: new TrainingMetrics(registry),
    holidays: config.forecast.holidays,
    leftOut: (fromMs, toMs) => annotations.unlearned({ fromMs, toMs }),
  });
  undo.push(() => training.stop());
  const caretaker = await Caretaker.open({
    ...shared,
    manager: training,
    forecast,
    card: () => serviceCard(watch, fleet),
    drift: () => driftOf(watch),
    config: config.training,
    path: join(dataDir, TRAININGS, 'care.json'),
  });
  undo.push(() => caretaker.settled());

  const replay = createReplayStage({
    ...shared,
    config: config.replay,
    dataDir,
    risk: config.risk,
    holidays: config.forecast.holidays,
    readSettings,
    history: history.view,
    model: () => forecast.status(),
    annotations: () => annotations.all(),
  });
  undo.push(() => replay.close());

  const publish = createPublishStage({
    ...shared,
    fleet: fleet.fleet,
    forecast: forecast.view,
    risk,
    config: config.publish,
    version: VERSION,
  });
  undo.push(() => publish.close());
  forecast.onCycleFinished(async ({ originStep }) => {
    await risk.endCycle(originStep);
    history.cycleEnded(originStep);
    await watch.cycleEnded(originStep);
    caretaker.cycleEnded();
    publish.cycleEnded();
  });

  const receiver = createOtlpReceiver({
    ...shared,
    intake: fleet.fleet,
    config: config.ingest.otlp,
    authorize: ({ apiKey, authorization }) =>
      keys.authorize({ 'x-api-key': apiKey, authorization }, 'ingest'),
  });
  fleet.fleet.onServerLeft((server) => receiver.forget(server.index));

  const api = await buildServer({ ...shared, config: config.api, keys, version: VERSION });
  const stages = {
    fleet,
    annotations,
    cascade,
    forecast,
    risk,
    explain,
    watch,
    history,
    training,
    caretaker,
    replay,
    publish,
    receiver,
    api,
  };
  await registerRoutes(stages, options, registry);
  return stages;
}

async function registerRoutes(stages: Stages, { clock }: AppOptions, registry: Registry): Promise<void> {
  const {
    api,
    fleet,
    annotations,
    cascade,
    forecast,
    risk,
    explain,
    watch,
    history,
    training,
    replay,
    publish,
  } = stages;
  const sources: ApiSources = {
    clock,
    fleet: fleet.fleet,
    forecast: forecast.view,
    risk,
    version: VERSION,
    startedAtMs: clock.now(),
    model: () => forecast.status(),
    lastCycle: () => forecast.lastCycle(),
    journal: () => journalStatus(fleet),
    report: watch.report,
    holidays: forecast.holidays,
    annotations,
    thresholds: (server, target) => risk.thresholdsOf(server, target),
  };
  await registerApiRoutes(api, sources);
  await api.register(feedRoutes, { fleet: fleet.fleet, clock, registry });
  await api.register(publish.routes);
  await api.register(annotationRoutes, { annotations, clock, risk, fleet: fleet.fleet });
  await api.register(modelRoutes, { stage: forecast });
  await api.register(cascadeRoutes, { cascades: cascade, alerts: risk, clock });
  await api.register(explain.routes);
  await api.register(watch.routes);
  await api.register(history.routes);
  await api.register(trainingRoutes, { manager: training });
  await api.register(replayRoutes, { stage: replay });
}

/** Proposed settings, and what is wrong with them. */
function readSettings(text: string): ReadSettings {
  const { config, problems } = readConfigText(text, 'yaml');
  const mistakes = problems.map(({ origin, setting, message, remedy }) => {
    return { line: origin.kind === 'file' ? origin.line : null, setting, message: `${message}. ${remedy}` };
  });
  return { risk: config.risk, mistakes };
}

async function settle({ fleet, forecast, history, caretaker }: Stages): Promise<void> {
  fleet.fleet.tick();
  await forecast.idle();
  await caretaker.settled();
  await history.roomForCycle();
}

/** What the report card says of the network in use: its loss against the best baseline's. */
function serviceCard({ report }: WatchStage, { fleet }: FleetStage): ServiceCard {
  const rows = report.rows(fleet.closedStep).filter(({ skill }) => skill !== null);
  const scored = rows.reduce((sum, row) => sum + row.scored, 0);
  const shares = rows.map(({ skill }) => 1 - (skill ?? 0));
  return { scored, relativeLoss: rows.length === 0 ? null : geometricMean(shares) };
}

function driftOf({ drift: { state } }: WatchStage): DriftReason | null {
  if (state.sinceStep === null) return null;
  return { sinceMs: stepStartMs(state.sinceStep), sentence: state.message };
}

function journalStatus(fleet: FleetStage): ReturnType<ApiSources['journal']> {
  const { journalHealthy } = fleet.health();
  const problem = journalHealthy
    ? null
    : 'The journal cannot be written (the log says why): what is measured now would not survive a restart. Free disk space.';
  return { healthy: journalHealthy, problem };
}

/** The table that belongs to a model; a damaged one costs calibrated probabilities, not the start. */
async function calibrationOf(bundleFolder: string, logger: FastifyBaseLogger): Promise<Calibration | null> {
  try {
    const calibration = await readCalibration(bundleFolder);
    if (calibration === null) {
      logger.warn('The model brings no calibration.json: failure probabilities come from a default table.');
    }
    return calibration;
  } catch (error) {
    logger.error({ err: error }, 'the calibration of the model in use cannot be read');
    return null;
  }
}

/** Loads the model, then lets data and people in: nobody meets an Argus that is half built. */
async function openDoors(
  stages: Stages,
  { config, clock, logger }: AppOptions,
  keys: KeyStore,
  undo: (() => Promise<void>)[],
): Promise<AppAddresses> {
  const { fleet, annotations, forecast, history, training, receiver, api } = stages;
  fleet.start();
  annotations.start();
  const historyReady = history.start();
  await forecast.start();
  void historyReady.then(() => training.resume());
  // A restored fleet need not wait for the schedule's first look.
  void forecast.catchUp();
  const rest = await listen(api, config.api, keys);
  undo.push(() => closeServer(api, config.api.closeGraceSeconds));
  const { grpcAddress, httpAddress } = await receiver.start();
  undo.push(() => receiver.stop());
  if (config.fleet.backfill !== undefined) {
    const backfill = new FleetBackfill({ config: config.fleet.backfill, fleet: fleet.fleet, clock, logger });
    backfill.start();
    undo.push(() => backfill.stop());
  }
  return { rest, otlpGrpc: grpcAddress, otlpHttp: httpAddress };
}
