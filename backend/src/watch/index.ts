/** Builds the watch stage: the report card, drift, and what is kept of both across a restart. */

import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { TARGET_COUNT, TARGETS } from '../catalog/targets.ts';
import { type Clock, HORIZONS } from '../catalog/time.ts';
import type { FleetView } from '../fleet/types.ts';
import { FORECASTERS } from '../forecast/baselines.ts';
import type { ForecastStage } from '../forecast/stage.ts';
import type { ForecastChunk } from '../forecast/types.ts';
import { encodeDrift, restoreDrift } from './drift/file.ts';
import { DriftMetrics } from './drift/metrics.ts';
import { DriftMonitor, describeGroup } from './drift/monitor.ts';
import { driftRoutes } from './drift/routes.ts';
import type { DriftView } from './drift/types.ts';
import { KeptFile, type KeptFileOptions } from './keptFile.ts';
import { WatchMetrics } from './metrics.ts';
import { HOUR_SIZE, ReportCard } from './reportCard.ts';
import { decodeSnapshot, encodeSnapshot, type Snapshot, type SnapshotLayout } from './snapshot.ts';
import type { ReportView, SourceCount } from './types.ts';

/** Steps between two snapshots: a crash loses an hour of scores. */
const SNAPSHOT_STEPS = 12;
const FOLDER = 'watch';
const SCORES_FILE = 'scores.bin';
const DRIFT_FILE = 'drift.bin';

export interface WatchStageOptions {
  readonly fleet: FleetView;
  /** Not started yet: what was learned is put back before. */
  readonly forecast: Pick<ForecastStage, 'view' | 'learned' | 'onScored' | 'reportOf'>;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Scores are kept in its folder `watch`; null: in memory only. */
  readonly dataDir: string | null;
}

export interface WatchStage {
  readonly report: ReportView;
  readonly drift: DriftView;
  readonly routes: FastifyPluginAsync;
  /** Takes what servers measured; their forecasts' scores come by themselves. */
  consume(chunk: ForecastChunk): void;
  /** To be called after each forecast cycle; never rejects. */
  cycleEnded(originStep: number): Promise<void>;
  /** Ends the subscription and keeps what is known; never rejects. */
  close(): Promise<void>;
}

/** Builds the stage and puts back what an earlier run learned; a file that cannot be used costs that, not the start. */
export async function createWatchStage(options: WatchStageOptions): Promise<WatchStage> {
  const { clock, fleet, forecast, logger } = options;
  const { learned } = forecast;
  const card = new ReportCard();
  const monitor = new DriftMonitor(fleet);
  const metrics = new WatchMetrics(options.registry);
  const driftMetrics = new DriftMetrics(options.registry);
  const layout: SnapshotLayout = {
    targets: TARGETS.map(({ name }) => name),
    horizons: HORIZONS.map(({ name }) => name),
    forecasters: FORECASTERS,
    serverSize: learned.size,
    hourSize: HOUR_SIZE,
  };
  const scoresFile = keptFile(options, SCORES_FILE, {
    what: 'the scores of an earlier run',
    consequence: 'scoring begins anew',
    onWriteFailed: () => metrics.snapshotFailed(),
  });
  const driftFile = keptFile(options, DRIFT_FILE, {
    what: 'what an earlier run knew about drift',
    consequence: 'what is usual is learned anew',
    onWriteFailed: () => driftMetrics.snapshotFailed(),
  });
  const kept = await scoresFile?.read((file) => decodeSnapshot(layout, file));
  if (kept) putBack(kept, card, options);
  await driftFile?.read((file) => restoreDrift(file, monitor, fleet));
  let modelId = learned.modelId;
  let writtenStep: number | undefined;
  const unsubscribe = [
    forecast.onScored((scored) => {
      card.add(scored);
      monitor.addScored(scored);
    }),
    fleet.onServerLeft(({ index }) => monitor.forget(index)),
  ];
  const checkModel = (): void => {
    if (modelId !== null && learned.modelId !== modelId) card.clear();
    modelId = learned.modelId;
  };
  const save = async (): Promise<void> => {
    await scoresFile?.write(() => encodeSnapshot(layout, snapshotOf(card, options)));
    await driftFile?.write(() => encodeDrift(monitor, fleet));
  };
  const watchDrift = (originStep: number): void => {
    const detected = monitor.cycleEnded(originStep, learned.modelId);
    for (const state of detected) logger.warn(`Drift detected. ${describeGroup(state)}`);
    driftMetrics.detected(detected.length);
    driftMetrics.update(monitor.state);
  };
  return {
    report: {
      get modelId() {
        checkModel();
        return modelId;
      },
      get sinceStep() {
        return card.sinceStep;
      },
      rows: (step) => card.rows(step),
      sources: () => sourcesOf(options),
      reportOf: (server, target) => forecast.reportOf(server.index, target),
    },
    drift: monitor,
    routes: async (app) => {
      await app.register(driftRoutes, { drift: monitor, fleet, clock });
    },
    consume: (chunk) => monitor.consume(chunk),
    async cycleEnded(originStep) {
      checkModel();
      metrics.update(card.rows(originStep), sourcesOf(options));
      watchDrift(originStep);
      writtenStep ??= originStep;
      if (originStep - writtenStep < SNAPSHOT_STEPS) return;
      writtenStep = originStep;
      await save();
    },
    async close() {
      for (const end of unsubscribe) end();
      checkModel();
      await save();
    },
  };
}

/** @returns null where nothing is kept on disk */
function keptFile(
  { dataDir, clock, logger }: WatchStageOptions,
  name: string,
  rest: Pick<KeptFileOptions, 'what' | 'consequence' | 'onWriteFailed'>,
): KeptFile | null {
  return dataDir === null
    ? null
    : new KeptFile({ path: join(dataDir, FOLDER, name), clock, logger, ...rest });
}

function putBack(kept: Snapshot, card: ReportCard, { fleet, forecast }: WatchStageOptions): void {
  card.restore(kept.hours);
  forecast.learned.expectModel(kept.modelId);
  for (const [name, numbers] of kept.servers) {
    const server = fleet.byName(name);
    if (server !== undefined) forecast.learned.restore(server.index, numbers);
  }
}

function snapshotOf(card: ReportCard, { fleet, forecast }: WatchStageOptions): Snapshot {
  const servers = new Map<string, Float32Array>();
  const numbers = new Float32Array(fleet.serverCount * forecast.learned.size);
  let at = 0;
  for (const server of fleet.servers()) {
    forecast.learned.copy(server.index, numbers, at);
    servers.set(server.name, numbers.subarray(at, at + forecast.learned.size));
    at += forecast.learned.size;
  }
  // The file is written while scores go on coming in.
  const hours = card.hours.map(({ hour, sums }) => ({ hour, sums: sums.slice() }));
  return { modelId: forecast.learned.modelId, hours, servers };
}

/** Counts by whom each target is forecast now. */
function sourcesOf({ fleet, forecast }: WatchStageOptions): readonly SourceCount[] {
  const counts = Array.from({ length: TARGET_COUNT }, () => FORECASTERS.map(() => 0));
  for (const { index } of fleet.servers()) {
    for (let target = 0; target < TARGET_COUNT; target++) {
      const forecaster = forecast.view.forecasterOf(index, target);
      if (forecaster !== undefined) counts[target][FORECASTERS.indexOf(forecaster)]++;
    }
  }
  return counts.map((byForecaster, target) => ({
    target,
    servers: byForecaster.reduce((sum, count) => sum + count, 0),
    byForecaster,
  }));
}
