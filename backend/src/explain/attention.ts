/** Where the network looked: diagnostics, shown as what they are and never as a cause. */
import { PATCH_STEPS } from '../catalog/calendar.ts';
import { METRIC_COUNT, METRICS } from '../catalog/metrics.ts';
import { CONTEXT_STEPS, HORIZON_STEPS, HORIZONS, type HorizonName, STEP_SECONDS } from '../catalog/time.ts';
import type { Inspection } from '../forecast/protocol.ts';
import { clockPeriod, stepTime } from './localTime.ts';

const CONTEXT_PATCHES = CONTEXT_STEPS / PATCH_STEPS;
const HORIZON_PATCHES = HORIZON_STEPS / PATCH_STEPS;
const ROW = CONTEXT_PATCHES + HORIZON_PATCHES;
const PERIOD_MINUTES = (PATCH_STEPS * STEP_SECONDS) / 60;
/** A period is in focus where it gets this much more than its even share. */
const FOCUS = 1.5;
const MOST_PERIODS = 3;
const PERCENT = 100;

export const ATTENTION_NOTE =
  'Attention shows where the network looked, not what made the risk: a period can be looked at and change nothing. The Shapley values say what drives the forecast.';

export interface HorizonAttention {
  readonly horizon: HorizonName;
  /** By period of the last 8 hours, oldest first; they sum to 1. */
  readonly weights: number[];
  /** Share of the attention that went to what is known of the hours ahead: calendar and yesterday's same time. */
  readonly future_share: number;
}

export interface AttentionAnswer {
  readonly focus_periods: string[];
  readonly analysis: string;
  readonly times: string[];
  readonly period_seconds: number;
  readonly mean: number[];
  readonly by_horizon: HorizonAttention[];
  readonly variable_weights: { readonly metric: string; readonly label: string; readonly weight: number }[];
  readonly note: string;
  readonly reason: string | null;
}

/** The answer where no network forecasts. */
export function noAttention(reason: string): AttentionAnswer {
  return {
    focus_periods: [],
    analysis: reason,
    times: [],
    period_seconds: PATCH_STEPS * STEP_SECONDS,
    mean: [],
    by_horizon: [],
    variable_weights: [],
    note: ATTENTION_NOTE,
    reason,
  };
}

/** Weights of the past by one horizon patch, scaled to sum to 1, and what went to the future. */
function lookBack(attention: Float32Array, patch: number): { weights: number[]; future: number } {
  const row = attention.subarray(patch * ROW, (patch + 1) * ROW);
  const past = Array.from(row.subarray(0, CONTEXT_PATCHES));
  const total = past.reduce((sum, weight) => sum + weight, 0);
  const whole = row.reduce((sum, weight) => sum + weight, 0);
  const even = 1 / CONTEXT_PATCHES;
  return {
    weights: past.map((weight) => (total > 0 ? weight / total : even)),
    future: whole > 0 ? 1 - total / whole : 0,
  };
}

interface Focus {
  /** First patch, and the one after the last. */
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

/** Neighbouring periods in focus as one, the heaviest first. */
function focusOf(mean: readonly number[]): readonly Focus[] {
  const found: Focus[] = [];
  for (let patch = 0; patch < mean.length; patch++) {
    if (mean[patch] < FOCUS / mean.length) continue;
    let to = patch;
    let share = 0;
    while (to < mean.length && mean[to] >= FOCUS / mean.length) share += mean[to++];
    found.push({ from: patch, to, share });
    patch = to;
  }
  return found.sort((a, b) => b.share - a.share).slice(0, MOST_PERIODS);
}

function analysisOf(focus: readonly Focus[], periods: readonly string[], timeZone: string): string {
  if (focus.length === 0) {
    return `The network looked at all of the last 8 hours about alike; no period of ${PERIOD_MINUTES} minutes stands out.`;
  }
  const told = focus.map(({ share }, i) => `${periods[i]} (${Math.round(share * PERCENT)} %)`);
  return `Of the last 8 hours the network looked most at ${told.join(', then ')}, ${timeZone} time.`;
}

function variableWeights(weights: Float32Array): AttentionAnswer['variable_weights'] {
  const patches = weights.length / METRIC_COUNT;
  return METRICS.map(({ name, label }, metric) => {
    let sum = 0;
    for (let patch = 0; patch < patches; patch++) sum += weights[patch * METRIC_COUNT + metric];
    return { metric: name, label, weight: sum / patches };
  })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
}

/**
 * Attention over time as a curve for each horizon, and as the periods that stand out.
 * @param inspection of one server
 * @param originStep newest step the network saw
 * @param timeZone in which periods are told
 */
export function attentionAnswer(
  { attention, variableWeights: weights }: Inspection,
  originStep: number,
  timeZone: string,
): AttentionAnswer {
  const rows = Array.from({ length: HORIZON_PATCHES }, (_, patch) => lookBack(attention, patch));
  const mean = Array.from(
    { length: CONTEXT_PATCHES },
    (_, i) => rows.reduce((sum, row) => sum + row.weights[i], 0) / HORIZON_PATCHES,
  );
  const firstStep = originStep - CONTEXT_STEPS + 1;
  const focus = focusOf(mean);
  const periods = focus.map(({ from, to }) =>
    clockPeriod(firstStep + from * PATCH_STEPS, firstStep + to * PATCH_STEPS, timeZone),
  );
  return {
    focus_periods: periods,
    analysis: analysisOf(focus, periods, timeZone),
    times: mean.map((_, patch) => stepTime(firstStep + patch * PATCH_STEPS)),
    period_seconds: PATCH_STEPS * STEP_SECONDS,
    mean,
    by_horizon: HORIZONS.map(({ name, steps }) => {
      const { weights: past, future } = rows[Math.ceil(steps / PATCH_STEPS) - 1];
      return { horizon: name, weights: past, future_share: future };
    }),
    variable_weights: variableWeights(weights),
    note: ATTENTION_NOTE,
    reason: null,
  };
}
