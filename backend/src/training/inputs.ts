import { Tensor } from 'onnxruntime-node';
import {
  CALENDAR_COUNT,
  CALENDAR_SIZE,
  noHolidays,
  PATCH_COUNT,
  writeCalendar,
} from '../catalog/calendar.ts';
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { TARGET_COUNT } from '../catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../catalog/time.ts';
import { serverBucket } from '../forecast/hash.ts';
import type { Manifest } from '../forecast/manifest.ts';
import { copyWindow } from './datasets/series.ts';
import { copyActual, type Sample } from './datasets/windows.ts';

export const WINDOW_SIZE = WINDOW_STEPS * METRIC_COUNT;
export const ACTUAL_SIZE = TARGET_COUNT * HORIZON_STEPS;

/** How server names become buckets, as the bundle's manifest says. */
export type ServerHash = Manifest['server_hash'];

/** Inputs of the network for `count` samples, and what came after them. */
export interface NetworkBatch {
  readonly count: number;
  /** [count][WINDOW_STEPS][METRIC_COUNT] */
  readonly window: Float32Array;
  /** [count][PATCH_COUNT][CALENDAR_COUNT] */
  readonly calendar: Float32Array;
  /** [count] */
  readonly profile: BigInt64Array;
  /** [count] */
  readonly server: BigInt64Array;
  /** [count][TARGET_COUNT][HORIZON_STEPS] */
  readonly actual: Float32Array;
}

/** Assembles the inputs of a few samples, unchanged. */
export function assembleBatch(samples: readonly Sample[], hash: ServerHash): NetworkBatch {
  const count = samples.length;
  const batch: NetworkBatch = {
    count,
    window: new Float32Array(count * WINDOW_SIZE),
    calendar: new Float32Array(count * CALENDAR_SIZE),
    profile: new BigInt64Array(count),
    server: new BigInt64Array(count),
    actual: new Float32Array(count * ACTUAL_SIZE),
  };
  samples.forEach((sample, i) => {
    const { series, originStep } = sample;
    copyWindow(series, originStep, batch.window, i * WINDOW_SIZE);
    writeCalendar(originStep, series.timeZone, noHolidays, batch.calendar, i * CALENDAR_SIZE);
    batch.profile[i] = BigInt(series.profile);
    batch.server[i] = BigInt(serverBucket(series.name, hash.seed, hash.buckets));
    copyActual(sample, batch.actual, i * ACTUAL_SIZE);
  });
  return batch;
}

/** The tensors every graph of a bundle takes. */
export function inputTensors(batch: Omit<NetworkBatch, 'actual'>): Record<string, Tensor> {
  const { count } = batch;
  return {
    window: new Tensor('float32', batch.window, [count, WINDOW_STEPS, METRIC_COUNT]),
    calendar: new Tensor('float32', batch.calendar, [count, PATCH_COUNT, CALENDAR_COUNT]),
    profile: new Tensor('int64', batch.profile, [count]),
    server: new Tensor('int64', batch.server, [count]),
  };
}

/** What came after each sample, as the training graph takes it. */
export function actualTensor({ count, actual }: NetworkBatch): Tensor {
  return new Tensor('float32', actual, [count, TARGET_COUNT, HORIZON_STEPS]);
}
