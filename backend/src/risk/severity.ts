import { METRIC_COUNT } from '../catalog/metrics.ts';
import { P50, P90, QUANTILE_COUNT, TARGET_COUNT, TARGET_LIST, targetValue } from '../catalog/targets.ts';
import { HORIZON_STEPS, STEP_SECONDS, WINDOW_STEPS } from '../catalog/time.ts';
import { exceedance, tailLength } from './exceedance.ts';
import type { ServerRules } from './rules.ts';

/** Share of a step's danger that passing the warning threshold makes; the rest comes with the critical one. */
export const WARNING_SHARE = 0.65;
/** Weight of the last horizon step; the weight falls linearly from 1 for what is measured now. */
export const FAR_WEIGHT = 0.6;
/** How much of the room left above the worst step a danger that lasts the whole horizon fills. */
export const PERSISTENCE_SHARE = 0.25;
/** Beyond this many tail lengths below the warning threshold P90 says nothing: the chance is under 1 in a million. */
const NEGLIGIBLE_TAIL_LENGTHS = 12;
/** A measurement older than this many steps is no longer "now". */
const CURRENT_STEPS = 6;
/** P50 at the warning threshold is a danger of at least half the warning share; below this no median passes it. */
const LEAST_MEDIAN_DANGER = WARNING_SHARE / 2 - 0.01;
/** Horizon steps that end within 30 minutes. */
export const STEPS_30M = (30 * 60) / STEP_SECONDS;

/** What was measured in the newest 4 hours is the present, not a habit. */
const HABIT_ROWS = WINDOW_STEPS - (4 * 3600) / STEP_SECONDS;
/** Share of the earlier day past the warning threshold from which on a flow counts as being there by habit. */
const FULL_HABIT = 0.03;
/** How much of a flow's severity is left where it is past the warning threshold by habit (docs/risk.md). */
const HABITUAL_SHARE = 0.35;

/** No step of the horizon passes the threshold. */
export const NEVER = -1;
/** The newest measurement is past the threshold. */
export const PAST_ALREADY = 0;

/** Reads of one server's forecast, by target; one object is reused for every server. */
export interface TargetReadings {
  /** 0–1; NaN where the target is not forecast or has no thresholds. */
  readonly severity: Float64Array;
  /** Newest measured value in target units, NaN where none is recent. */
  readonly current: Float64Array;
  /** Highest undiscounted danger (0–1) within 30 minutes and within the horizon, measurements included. */
  readonly peak30m: Float64Array;
  readonly peak8h: Float64Array;
  /** Steps until P50 is past the threshold: NEVER, PAST_ALREADY, else 1 for the first horizon step. */
  readonly warningStep: Int16Array;
  readonly criticalStep: Int16Array;
}

export function createTargetReadings(): TargetReadings {
  return {
    severity: new Float64Array(TARGET_COUNT),
    current: new Float64Array(TARGET_COUNT),
    peak30m: new Float64Array(TARGET_COUNT),
    peak8h: new Float64Array(TARGET_COUNT),
    warningStep: new Int16Array(TARGET_COUNT),
    criticalStep: new Int16Array(TARGET_COUNT),
  };
}

const discount = Float64Array.from(
  { length: HORIZON_STEPS },
  (_, step) => 1 - ((1 - FAR_WEIGHT) * (step + 1)) / HORIZON_STEPS,
);

/** Weight of a danger `step` steps from now (0 = the first horizon step). */
export function discountOf(step: number): number {
  return discount[step];
}

/** Danger that a measured value is: nothing is uncertain about it. */
function measuredDanger(current: number, warning: number, critical: number): number {
  if (current >= critical) return 1;
  return current >= warning ? WARNING_SHARE : 0;
}

/**
 * Share of a severity that is left for a flow that was past its warning threshold the day before as well: from 1 without
 * such a habit to HABITUAL_SHARE. What was measured in the newest 4 hours plays no part, so that a rising value never
 * lowers a severity.
 */
function habitShare(target: number, warning: number, window: Float32Array, windowOffset: number): number {
  const definition = TARGET_LIST[target];
  if (definition.quantity !== 'flow') return 1;
  let measured = 0;
  let past = 0;
  for (let row = 0; row < HABIT_ROWS; row += 1) {
    const value = targetValue(definition, window, windowOffset + row * METRIC_COUNT);
    if (Number.isNaN(value)) continue;
    measured += 1;
    if (value >= warning) past += 1;
  }
  if (past === 0) return 1;
  return 1 - (1 - HABITUAL_SHARE) * Math.min(1, past / measured / FULL_HABIT);
}

