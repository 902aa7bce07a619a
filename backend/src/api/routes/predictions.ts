/** GET /predictions/current: every server's risk and forecast, streamed. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { TARGET_LIST, targetIndex } from '../../catalog/targets.ts';
import { type Alert, isGrouped } from '../../risk/types.ts';
import { bandsOf } from '../bands.ts';
import { soonestBreach } from '../breaches.ts';
import { fieldList, filtered, filterSchema } from '../filters.ts';
import {
  alertLabel,
  profileName,
  reasonWithout,
  type ServerState,
  stateOf,
  statesByRisk,
  summaryOf,
} from '../fleetState.ts';
import { horizonTimes, isoTime, roundedSeries } from '../format.ts';
import { jsonStream } from '../jsonStream.ts';
import { displayMetrics, LatestValues } from '../latestValues.ts';
import {
  alertLabelSchema,
  bandSchema,
  breachSchema,
  displayMetricsSchema,
  levelSchema,
  modeSchema,
  orNull,
  partsSchema,
  probabilitySchema,
  profileSchema,
  scoreSchema,
  seriesSchema,
  streamed,
  summarySchema,
  timeSchema,
} from '../schemas.ts';
import type { ApiSources } from '../sources.ts';
import { byUrgency } from './alerts.ts';

const P50_BAND = 1;
const CPU = targetIndex('cpu_used_pct');
const MEMORY = targetIndex('mem_used_pct');

const predictionSchema = Type.Object({
  risk_score: orNull(scoreSchema, { description: 'Null while there is no forecast; `reason` says why' }),
  profile: profileSchema,
  mode: modeSchema,
  alert: alertLabelSchema,
  display_metrics: displayMetricsSchema,
  forecast: Type.Object(
    { cpu_pct: seriesSchema, mem_pct: seriesSchema, timestamps: Type.Array(timeSchema) },
    { description: 'Medians of the next 96 five-minute steps; a time is the start of its step' },
  ),
  parts: orNull(partsSchema),
  failure_probability_30m: orNull(probabilitySchema),
  failure_probability_3h: orNull(probabilitySchema),
  failure_probability_8h: orNull(probabilitySchema),
  time_to_breach: orNull(breachSchema, { description: 'The soonest expected breach' }),
  time_to_breach_seconds: orNull(Type.Number({ minimum: 0 })),
  cause: orNull(Type.String()),
  reason: orNull(Type.String(), { description: 'Why there is no score' }),
  bands: Type.Optional(
    Type.Record(Type.String(), bandSchema, { description: 'By metric; only where `fields` asks for it' }),
  ),
});
type FieldName = keyof Static<typeof predictionSchema>;

const answerSchema = Type.Object(
  {
    predictions: Type.Record(Type.String(), Type.Partial(predictionSchema)),
    summary: summarySchema,
    alerts: Type.Array(
      Type.Object({
        server_name: Type.String(),
        level: levelSchema,
        risk_score: scoreSchema,
        message: Type.String(),
      }),
    ),
    timestamp: timeSchema,
    error: Type.Optional(Type.String({ description: '"insufficient_data" while no server can be forecast' })),
    message: Type.Optional(Type.String()),
  },
  { description: 'Risk and forecasts, streamed' },
);

type FieldMaker = (state: ServerState) => unknown;

/** How each field is made. Made when it is written: a server's fields are of one moment even in a long stream. */
function fieldMakers(sources: ApiSources): Readonly<Record<FieldName, FieldMaker>> {
  const { forecast } = sources;
  const latest = new LatestValues(sources.fleet);
  const median = (server: number, target: number) => {
    const values = forecast.band(server, target, P50_BAND);
    return values === undefined ? [] : roundedSeries(values);
  };
  let times: { readonly origin: number; readonly iso: readonly string[] } | undefined;
  const timesFrom = (origin: number | null) => {
    if (origin === null) return [];
    if (times?.origin !== origin) times = { origin, iso: horizonTimes(origin) };
    return times.iso;
  };
  return {
    risk_score: ({ risk }) => risk?.score ?? null,
    profile: ({ server }) => profileName(server),
    mode: ({ mode }) => mode,
    alert: alertLabel,
    display_metrics: ({ server }) => displayMetrics(latest.row(server.index)),
    forecast: ({ server: { index } }) => ({
      cpu_pct: median(index, CPU),
      mem_pct: median(index, MEMORY),
      timestamps: timesFrom(forecast.originOf(index)),
    }),
    parts: ({ risk }) => risk?.parts ?? null,
    failure_probability_30m: ({ risk }) => risk?.failureProbability30m ?? null,
    failure_probability_3h: ({ risk }) => risk?.failureProbability3h ?? null,
    failure_probability_8h: ({ risk }) => risk?.failureProbability8h ?? null,
    time_to_breach: ({ risk }) => (risk === undefined ? null : soonestBreach(risk)),
    time_to_breach_seconds: ({ risk }) =>
      risk === undefined ? null : (soonestBreach(risk)?.seconds ?? null),
    cause: ({ risk }) => risk?.cause ?? null,
    reason: (state) => reasonWithout(sources, state),
    bands: ({ server }) => Object.fromEntries(bandsOf(forecast, server.index, TARGET_LIST)),
  };
}

