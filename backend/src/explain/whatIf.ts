/** POST /what-if: forecast and risk as they are and as they would be. */
import { HEALTHY, levelOf, type ServerMode } from '../catalog/levels.ts';
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { PROFILES } from '../catalog/profiles.ts';
import {
  P10,
  P50,
  P90,
  QUANTILE_COUNT,
  SCORE_PARTS,
  TARGET_COUNT,
  TARGET_LIST,
  targetValue,
} from '../catalog/targets.ts';
import { type Clock, CONTEXT_STEPS, HORIZON_STEPS, STEP_SECONDS, WINDOW_STEPS } from '../catalog/time.ts';
import { TARGET_SIZE } from '../forecast/batch.ts';
import { usesNetwork } from '../forecast/rerun.ts';
import { nameOf, numberInWords, quantity } from '../risk/cause.ts';
import { measuredRows } from './families.ts';
import { stepTime, toldZone } from './localTime.ts';
import type { ProfileRanges, SeenRanges } from './ranges.ts';
import type { OutlookAnswer, WarningAnswer, WhatIfAnswer } from './schemas.ts';
import type { Subject } from './subject.ts';
import { applyChange, assumptionOf, type Change, type Remark } from './whatIfChanges.ts';

type ServerAnswer = WhatIfAnswer['servers'][number];

const CONTEXT_START = WINDOW_STEPS - CONTEXT_STEPS;
const HUNDREDTHS = 100;
/** Values that float32 alone would put outside a range. */
const ROUNDING = 1e-4;

export interface WhatIfDependencies {
  readonly clock: Clock;
  readonly ranges: ProfileRanges;
  /** Servers of a profile. */
  serversOf(profile: number): number;
  modeOf(server: number): ServerMode;
}

/** A server a what-if cannot be answered for, and why. */
export interface Skipped {
  readonly server_name: string;
  readonly reason: string;
}

function rounded(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * HUNDREDTHS) / HUNDREDTHS : null;
}

function bandOf(quantiles: Float32Array, target: number, quantile: number): (number | null)[] {
  const start = target * TARGET_SIZE + quantile;
  return Array.from({ length: HORIZON_STEPS }, (_, h) => rounded(quantiles[start + h * QUANTILE_COUNT]));
}

function forecastOf(quantiles: Float32Array): OutlookAnswer['forecast'] {
  const targets = TARGET_LIST.flatMap(({ name, label, unit }, target) => {
    if (Number.isNaN(quantiles[target * TARGET_SIZE + P50])) return [];
    const [p10, p50, p90] = [P10, P50, P90].map((quantile) => bandOf(quantiles, target, quantile));
    return [[name, { label, unit, p10, p50, p90 }] as const];
  });
  return Object.fromEntries(targets);
}

/** What caps do to the hours ahead: no value passes them. */
function capForecast(changes: readonly Change[], quantiles: Float32Array): void {
  for (const change of changes) {
    if (change.kind !== 'cap') continue;
    const start = change.target * TARGET_SIZE;
    for (let i = start; i < start + TARGET_SIZE; i++) if (quantiles[i] > change.at) quantiles[i] = change.at;
  }
}

function outlookOf(
  { inputs, assessor }: Subject,
  quantiles: Float32Array,
  window: Float32Array,
): OutlookAnswer {
  const { server, originStep } = inputs;
  const chunk = {
    originStep,
    count: 1,
    servers: Int32Array.of(server.index),
    windows: window,
    quantiles,
    modes: ['model'] as const,
  };
  const assessment = assessor.assess(server, chunk, 0, new Float64Array(TARGET_COUNT));
  return {
    risk_score: assessment.score,
    alert_level: assessment.level,
    parts: Object.fromEntries(SCORE_PARTS.map((part) => [part, assessment.parts[part]])),
    cause: assessment.cause,
    failure_probability_30m: assessment.failureProbability30m,
    failure_probability_8h: assessment.failureProbability8h,
    forecast: forecastOf(quantiles),
  };
}

interface Told {
  readonly code: WarningAnswer['code'];
  readonly message: string;
  readonly metric?: WarningAnswer['metric'];
  readonly value?: number;
  readonly range?: readonly [number, number];
}

const REMARKS: Readonly<Record<NonNullable<Remark>, string>> = {
  no_job_seen:
    'Nothing stood out at that time in the last 24 hours, so leaving it out changes little or nothing.',
  beyond_horizon:
    'That time is not within the next 8 hours: the answer only shows what the job did to the present.',
  clipped: 'Some values were held at the lowest or highest that is possible.',
};

function remarkWarning(remark: Remark): readonly Told[] {
  return remark === null ? [] : [{ code: remark, message: REMARKS[remark] }];
}

/** A change of a metric the server does not measure changes nothing. */
function unmeasuredWarning(change: Change, window: Float32Array): readonly Told[] {
  if (!('target' in change)) return [];
  const { metric, name } = TARGET_LIST[change.target];
  if (measuredRows(window, metric) > 0) return [];
  return [
    {
      code: 'not_measured',
      metric: name,
      message: `${nameOf(change.target)} is not measured on this server, so the change has no effect.`,
    },
  ];
}

function extremeOf(window: Float32Array, target: number, isHighest: boolean): number {
  let extreme = Number.NaN;
  for (let row = CONTEXT_START; row < WINDOW_STEPS; row++) {
    const value = targetValue(TARGET_LIST[target], window, row * METRIC_COUNT);
    if (Number.isNaN(value)) continue;
    if (Number.isNaN(extreme) || (isHighest ? value > extreme : value < extreme)) extreme = value;
  }
  return extreme;
}

