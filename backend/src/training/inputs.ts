import { CALENDAR_SIZE, noHolidays, writeCalendar, yesterdayRows } from '../catalog/calendar.ts';
import { TARGET_COUNT } from '../catalog/targets.ts';
import { HORIZON_STEPS } from '../catalog/time.ts';
import { WINDOW_SIZE } from '../forecast/batch.ts';
import { serverBucket } from '../forecast/hash.ts';
import type { Manifest } from '../forecast/manifest.ts';
import { alignYesterday } from '../forecast/yesterday.ts';
import { copyWindow } from './datasets/series.ts';
import { copyActual, type Sample } from './datasets/windows.ts';

/** Numbers of what came after one sample, [TARGET_COUNT][HORIZON_STEPS]. */
export const ACTUAL_SIZE = TARGET_COUNT * HORIZON_STEPS;

/** How server names become buckets, as the bundle's manifest says. */
export type ServerHash = Manifest['server_hash'];

/** Inputs of the network for `count` samples. */
export interface NetworkInputs {
  readonly count: number;
  /** [count][WINDOW_STEPS][METRIC_COUNT], NaN where not measured. */
  readonly window: Float32Array;
  /** [count][PATCH_COUNT][CALENDAR_COUNT]. */
  readonly calendar: Float32Array;
  /** [count], positions in PROFILES. */
  readonly profile: Int32Array;
  /** [count], hash buckets. */
  readonly server: Int32Array;
}

/** Inputs, and what came after them. */
export interface NetworkBatch extends NetworkInputs {
  /** [count][TARGET_COUNT][HORIZON_STEPS] in target units, NaN where not measured. */
  readonly actual: Float32Array;
}

/** Assembles the inputs of a few samples as the forecaster does. */
export function assembleBatch(samples: readonly Sample[], hash: ServerHash): NetworkBatch {
  const count = samples.length;
  const batch: NetworkBatch = {
    count,
    window: new Float32Array(count * WINDOW_SIZE),
    calendar: new Float32Array(count * CALENDAR_SIZE),
    profile: new Int32Array(count),
    server: new Int32Array(count),
    actual: new Float32Array(count * ACTUAL_SIZE),
  };
  samples.forEach((sample, i) => {
    const { series, originStep } = sample;
    copyWindow(series, originStep, batch.window, i * WINDOW_SIZE);
    alignYesterday(batch.window, i * WINDOW_SIZE, yesterdayRows(originStep, series.timeZone));
    const { timeZone, holidays = noHolidays } = series;
    writeCalendar(originStep, timeZone, holidays, batch.calendar, i * CALENDAR_SIZE);
    batch.profile[i] = series.profile;
    batch.server[i] = serverBucket(series.name, hash.seed, hash.buckets);
    copyActual(sample, batch.actual, i * ACTUAL_SIZE);
  });
  return batch;
}