const FIELD_NAMES = Object.keys(predictionSchema.properties) as readonly FieldName[];
const DEFAULT_FIELDS = FIELD_NAMES.filter((name) => name !== 'bands');

function* entries(
  sources: ApiSources,
  states: readonly ServerState[],
  fields: readonly FieldName[],
): Generator<string> {
  const make = fieldMakers(sources);
  for (const { server } of states) {
    // The fleet may have changed since the stream began: a server that left is left out.
    if (sources.fleet.byIndex(server.index)?.name !== server.name) continue;
    const state = stateOf(sources, server);
    const prediction = Object.fromEntries(fields.map((name) => [name, make[name](state)]));
    yield `${JSON.stringify(server.name)}:${JSON.stringify(prediction)}`;
  }
}

function shortAlert({ server, level, score, message }: Alert) {
  return { server_name: server, level, risk_score: score, message };
}

function warmingUp(sources: ApiSources, states: readonly ServerState[]) {
  const message =
    states.length === 0
      ? 'No server has sent anything yet. Point an OpenTelemetry Collector here, or try argus simulate.'
      : `No forecast has been made yet; servers seen: ${states.length}. GET /servers says of each what it waits for.`;
  return {
    error: 'insufficient_data',
    message,
    predictions: {},
    summary: summaryOf(states),
    alerts: [],
    timestamp: isoTime(sources.clock.now()),
  };
}

export const predictionRoutes: FastifyPluginAsyncTypebox<{ readonly sources: ApiSources }> = async (
  app,
  { sources },
) => {
  app.get(
    '/predictions/current',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['Forecasts'],
        summary: 'Risk and forecast of every server, those at most risk first',
        querystring: Type.Object({
          ...filterSchema.properties,
          fields: Type.Optional(
            Type.String({
              maxLength: 500,
              description: `Only these fields of each server, separated by commas: ${FIELD_NAMES.join(', ')}`,
              examples: ['risk_score,alert,bands'],
            }),
          ),
        }),
        response: { 200: streamed(answerSchema) },
      },
    },
    async ({ query }, reply) => {
      const fields = query.fields === undefined ? DEFAULT_FIELDS : fieldList(query.fields, FIELD_NAMES);
      const states = statesByRisk(sources);
      if (states.every(({ risk }) => risk === undefined)) return warmingUp(sources, states);
      const chosen = filtered(query, states);
      const names = new Set(chosen.map(({ server }) => server.name));
      const tail = {
        summary: summaryOf(states),
        alerts: [...sources.risk.activeAlerts()]
          .filter((alert) => names.has(alert.server) && !isGrouped(alert))
          .sort(byUrgency)
          .map(shortAlert),
        timestamp: isoTime(sources.clock.now()),
      };
      const stream = jsonStream(
        '{"predictions":{',
        entries(sources, chosen, fields),
        () => `},${JSON.stringify(tail).slice(1)}`,
      );
      return reply.type('application/json; charset=utf-8').send(stream);
    },
  );
};
