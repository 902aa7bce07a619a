import { STEPS_A_DAY, WINDOW_STEPS } from '../../catalog/time.ts';
import { lastStepOf, measuredBefore, type ServerSeries } from '../datasets/series.ts';
import type { StepSpan } from '../datasets/windows.ts';
import { LATE, type Leads, USEFUL } from './leads.ts';
import { type Failure, type Failures, failsAhead, failuresOf } from './truth.ts';

/** Measured steps a window needs, as fleet.warmupSteps. */
const WARM_STEPS = 48;
/** A server that was silent for this many steps is stale, as fleet.staleAfterMinutes. */
export const STALE_STEPS = 3;

/** Origins of all servers in one span, in flat arrays: a column of scores has one number for each. */
export interface OriginTable {
  readonly servers: readonly ServerSeries[];
  /** [servers + 1]: server s has the rows from starts[s] to before starts[s + 1]. */
  readonly starts: Int32Array;
  /** Origin steps, ascending within a server. */
  readonly steps: Int32Array;
  /** Steps from one origin to the next. */
  readonly stride: number;
  /** First and last step that may be an origin. */
  readonly range: StepSpan;
}

/**
 * Every step from which the running backend would have forecast: a day of window inside the series, warm, not stale,
 * and not down after a failure. Values after the origin are not looked at.
 * @param range steps that may be origins; multiples of `stride` are taken, so that servers share them
 */
export function listOrigins(
  servers: readonly ServerSeries[],
  range: StepSpan,
  stride: number,
  failures: Failures,
): OriginTable {
  const starts = new Int32Array(servers.length + 1);
  const steps: number[] = [];
  servers.forEach((series, server) => {
    const known = failuresOf(failures, series.name);
    const measured = measuredBefore(series);
    const first = Math.max(range.first, series.firstStep + WINDOW_STEPS - 1);
    const last = Math.min(range.last, lastStepOf(series) + STALE_STEPS);
    for (let step = Math.ceil(first / stride) * stride; step <= last; step += stride) {
      if (isForecast(series, measured, step) && !isDown(series, measured, step, known)) steps.push(step);
    }
    starts[server + 1] = steps.length;
  });
  return { servers, starts, steps: Int32Array.from(steps), stride, range };
}

/** Measured rows from row `from` to before row `to`; rows outside the series are not measured. */
function rowsBetween(measured: Int32Array, from: number, to: number): number {
  const last = measured.length - 1;
  const [start, end] = [from, to].map((row) => Math.min(last, Math.max(0, row)));
  return measured[end] - measured[start];
}

function isForecast(series: ServerSeries, measured: Int32Array, originStep: number): boolean {
  const end = originStep + 1 - series.firstStep;
  return (
    rowsBetween(measured, end - STALE_STEPS, end) > 0 &&
    rowsBetween(measured, end - WINDOW_STEPS, end) >= WARM_STEPS
  );
}

/** Failed, and not heard of since. */
function isDown(
  series: ServerSeries,
  measured: Int32Array,
  originStep: number,
  failures: readonly Failure[],
): boolean {
  const end = originStep + 1 - series.firstStep;
  return failures.some(
    ({ step }) =>
      step <= originStep &&
      originStep - step <= STALE_STEPS &&
      rowsBetween(measured, step - series.firstStep, end) === 0,
  );
}

/** Days of servers that the origins stand for. */
export function serverDays({ steps, stride }: OriginTable): number {
  return (steps.length * stride) / STEPS_A_DAY;
}

/** Calls back for every origin, in the order of the rows. */
export function forEachOrigin(
  table: OriginTable,
  visit: (row: number, server: number, originStep: number) => void,
): void {
  for (let server = 0; server < table.servers.length; server++) {
    for (let row = table.starts[server]; row < table.starts[server + 1]; row++) {
      visit(row, server, table.steps[row]);
    }
  }
}

/** Labels of origins. */
export const POSITIVE = 1;
export const NEGATIVE = 0;
/** A failure is so near that a warning would be right and useless: neither. */
export const LEFT_OUT = -1;

/** POSITIVE: a failure in USEFUL time; LEFT_OUT: one within 30 minutes; else NEGATIVE. */
export function labelOrigins(table: OriginTable, failures: Failures): Int8Array {
  const labels = new Int8Array(table.steps.length);
  forEachOrigin(table, (row, server, originStep) => {
    const known = failuresOf(failures, table.servers[server].name);
    if (failsAhead(known, originStep, LATE)) labels[row] = LEFT_OUT;
    else if (failsAhead(known, originStep, USEFUL)) labels[row] = POSITIVE;
  });
  return labels;
}

/** 1 where a failure comes within `leads` after the origin. */
export function outcomesOf(table: OriginTable, failures: Failures, leads: Leads): Uint8Array {
  const outcomes = new Uint8Array(table.steps.length);
  forEachOrigin(table, (row, server, originStep) => {
    const known = failuresOf(failures, table.servers[server].name);
    if (failsAhead(known, originStep, leads)) outcomes[row] = 1;
  });
  return outcomes;
}

/** Steps a failure may lie at so that all of the time in which to warn of it has origins. */
export function eventRange({ range }: OriginTable): StepSpan {
  return { first: range.first + USEFUL.last, last: range.last + USEFUL.first };
}