/** Where the changed window holds values no server of the profile has shown. */
function rangeWarnings(window: Float32Array, { lowest, highest }: SeenRanges): readonly Told[] {
  return TARGET_LIST.flatMap(({ name }, target) => {
    const slack = ROUNDING * Math.max(1, Math.abs(highest[target]));
    const high = extremeOf(window, target, true);
    const low = extremeOf(window, target, false);
    const isOver = high > highest[target] + slack;
    if (!isOver && !(low < lowest[target] - slack)) return [];
    const value = isOver ? high : low;
    const seen = `${numberInWords(lowest[target])}–${quantity(target, highest[target])}`;
    return [
      {
        code: 'outside_seen_range' as const,
        metric: name,
        value,
        range: [lowest[target], highest[target]] as const,
        message: `${nameOf(target)} would reach ${quantity(target, value)}, but servers of this profile have shown ${seen} in the last 24 hours: the answer is a guess there.`,
      },
    ];
  });
}

const BASELINE: Told = {
  code: 'baseline',
  message:
    'Baselines forecast this server; they know each metric by its own past only, so what one metric does to another is not in the answer.',
};

function warningAnswer(serverName: string, told: Told): WarningAnswer {
  return {
    code: told.code,
    server_name: serverName,
    metric: told.metric ?? null,
    value: told.value ?? null,
    range: told.range === undefined ? null : [...told.range],
    message: `${told.message[0].toUpperCase()}${told.message.slice(1)}`,
  };
}

interface Asked {
  readonly answer: ServerAnswer;
  readonly warnings: readonly WarningAnswer[];
}

async function ask(
  subject: Subject,
  changes: readonly Change[],
  { ranges, serversOf, modeOf }: WhatIfDependencies,
): Promise<Asked> {
  const { inputs, reruns, signal } = subject;
  const { server, window, originStep } = inputs;
  const changed = window.slice();
  const place = {
    window: changed,
    originStep,
    timeZone: server.timeZone,
    profileServers: serversOf(server.profile),
  };
  const told = changes.flatMap((change) => [
    ...unmeasuredWarning(change, window),
    ...remarkWarning(applyChange(change, place)),
  ]);
  told.push(...rangeWarnings(changed, ranges.of(server, originStep)));
  if (!usesNetwork(inputs)) told.push(BASELINE);
  const windows = [window, changed];
  const outlooks: OutlookAnswer[] = [];
  await reruns.run(
    inputs,
    {
      count: windows.length,
      write: (index, out, offset) => out.set(windows[index], offset),
      read: (index, quantiles, offset) => {
        const own = quantiles.slice(offset, offset + TARGET_COUNT * TARGET_SIZE);
        if (index === 1) capForecast(changes, own);
        outlooks[index] = outlookOf(subject, own, windows[index]);
      },
    },
    signal,
  );
  const [before, after] = outlooks;
  const answer: ServerAnswer = {
    server_name: server.name,
    profile: PROFILES[server.profile].name,
    mode: modeOf(server.index) === 'baseline' ? 'baseline' : 'model',
    before,
    after,
  };
  return { answer, warnings: told.map((one) => warningAnswer(server.name, one)) };
}

function scoreInWords({ risk_score, alert_level }: OutlookAnswer): string {
  return `${Math.floor(risk_score)} (${alert_level})`;
}

function verb(before: number, after: number): string {
  const difference = Math.floor(after) - Math.floor(before);
  if (difference === 0) return 'stay at';
  return difference > 0 ? 'rise' : 'fall';
}

function summaryOf(servers: readonly ServerAnswer[], skipped: number): string {
  const [first] = servers;
  if (first === undefined) return `None of the ${skipped} servers has a forecast to change.`;
  if (servers.length === 1) {
    const { before, after, server_name: name } = first;
    const what = verb(before.risk_score, after.risk_score);
    return what === 'stay at'
      ? `Risk of ${name} would stay at ${scoreInWords(before)}.`
      : `Risk of ${name} would ${what} from ${scoreInWords(before)} to ${scoreInWords(after)}.`;
  }
  const mean = (when: 'before' | 'after'): number =>
    servers.reduce((sum, server) => sum + server[when].risk_score, 0) / servers.length;
  const healthy = (when: 'before' | 'after'): number =>
    servers.filter((server) => levelOf(server[when].risk_score) === HEALTHY).length;
  const [before, after] = [mean('before'), mean('after')];
  return `Mean risk of ${servers.length} servers would go from ${before.toFixed(1)} to ${after.toFixed(1)}; ${healthy('before')} of them are healthy now, ${healthy('after')} would be.`;
}

/**
 * Answers a what-if.
 * @param subjects servers it is asked for, one after the other; at least one, or some in `skipped`
 */
export async function answerWhatIf(
  subjects: readonly Subject[],
  changes: readonly Change[],
  skipped: readonly Skipped[],
  dependencies: WhatIfDependencies,
): Promise<WhatIfAnswer> {
  const asked: Asked[] = [];
  for (const subject of subjects) asked.push(await ask(subject, changes, dependencies));
  const servers = asked.map(({ answer }) => answer);
  const { server, originStep } = subjects[0].inputs;
  return {
    timestamp: new Date(dependencies.clock.now()).toISOString(),
    origin: stepTime(originStep + 1),
    step_seconds: STEP_SECONDS,
    timestamps: Array.from({ length: HORIZON_STEPS }, (_, h) => stepTime(originStep + 1 + h)),
    summary: summaryOf(servers, skipped.length),
    assumptions: changes.map((change) =>
      assumptionOf(change, dependencies.serversOf(server.profile), toldZone(server.timeZone)),
    ),
    warnings: asked.flatMap(({ warnings }) => warnings),
    servers,
    skipped: [...skipped],
  };
}
