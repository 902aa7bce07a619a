/** How the score reacts to each quantile of a forecast: what the gradient of the risk begins with. */
import { P90, QUANTILE_COUNT, QUANTILES, RISK_PARTS, TARGET_COUNT } from '../catalog/targets.ts';
import { HORIZON_STEPS } from '../catalog/time.ts';
import { quantilesAt } from './breaches.ts';
import { exceedance, tailLength } from './exceedance.ts';
import { PART_OF_TARGET, type ServerRules } from './rules.ts';
import { partSeverities } from './score.ts';
import { discountOf, PERSISTENCE_SHARE, type TargetReadings, WARNING_SHARE } from './severity.ts';

const MAX_SCORE = 100;
const LAST = QUANTILE_COUNT - 1;
const OUTER = QUANTILES[0];
const STEP = QUANTILES[1] - QUANTILES[0];
/** Two quantiles closer than this are one: the distribution jumps there and has no slope. */
const LEAST_SPACING = 1e-6;

/** ∂score/∂severity of each part; see score.ts. */
function partSlopes(parts: Float64Array, weights: Float64Array): Float64Array {
  let worst = 0;
  let worstPart = -1;
  let mean = 0;
  for (let part = 0; part < parts.length; part++) {
    if (weights[part] > 0 && parts[part] > worst) {
      worst = parts[part];
      worstPart = part;
    }
    mean += weights[part] * parts[part];
  }
  return parts.map((_, part) => {
    const ofAlarm = part === worstPart ? 1.5 * Math.sqrt(worst) * (1 - mean) : 0;
    return MAX_SCORE * (ofAlarm + (1 - worst * Math.sqrt(worst)) * weights[part]);
  });
}

/** Adds slope × ∂P(X ≥ threshold)/∂quantile; see exceedance.ts. */
function addExceedanceSlope(
  quantiles: Float32Array,
  at: number,
  threshold: number,
  tail: number,
  slope: number,
  out: Float64Array,
  outAt: number,
): void {
  const highest = quantiles[at + LAST];
  if (threshold > highest) {
    out[outAt + LAST] += (slope * OUTER * Math.exp((highest - threshold) / tail)) / tail;
    return;
  }
  const lowest = quantiles[at];
  if (threshold <= lowest) {
    out[outAt] += (slope * OUTER * Math.exp((threshold - lowest) / tail)) / tail;
    return;
  }
  let upper = 1;
  while (quantiles[at + upper] < threshold) upper++;
  const below = quantiles[at + upper - 1];
  const spacing = Math.max(LEAST_SPACING, quantiles[at + upper] - below);
  const share = STEP / (spacing * spacing);
  out[outAt + upper - 1] += slope * share * (quantiles[at + upper] - threshold);
  out[outAt + upper] += slope * share * (threshold - below);
}

/** What the parts of one target's severity are. */
interface Danger {
  /** Step of the highest weighted danger; −1 where what is measured now is worse. */
  readonly peakStep: number;
  readonly peak: number;
  readonly mean: number;
}

function dangerOf(
  quantiles: Float32Array,
  offset: number,
  now: number,
  warning: number,
  critical: number,
): Danger {
  const tail = tailLength(warning, critical);
  let peak = now;
  let peakStep = -1;
  let sum = 0;
  for (let step = 0; step < HORIZON_STEPS; step++) {
    const at = offset + step * QUANTILE_COUNT;
    const danger =
      WARNING_SHARE * exceedance(quantiles, at, warning, tail) +
      (1 - WARNING_SHARE) * exceedance(quantiles, at, critical, tail);
    const weighted = discountOf(step) * danger;
    sum += weighted;
    if (weighted > peak) {
      peak = weighted;
      peakStep = step;
    }
  }
  return { peakStep, peak, mean: sum / HORIZON_STEPS };
}

function measuredDanger(current: number, warning: number, critical: number): number {
  if (current >= critical) return 1;
  return current >= warning ? WARNING_SHARE : 0;
}

/**
 * Adds ∂score/∂quantile of one server's forecast to `out`, both [TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT].
 * Where the score has a kink it is the slope on one side of it.
 * @param readings of the same forecast, by readTargets()
 * @param quantilesOffset of the server's forecast in `quantiles`
 * @param lift of a cascade, as of scoreOf()
 */
export function addScoreSlopes(
  readings: TargetReadings,
  rules: ServerRules,
  quantiles: Float32Array,
  quantilesOffset: number,
  out: Float64Array,
  lift = 0,
): void {
  const parts = new Float64Array(RISK_PARTS.length);
  partSeverities(readings.severity, parts);
  // What a cascade adds is a share of what is left to 100: the rest of the score's slope is left.
  const slopes = partSlopes(parts, rules.weights).map((slope) => slope * (1 - lift));
  for (let target = 0; target < TARGET_COUNT; target++) {
    const part = PART_OF_TARGET[target];
    const severity = readings.severity[target];
    // Only the worst target of a part counts.
    if (part < 0 || !(severity > 0) || severity < parts[part]) continue;
    addTargetSlopes(target, severity, slopes[part], readings, rules, quantiles, quantilesOffset, out);
  }
}

function addTargetSlopes(
  target: number,
  severity: number,
  partSlope: number,
  readings: TargetReadings,
  rules: ServerRules,
  quantiles: Float32Array,
  quantilesOffset: number,
  out: Float64Array,
): void {
  const warning = rules.warning[target];
  const critical = rules.critical[target];
  const tail = tailLength(warning, critical);
  const now = measuredDanger(readings.current[target], warning, critical);
  const start = quantilesOffset + quantilesAt(target, 0);
  const { peak, peakStep, mean } = dangerOf(quantiles, start, now, warning, critical);
  const plain = peak + (1 - peak) * PERSISTENCE_SHARE * mean;
  // What a flow does by habit lowers its severity by a factor that quantiles play no part in.
  const scale = plain > 0 ? (partSlope * severity) / plain : 0;
  for (let step = 0; step < HORIZON_STEPS; step++) {
    const ofPeak = step === peakStep ? 1 - PERSISTENCE_SHARE * mean : 0;
    const slope = scale * discountOf(step) * (ofPeak + ((1 - peak) * PERSISTENCE_SHARE) / HORIZON_STEPS);
    const at = start + step * QUANTILE_COUNT;
    const to = quantilesAt(target, step);
    if (Number.isNaN(quantiles[at + P90])) continue;
    addExceedanceSlope(quantiles, at, warning, tail, slope * WARNING_SHARE, out, to);
    addExceedanceSlope(quantiles, at, critical, tail, slope * (1 - WARNING_SHARE), out, to);
  }
}
