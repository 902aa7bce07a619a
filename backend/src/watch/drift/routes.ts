/** GET /drift: whether the servers still behave as they did, by profile and metric, with the evidence. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { type Clock, STEPS_AN_HOUR, stepStartMs } from '../../catalog/time.ts';
import type { FleetView } from '../../fleet/types.ts';
import { EDGES, FLEET, GROUPS, WINDOW_HOURS } from './counts.ts';
import { kolmogorovSmirnov, stabilityIndex, wasserstein } from './measures.ts';
import { THRESHOLDS, WEIGHTS } from './signals.ts';
import { type DriftView, type GroupState, type MetricState, SIGNALS, type Signals } from './types.ts';
import { END_CYCLES, ENDS_BELOW, FIRES_AT, FLEET_FIRE_CYCLES, PROFILE_FIRE_CYCLES } from './verdict.ts';
import { WATCHED } from './watched.ts';

const TAGS = ['Forecasts'];
const MINUTES_A_STEP = 60 / STEPS_AN_HOUR;

const oneOf = (words: readonly string[]) => Type.Unsafe<string>({ type: 'string', enum: [...words] });
const numberOrNull = Type.Union([Type.Number(), Type.Null()]);
const timeOrNull = Type.Union([Type.String({ format: 'date-time' }), Type.Null()]);
const profileSchema = oneOf(GROUPS);
const metricSchema = oneOf(WATCHED.map(({ name }) => name));
const statusSchema = oneOf(['learning', 'quiet', 'drifting']);
const share = Type.Number({ minimum: 0, maximum: 1 });

const signalSchema = Type.Union(
  [
    Type.Object({
      value: Type.Number({ description: 'Above what is usual' }),
      limit: Type.Number({ description: 'The threshold, or more where quiet hours vary by more' }),
    }),
    Type.Null(),
  ],
  { description: 'Null: nothing to compare' },
);

const profileRow = Type.Object({
  profile: profileSchema,
  status: statusSchema,
  since: timeOrNull,
  score: numberOrNull,
  servers: Type.Integer(),
  signals: Type.Object(Object.fromEntries(SIGNALS.map((name) => [name, signalSchema]))),
});

const evidenceSchema = Type.Object({
  unit: Type.String(),
  mean_before: Type.Number({ description: "What is usual at these hours, in the metric's unit" }),
  mean_now: Type.Number(),
  histogram: Type.Object(
    {
      edges: Type.Array(Type.Number(), { description: 'In usual deviations; the outer bins are open' }),
      before: Type.Array(share),
      now: Type.Array(share),
    },
    { description: "Hourly means against each server's usual level at that time of day" },
  ),
  samples_before: Type.Number({ description: 'Hours of servers; those of older days count less' }),
  samples_now: Type.Integer(),
  servers_now: Type.Integer({ description: 'About so many servers' }),
  distance: Type.Number({ description: 'Wasserstein-1 distance, in usual deviations' }),
  distance_usual: Type.Number({ description: 'Its mean in quiet hours' }),
  psi: Type.Number({ description: 'Population stability index' }),
  ks: Type.Number({ description: 'Kolmogorov–Smirnov distance' }),
  loss_ratio_before: numberOrNull,
  loss_ratio_now: numberOrNull,
  outside_before: numberOrNull,
  outside_now: numberOrNull,
  scored_before: Type.Number(),
  scored_now: Type.Integer(),
});

const metricRow = Type.Object({
  profile: profileSchema,
  metric: metricSchema,
  is_target: Type.Boolean({ description: 'Whether it is forecast' }),
  prediction_error_rate: numberOrNull,
  distribution_shift: numberOrNull,
  anomaly_rate: numberOrNull,
  shifted: Type.Boolean({ description: 'Counts into feature_drift' }),
  evidence: evidenceSchema,
});

const answer = Type.Object(
  {
    status: statusSchema,
    detected: Type.Boolean(),
    since: timeOrNull,
    score: numberOrNull,
    message: Type.String(),
    model: Type.Union([Type.String(), Type.Null()]),
    reference: Type.Object({
      since: timeOrNull,
      learned: timeOrNull,
      hours: Type.Integer({ description: 'Hours of measurements in it' }),
    }),
    window_hours: Type.Integer({ description: 'Newest hours that are compared' }),
    fires_at: Type.Number(),
    ends_below: Type.Number(),
    hold_minutes: Type.Integer({ description: "How long the fleet's score has to be there" }),
    profile_hold_minutes: Type.Integer({ description: "How long a profile's has to be there" }),
    end_minutes: Type.Integer({ description: 'How long it has to be down until the drift ends' }),
    limits: Type.Array(
      Type.Object({ signal: oneOf(SIGNALS), threshold: Type.Number(), weight: Type.Number() }),
    ),
    profiles: Type.Array(profileRow, { description: 'All servers together first' }),
    rows: Type.Array(metricRow, { description: 'What can be compared, by profile and metric' }),
    timestamp: Type.String({ format: 'date-time' }),
  },
  { description: 'Drift' },
);

export interface DriftRoutesOptions {
  readonly drift: DriftView;
  readonly fleet: Pick<FleetView, 'servers'>;
  readonly clock: Clock;
}

/** End of a step. */
function timeOf(step: number | null): string | null {
  return step === null ? null : new Date(stepStartMs(step + 1)).toISOString();
}

