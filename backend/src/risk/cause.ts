import type { Membership } from '../cascade/types.ts';
import { P10, P90, TARGET_COUNT, TARGET_LIST } from '../catalog/targets.ts';
import { HORIZON_STEPS, STEP_SECONDS } from '../catalog/time.ts';
import { quantilesAt } from './breaches.ts';
import { exceedance, tailLength } from './exceedance.ts';
import { PART_OF_TARGET, type ServerRules } from './rules.ts';
import { discountOf, NEVER, PAST_ALREADY, type TargetReadings } from './severity.ts';

const HORIZON_HOURS = (HORIZON_STEPS * STEP_SECONDS) / 3600;
/** Below this severity nothing is worth naming. */
const WORTH_NAMING = 0.05;
const NO_CAUSE = -1;

export const HEALTHY_CAUSE = `no metric is expected to pass its thresholds in the next ${HORIZON_HOURS} hours`;
export const UNMEASURED_CAUSE = 'none of the metrics that have thresholds is measured';

/** A server's own cause, and the cascade it is part of. */
export function causeWithCascade(cause: string, cascade: Membership | null): string {
  if (cascade === null) return cause;
  return cause === HEALTHY_CAUSE ? cascade.reason : `${cause}; ${cascade.reason}`;
}

/** "about 40 minutes", "about 2 h 30 min". */
export function durationInWords(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (rest === 0) return hours === 1 ? 'about 1 hour' : `about ${hours} hours`;
  return `about ${hours} h ${rest} min`;
}

/** A name inside a sentence: acronyms keep their capitals. */
export function nameOf(target: number): string {
  const { label } = TARGET_LIST[target];
  const isAcronym = label[1] === label[1].toUpperCase();
  return isAcronym ? label : label[0].toLowerCase() + label.slice(1);
}

export function numberInWords(value: number): string {
  if (Math.abs(value) >= 10) return String(Math.round(value));
  return String(Math.round(value * 10) / 10);
}

/** "95 %", "110 MB/s", "12" for a load. */
export function quantity(target: number, value: number): string {
  const { unit } = TARGET_LIST[target];
  return unit === 'load' ? numberInWords(value) : `${numberInWords(value)} ${unit}`;
}

/** One server's forecast as the sentences need it. */
interface Told {
  readonly target: number;
  readonly readings: TargetReadings;
  readonly rules: ServerRules;
  readonly quantiles: Float32Array;
  readonly quantilesOffset: number;
}

/** "now 88 %, P10–P90 92–97 %"; the first half is left out where nothing was measured lately. */
function evidence(told: Told, step: number): string {
  const { target, readings, quantiles } = told;
  const at = told.quantilesOffset + quantilesAt(target, step);
  const low = numberInWords(quantiles[at + P10]);
  const band = `P10–P90 ${low}–${quantity(target, quantiles[at + P90])}`;
  const current = readings.current[target];
  return Number.isNaN(current) ? band : `now ${quantity(target, current)}, ${band}`;
}

function expectedSentence(told: Told, threshold: number, step: number): string {
  const when = durationInWords(step * STEP_SECONDS);
  return `${nameOf(told.target)} reaches ${quantity(told.target, threshold)} in ${when} (${evidence(told, step - 1)})`;
}

function pastSentence(told: Told): string {
  const { target, readings, rules } = told;
  const past = readings.criticalStep[target] === PAST_ALREADY ? 'critical' : 'warning';
  const is = `${nameOf(target)} is at ${quantity(target, readings.current[target])}`;
  const sentence = `${is}, past its ${past} threshold of ${quantity(target, rules[past][target])}`;
  const next = readings.criticalStep[target];
  if (past === 'critical' || next === NEVER) return sentence;
  const when = durationInWords(next * STEP_SECONDS);
  const at = told.quantilesOffset + quantilesAt(target, next - 1);
  const low = numberInWords(told.quantiles[at + P10]);
  const band = `P10–P90 ${low}–${quantity(target, told.quantiles[at + P90])}`;
  return `${sentence}, and reaches ${quantity(target, rules.critical[target])} in ${when} (${band})`;
}

/** Step at which the discounted chance of passing the warning threshold is highest, and that chance. */
function likeliestStep(told: Told): { readonly step: number; readonly chance: number } {
  const { target, rules, quantiles } = told;
  const warning = rules.warning[target];
  const tail = tailLength(warning, rules.critical[target]);
  let best = { step: 0, chance: 0, weighted: -1 };
  for (let step = 0; step < HORIZON_STEPS; step += 1) {
    const at = told.quantilesOffset + quantilesAt(target, step);
    const chance = exceedance(quantiles, at, warning, tail);
    const weighted = discountOf(step) * chance;
    if (weighted > best.weighted) best = { step, chance, weighted };
  }
  return best;
}

function possibleSentence(told: Told): string {
  const { step, chance } = likeliestStep(told);
  const what = `${nameOf(told.target)} may reach ${quantity(told.target, told.rules.warning[told.target])}`;
  const when = durationInWords((step + 1) * STEP_SECONDS);
  return `${what} in ${when} (chance ${Math.round(chance * 100)} %, ${evidence(told, step)})`;
}

function sentenceOf(told: Told): string {
  const { target, readings, rules } = told;
  const warningStep = readings.warningStep[target];
  const criticalStep = readings.criticalStep[target];
  if (warningStep === PAST_ALREADY) return pastSentence(told);
  if (criticalStep !== NEVER) return expectedSentence(told, rules.critical[target], criticalStep);
  if (warningStep !== NEVER) return expectedSentence(told, rules.warning[target], warningStep);
  return possibleSentence(told);
}

/** Target that contributes most to the score, by weight × severity² as the parts are split; -1 without any severity. */
export function causeTargetOf(readings: TargetReadings, rules: ServerRules): number {
  let cause = NO_CAUSE;
  let largest = -1;
  for (let target = 0; target < TARGET_COUNT; target += 1) {
    const severity = readings.severity[target];
    const part = PART_OF_TARGET[target];
    if (part < 0 || Number.isNaN(severity)) continue;
    const contribution = rules.weights[part] * severity * severity;
    if (contribution > largest) {
      largest = contribution;
      cause = target;
    }
  }
  return cause;
}

export interface Cause {
  /** Position in TARGETS, or -1. */
  readonly target: number;
  readonly sentence: string;
}

/**
 * What a server's score comes from, in plain words with numbers.
 * @param quantilesOffset of the server's forecast in `quantiles`
 */
export function causeOf(
  readings: TargetReadings,
  rules: ServerRules,
  quantiles: Float32Array,
  quantilesOffset: number,
): Cause {
  const target = causeTargetOf(readings, rules);
  if (target === NO_CAUSE) return { target, sentence: UNMEASURED_CAUSE };
  if (readings.severity[target] < WORTH_NAMING) return { target, sentence: HEALTHY_CAUSE };
  return { target, sentence: sentenceOf({ target, readings, rules, quantiles, quantilesOffset }) };
}
