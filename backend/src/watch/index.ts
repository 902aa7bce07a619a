/** Builds the watch stage: the report card, and what is kept of scores across a restart. */

import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { TARGET_COUNT, TARGETS } from '../catalog/targets.ts';
import { type Clock, HORIZONS } from '../catalog/time.ts';
import type { FleetView } from '../fleet/types.ts';
import { FORECASTERS } from '../forecast/baselines.ts';
import type { ForecastStage } from '../forecast/stage.ts';
import { WatchMetrics } from './metrics.ts';
import { HOUR_SIZE, ReportCard } from './reportCard.ts';
import {
  decodeSnapshot,
  encodeSnapshot,
  readSnapshotFile,
  type Snapshot,
  SnapshotDamaged,
  type SnapshotLayout,
  writeSnapshotFile,
} from './snapshot.ts';
import type { ReportView, SourceCount } from './types.ts';

/** Steps between two snapshots: a crash loses an hour of scores. */
const SNAPSHOT_STEPS = 12;
const FOLDER = 'watch';
const FILE = 'scores.bin';

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
  /** To be called after each forecast cycle; never rejects. */
  cycleEnded(originStep: number): Promise<void>;
  /** Ends the subscription and keeps what is known; never rejects. */
  close(): Promise<void>;
}

/** Builds the stage and puts back what an earlier run learned; a file that cannot be used costs that, not the start. */
export async function createWatchStage(options: WatchStageOptions): Promise<WatchStage> {
  const { forecast, logger } = options;
  const { learned } = forecast;
  const card = new ReportCard();
  const metrics = new WatchMetrics(options.registry);
  const path = options.dataDir === null ? null : join(options.dataDir, FOLDER, FILE);
  const layout: SnapshotLayout = {
    targets: TARGETS.map(({ name }) => name),
    horizons: HORIZONS.map(({ name }) => name),
    forecasters: FORECASTERS,
    serverSize: learned.size,
    hourSize: HOUR_SIZE,
  };
  if (path !== null) {
    const kept = await readKept(path, layout, options);
    if (kept !== null) putBack(kept, card, options);
  }
  let modelId = learned.modelId;
  let writtenStep: number | undefined;
  const unsubscribe = forecast.onScored((scored) => card.add(scored));
  const checkModel = (): void => {
    if (modelId !== null && learned.modelId !== modelId) card.clear();
    modelId = learned.modelId;
  };
  const save = async (): Promise<void> => {
    if (path === null) return;
    try {
      await writeSnapshotFile(path, encodeSnapshot(layout, snapshotOf(card, options)));
    } catch (error) {
      metrics.snapshotFailed();
      logger.error({ err: error, path }, 'the scores of forecasts cannot be kept for the next start');
    }
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
    async cycleEnded(originStep) {
      checkModel();
      metrics.update(card.rows(originStep), sourcesOf(options));
      writtenStep ??= originStep;
      if (originStep - writtenStep < SNAPSHOT_STEPS) return;
      writtenStep = originStep;
      await save();
    },
    async close() {
      unsubscribe();
      checkModel();
      await save();
    },
  };
}

async function readKept(
  path: string,
  layout: SnapshotLayout,
  { clock, logger }: WatchStageOptions,
): Promise<Snapshot | null> {
  try {
    const file = await readSnapshotFile(path);
    return file === null ? null : decodeSnapshot(layout, file);
  } catch (error) {
    if (!(error instanceof SnapshotDamaged || error instanceof SyntaxError)) {
      logger.error({ err: error, path }, 'the scores of an earlier run cannot be read; scoring begins anew');
      return null;
    }
    const damagedPath = `${path}.damaged-${clock.now()}`;
    logger.warn(
      { path, damagedPath, reason: error.message },
      'the scores of an earlier run cannot be used; the file was set aside and scoring begins anew',
    );
    await rename(path, damagedPath).catch((reason) =>
      logger.error({ err: reason }, 'it cannot be set aside'),
    );
    return null;
  }
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
  return { modelId: forecast.learned.modelId, hours: card.hours, servers };
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