function signalsBody(signals: Signals) {
  return Object.fromEntries(SIGNALS.map((name) => [name, signals[name]]));
}

function profileBody({ group, status, sinceStep, score, signals }: GroupState, servers: number) {
  return {
    profile: GROUPS[group],
    status,
    since: timeOf(sinceStep),
    score,
    servers,
    signals: signalsBody(signals),
  };
}

function metricBody(state: MetricState) {
  const { distributions, scores } = state;
  const { before, now } = distributions;
  const { name, unit, isTarget } = WATCHED[state.metric];
  return {
    profile: GROUPS[state.group],
    metric: name,
    is_target: isTarget,
    prediction_error_rate: state.predictionError,
    distribution_shift: state.shift,
    anomaly_rate: state.anomalies,
    shifted: state.isShifted,
    evidence: {
      unit,
      mean_before: distributions.meanBefore,
      mean_now: distributions.meanNow,
      histogram: { edges: [...EDGES], before: [...before], now: [...now] },
      samples_before: distributions.samplesBefore,
      samples_now: distributions.samplesNow,
      servers_now: Math.ceil(distributions.samplesNow / WINDOW_HOURS),
      distance: wasserstein(before, now, EDGES),
      distance_usual: state.usualDistance,
      psi: stabilityIndex(before, now),
      ks: kolmogorovSmirnov(before, now),
      loss_ratio_before: scores?.lossBefore ?? null,
      loss_ratio_now: scores?.lossNow ?? null,
      outside_before: scores?.farBefore ?? null,
      outside_now: scores?.farNow ?? null,
      scored_before: scores?.scoredBefore ?? 0,
      scored_now: scores?.scoredNow ?? 0,
    },
  };
}

/** Servers of each group. */
function sizesOf(fleet: Pick<FleetView, 'servers'>): readonly number[] {
  const sizes = GROUPS.map(() => 0);
  for (const { profile } of fleet.servers()) {
    sizes[FLEET]++;
    sizes[1 + profile]++;
  }
  return sizes;
}

export const driftRoutes: FastifyPluginAsyncTypebox<DriftRoutesOptions> = async (
  app,
  { drift, fleet, clock },
) => {
  app.get(
    '/drift',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Whether the servers still behave as they did, with the evidence',
        tags: TAGS,
        querystring: Type.Object({
          profile: Type.Optional(profileSchema),
          metric: Type.Optional(metricSchema),
        }),
        response: { 200: answer },
      },
    },
    async ({ query }) => {
      const { state } = drift;
      const sizes = sizesOf(fleet);
      const isAsked = (group: number) => query.profile === undefined || GROUPS[group] === query.profile;
      const isMetric = (metric: number) =>
        query.metric === undefined || WATCHED[metric].name === query.metric;
      return {
        status: state.status,
        detected: state.status === 'drifting',
        since: timeOf(state.sinceStep),
        score: state.score,
        message: state.message,
        model: state.modelId,
        reference: {
          since: timeOf(state.referenceStep),
          learned: timeOf(state.learnedStep),
          hours: state.referenceHours,
        },
        window_hours: WINDOW_HOURS,
        fires_at: FIRES_AT,
        ends_below: ENDS_BELOW,
        hold_minutes: FLEET_FIRE_CYCLES * MINUTES_A_STEP,
        profile_hold_minutes: PROFILE_FIRE_CYCLES * MINUTES_A_STEP,
        end_minutes: END_CYCLES * MINUTES_A_STEP,
        limits: SIGNALS.map((signal) => ({
          signal,
          threshold: THRESHOLDS[signal],
          weight: WEIGHTS[signal],
        })),
        profiles: state.groups
          .filter(({ group }) => sizes[group] > 0 && isAsked(group))
          .map((one) => profileBody(one, sizes[one.group])),
        rows: drift
          .metrics()
          .filter(({ group, metric }) => isAsked(group) && isMetric(metric))
          .map(metricBody),
        timestamp: new Date(clock.now()).toISOString(),
      };
    },
  );
};
