import { METRIC_COUNT } from '../../../src/catalog/metrics.ts';
import { type Dataset, NOTHING_MEASURED, type ServerSeries } from '../../../src/training/datasets/series.ts';
import { FIRST_STEP } from '../fixtures.ts';

/** A server that measures 1 everywhere. */
export function seriesOf(name: string, steps: number): ServerSeries {
  const values = new Float32Array(steps * METRIC_COUNT).fill(1);
  return { name, profile: 0, timeZone: 'UTC', firstStep: FIRST_STEP, steps, values };
}

export function datasetOf(servers: readonly ServerSeries[]): Dataset {
  const lastStep = FIRST_STEP + Math.max(...servers.map(({ steps }) => steps)) - 1;
  return {
    path: 'data',
    servers,
    firstStep: FIRST_STEP,
    lastStep,
    measured: Array.from({ length: METRIC_COUNT }, (_, metric) => metric),
    extents: Array.from({ length: METRIC_COUNT }, () => NOTHING_MEASURED),
    warnings: [],
  };
}
