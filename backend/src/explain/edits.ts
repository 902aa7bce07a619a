/** Changes to a window: what would have been measured if things were different. */
import { METRIC, METRIC_COUNT } from '../catalog/metrics.ts';
import { TARGET_LIST, targetIndex, targetValue } from '../catalog/targets.ts';
import { WINDOW_STEPS } from '../catalog/time.ts';

const CPU = targetIndex('cpu_used_pct');
const FULL = 100;
/** Shares of the CPU that grow and shrink with its use. */
const CPU_SHARES = [METRIC.cpuUser, METRIC.cpuSys, METRIC.cpuIowait, METRIC.javaCpu] as const;
/** Metrics that follow the work a server is given; memory and disk are held by what runs and lies there. */
const WORK_METRICS = [METRIC.netIn, METRIC.netOut, METRIC.backCloseWait, METRIC.frontCloseWait] as const;

/** Sets CPU use in a row; its shares and the load average follow in proportion. */
function setCpu(window: Float32Array, row: number, used: number): void {
  const at = row * METRIC_COUNT;
  const before = FULL - window[at + METRIC.cpuIdle];
  if (Number.isNaN(before)) return;
  const after = Math.min(FULL, Math.max(0, used));
  window[at + METRIC.cpuIdle] = FULL - after;
  if (before <= 0) return;
  for (const metric of CPU_SHARES)
    window[at + metric] = Math.min(FULL, (window[at + metric] * after) / before);
}

/** Sets a target's value in a row; a row in which it is not measured stays so. */
function setTarget(window: Float32Array, row: number, target: number, value: number): void {
  const definition = TARGET_LIST[target];
  const at = row * METRIC_COUNT;
  const before = targetValue(definition, window, at);
  if (Number.isNaN(before)) return;
  if (target === CPU) {
    setCpu(window, row, value);
    if (before > 0) window[at + METRIC.loadAverage] *= Math.min(1, Math.max(0, value / before));
    return;
  }
  window[at + definition.metric] = Math.min(definition.max, Math.max(0, value));
}

/** Holds a target at or below a value in the rows from `from` on. */
export function capRows(window: Float32Array, target: number, at: number, from: number): void {
  for (let row = from; row < WINDOW_STEPS; row++) {
    const value = targetValue(TARGET_LIST[target], window, row * METRIC_COUNT);
    if (value > at) setTarget(window, row, target, at);
  }
}

/** Adds to a target in the rows from `from` on, within what is possible. */
export function shiftRows(window: Float32Array, target: number, by: number, from: number): void {
  for (let row = from; row < WINDOW_STEPS; row++) {
    const value = targetValue(TARGET_LIST[target], window, row * METRIC_COUNT);
    setTarget(window, row, target, value + by);
  }
}

/** Multiplies the work in every row: CPU, network, connections and load. */
export function scaleWork(window: Float32Array, factor: number): void {
  for (let row = 0; row < WINDOW_STEPS; row++) {
    const at = row * METRIC_COUNT;
    setCpu(window, row, (FULL - window[at + METRIC.cpuIdle]) * factor);
    for (const metric of WORK_METRICS) window[at + metric] *= factor;
    window[at + METRIC.loadAverage] *= factor;
  }
}

/** Metrics a job shows in. */
const JOB_TARGETS = ['cpu_used_pct', 'net_in_mb_s', 'net_out_mb_s', 'load_average'].map(targetIndex);
/** Rows on either side that show what the server does without the job. */
const NEIGHBOUR_ROWS = 6;
/** How far above its neighbours a stretch must lie to be told from noise. */
const STANDS_OUT = 1.1;

function meanOfRows(window: Float32Array, target: number, from: number, to: number): number {
  let sum = 0;
  let count = 0;
  for (let row = Math.max(0, from); row < Math.min(WINDOW_STEPS, to); row++) {
    const value = targetValue(TARGET_LIST[target], window, row * METRIC_COUNT);
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count === 0 ? Number.NaN : sum / count;
}

/**
 * Takes a job out of the rows from `from` up to `to`: each metric follows the line between the half hours before and
 * after, where it lies above it.
 * @returns false where nothing stood out there
 */
export function smoothRows(window: Float32Array, from: number, to: number): boolean {
  let stoodOut = false;
  for (const target of JOB_TARGETS) {
    const before = meanOfRows(window, target, from - NEIGHBOUR_ROWS, from);
    const after = meanOfRows(window, target, to, to + NEIGHBOUR_ROWS);
    // At an edge of the window one side has to do.
    const start = Number.isNaN(before) ? after : before;
    const end = Number.isNaN(after) ? before : after;
    const during = meanOfRows(window, target, from, to);
    if (Number.isNaN(start) || !(during > (STANDS_OUT * (start + end)) / 2)) continue;
    stoodOut = true;
    for (let row = from; row < to; row++) {
      const level = start + ((end - start) * (row - from + 1)) / (to - from + 1);
      const value = targetValue(TARGET_LIST[target], window, row * METRIC_COUNT);
      if (value > level) setTarget(window, row, target, level);
    }
  }
  return stoodOut;
}
