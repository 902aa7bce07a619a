/** What metrics say together: work that queues, time that the kernel or the disk takes, traffic for the work done. */

import { METRIC, METRIC_COUNT } from '../../catalog/metrics.ts';
import { STEPS_AN_HOUR, WINDOW_STEPS } from '../../catalog/time.ts';

const EARLIER_ROWS = WINDOW_STEPS - 4 * STEPS_AN_HOUR;
const NEWEST_ROWS = STEPS_AN_HOUR / 2;
/** Added to CPU points, load and MB/s, so that the shares of an idle server do not run away. */
const CPU_FLOOR = 0.5;
const LOAD_FLOOR = 0.02;
const TRAFFIC_FLOOR = 0.001;

type ShareOf = (window: Float32Array, row: number) => number;

const usedCpu: ShareOf = (window, row) => 100 - window[row + METRIC.cpuIdle] + CPU_FLOOR;

interface Share {
  readonly name: string;
  readonly of: ShareOf;
}

const SHARES: readonly Share[] = [
  {
    // Runnable work for each point of busy CPU: rises where work waits, whatever the number of cores.
    name: 'queue',
    of: (window, row) => Math.log((window[row + METRIC.loadAverage] + LOAD_FLOOR) / usedCpu(window, row)),
  },
  {
    name: 'sys_share',
    of: (window, row) => window[row + METRIC.cpuSys] / usedCpu(window, row),
  },
  {
    name: 'iowait_share',
    of: (window, row) => window[row + METRIC.cpuIowait] / usedCpu(window, row),
  },
  {
    name: 'java_share',
    of: (window, row) => window[row + METRIC.javaCpu] / usedCpu(window, row),
  },
  {
    name: 'traffic_per_cpu',
    of: (window, row) =>
      Math.log(
        (window[row + METRIC.netIn] + window[row + METRIC.netOut] + TRAFFIC_FLOOR) / usedCpu(window, row),
      ),
  },
  {
    name: 'in_per_out',
    of: (window, row) =>
      Math.log((window[row + METRIC.netIn] + TRAFFIC_FLOOR) / (window[row + METRIC.netOut] + TRAFFIC_FLOOR)),
  },
];

/** Names in the order in which they are written: each share in the newest half hour, and against the earlier day. */
export const RESOURCE_SHARES: readonly string[] = SHARES.flatMap(({ name }) => [
  `${name}.now`,
  `${name}.over_earlier`,
]);

function meanShare(of: ShareOf, window: Float32Array, offset: number, from: number, to: number): number {
  let sum = 0;
  let count = 0;
  for (let row = from; row < to; row++) {
    const share = of(window, offset + row * METRIC_COUNT);
    if (Number.isNaN(share)) continue;
    sum += share;
    count++;
  }
  return sum / count;
}

/**
 * Writes RESOURCE_SHARES of one window; NaN where a metric of a share is not measured.
 * @param window [WINDOW_STEPS][METRIC_COUNT] from `offset`
 */
export function writeResourceShares(
  window: Float32Array,
  offset: number,
  out: Float32Array,
  start: number,
): void {
  SHARES.forEach(({ of }, i) => {
    const now = meanShare(of, window, offset, WINDOW_STEPS - NEWEST_ROWS, WINDOW_STEPS);
    out[start + 2 * i] = now;
    out[start + 2 * i + 1] = now - meanShare(of, window, offset, 0, EARLIER_ROWS);
  });
}