/** Newest value of a target within the last half hour of a window; NaN where there is none. */
export function newestValue(target: number, window: Float32Array, windowOffset: number): number {
  for (let age = 1; age <= CURRENT_STEPS; age += 1) {
    const row = windowOffset + (WINDOW_STEPS - age) * METRIC_COUNT;
    const value = targetValue(TARGET_LIST[target], window, row);
    if (!Number.isNaN(value)) return value;
  }
  return Number.NaN;
}

function noBreach(readings: TargetReadings, target: number): void {
  readings.warningStep[target] = NEVER;
  readings.criticalStep[target] = NEVER;
}

function clear(readings: TargetReadings, target: number): void {
  readings.severity[target] = Number.NaN;
  readings.peak30m[target] = 0;
  readings.peak8h[target] = 0;
  noBreach(readings, target);
}

/** First horizon step (1-based) whose P50 is at or above the threshold. */
function firstMedianStep(quantiles: Float32Array, offset: number, threshold: number): number {
  for (let step = 0; step < HORIZON_STEPS; step += 1) {
    if (quantiles[offset + step * QUANTILE_COUNT + P50] >= threshold) return step + 1;
  }
  return NEVER;
}

function readBreaches(
  readings: TargetReadings,
  target: number,
  quantiles: Float32Array,
  offset: number,
  rules: ServerRules,
): void {
  const current = readings.current[target];
  const warning = rules.warning[target];
  const critical = rules.critical[target];
  const warningStep = current >= warning ? PAST_ALREADY : firstMedianStep(quantiles, offset, warning);
  readings.warningStep[target] = warningStep;
  if (current >= critical) readings.criticalStep[target] = PAST_ALREADY;
  else
    readings.criticalStep[target] =
      warningStep === NEVER ? NEVER : firstMedianStep(quantiles, offset, critical);
}

/**
 * Severity of one target: how surely, how soon, how far and how fast its forecast goes past its thresholds.
 *
 * danger(h) = .65·P(warning passed at h) + .35·P(critical passed at h), weighted by w(h), which falls from 1 to .6;
 * severity = peak + (1 − peak)·.25·mean(w·danger), peak = max over h of w·danger, what is measured now included.
 * It lies in 0–1 and never falls when a quantile or the measured value rises (docs/risk.md). readTargets then takes off
 * what a flow does by habit.
 * @param offset of the target's first horizon step in `quantiles`
 */
function readTarget(
  readings: TargetReadings,
  target: number,
  quantiles: Float32Array,
  offset: number,
  rules: ServerRules,
): void {
  const warning = rules.warning[target];
  const critical = rules.critical[target];
  if (Number.isNaN(warning) || Number.isNaN(quantiles[offset])) {
    clear(readings, target);
    return;
  }
  const tail = tailLength(warning, critical);
  const negligible = warning - NEGLIGIBLE_TAIL_LENGTHS * tail;
  const now = measuredDanger(readings.current[target], warning, critical);
  let peak = now;
  let peak30m = now;
  let peak8h = now;
  let sum = 0;
  for (let step = 0; step < HORIZON_STEPS; step += 1) {
    const at = offset + step * QUANTILE_COUNT;
    if (quantiles[at + P90] < negligible) continue;
    const danger =
      WARNING_SHARE * exceedance(quantiles, at, warning, tail) +
      (1 - WARNING_SHARE) * exceedance(quantiles, at, critical, tail);
    const weighted = discount[step] * danger;
    sum += weighted;
    if (weighted > peak) peak = weighted;
    if (danger > peak8h) peak8h = danger;
    if (step < STEPS_30M && danger > peak30m) peak30m = danger;
  }
  readings.severity[target] = peak + ((1 - peak) * PERSISTENCE_SHARE * sum) / HORIZON_STEPS;
  readings.peak30m[target] = peak30m;
  readings.peak8h[target] = peak8h;
  if (peak8h < LEAST_MEDIAN_DANGER) noBreach(readings, target);
  else readBreaches(readings, target, quantiles, offset, rules);
}

/**
 * Reads all targets of one server.
 * @param quantiles [target][horizon step][quantile] from `quantilesOffset`, target units
 * @param window [step][metric] from `windowOffset`, WINDOW_STEPS rows, NaN where not measured
 */
export function readTargets(
  readings: TargetReadings,
  rules: ServerRules,
  quantiles: Float32Array,
  quantilesOffset: number,
  window: Float32Array,
  windowOffset: number,
): void {
  for (let target = 0; target < TARGET_COUNT; target += 1) {
    readings.current[target] = newestValue(target, window, windowOffset);
    const offset = quantilesOffset + target * HORIZON_STEPS * QUANTILE_COUNT;
    readTarget(readings, target, quantiles, offset, rules);
    if (readings.severity[target] > 0) {
      readings.severity[target] *= habitShare(target, rules.warning[target], window, windowOffset);
    }
  }
}
