/** GET /servers, /servers/{name} and /servers/{name}/forecast */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { dateOfLocalDay, isTimeZone, localDayAt, zoneOffsetMs } from '../../catalog/calendar.ts';
import { METRIC_COUNT, METRICS } from '../../catalog/metrics.ts';
import { TARGET_LIST, TARGETS, targetValue } from '../../catalog/targets.ts';
import { HORIZON_STEPS, MINUTE_MS, STEP_SECONDS, stepStartMs, WINDOW_STEPS } from '../../catalog/time.ts';
import { findServer, shortened } from '../../fleet/findServer.ts';
import type { Server } from '../../fleet/types.ts';
import { bandsOf } from '../bands.ts';
import { breachAnswer } from '../breaches.ts';
import { errorSchema } from '../errorBodies.ts';
import { ForecastNotReady } from '../errors.ts';
import { filtered, filterSchema } from '../filters.ts';
import {
  alertLabel,
  profileName,
  reasonWithout,
  type ServerState,
  stateOf,
  statesByRisk,
} from '../fleetState.ts';
import { horizonTimes, isoTime, rounded, stepTimes } from '../format.ts';
import { jsonStream } from '../jsonStream.ts';
import { displayMetrics, LatestValues } from '../latestValues.ts';
import {
  alertLabelSchema,
  bandSchema,
  breachSchema,
  displayMetricsSchema,
  modeSchema,
  orNull,
  partsSchema,
  probabilitySchema,
  profileSchema,
  scoreSchema,
  seriesSchema,
  serverUnknownResponse,
  streamed,
  timeSchema,
} from '../schemas.ts';
import type { ApiSources } from '../sources.ts';

/** A forecast that is not there now may be there after the next step. */
const RETRY_AFTER_SECONDS = STEP_SECONDS;

interface Options {
  readonly sources: ApiSources;
}

const listedSchema = Type.Object({
  name: Type.String(),
  profile: profileSchema,
  mode: modeSchema,
  risk_score: orNull(scoreSchema),
  alert: alertLabelSchema,
  cause: orNull(Type.String()),
  reason: orNull(Type.String(), { description: 'Why there is no score' }),
  time_zone: Type.String(),
  country: orNull(Type.String(), {
    description: 'Whose public holidays count, as ISO 3166 code of a country or region; null: not known',
  }),
  first_seen: timeSchema,
  last_seen: timeSchema,
  attributes: Type.Record(Type.String(), Type.String()),
});

const holidaySchema = orNull(Type.String(), { description: 'Name of the holiday; null where it is none' });

const detailSchema = Type.Object(
  {
    ...listedSchema.properties,
    display_metrics: displayMetricsSchema,
    metrics: Type.Record(Type.String(), Type.Object({ value: orNull(Type.Number()), unit: Type.String() }), {
      description: 'The newest five-minute step; null: not measured',
    }),
    measured_steps: Type.Integer({
      description: 'Steps of the last 24 hours in which something was measured',
    }),
    window_steps: Type.Integer(),
    calendar: Type.Object(
      {
        date: Type.String({ description: "Today by the server's clocks, YYYY-MM-DD" }),
        utc_offset_minutes: Type.Integer({ description: 'What its clocks are ahead of UTC now' }),
        holiday_today: holidaySchema,
        holiday_tomorrow: holidaySchema,
      },
      { description: 'What forecasts are told of the day' },
    ),
    parts: orNull(partsSchema),
    severities: orNull(Type.Record(Type.String(), orNull(Type.Number())), {
      description: 'From 0 to 1 by metric; null: not measured, or without thresholds',
    }),
    breaches: Type.Array(breachSchema),
    failure_probability_30m: orNull(probabilitySchema),
    failure_probability_3h: orNull(probabilitySchema),
    failure_probability_8h: orNull(probabilitySchema),
  },
  { description: 'The server' },
);

const thresholdsSchema = orNull(Type.Object({ warning: Type.Number(), critical: Type.Number() }));

const forecastSchema = Type.Object(
  {
    server_name: Type.String(),
    profile: profileSchema,
    mode: modeSchema,
    origin: Type.String({ description: 'End of the newest step the forecast knows' }),
    step_seconds: Type.Integer(),
    timestamps: Type.Array(timeSchema, { description: 'Start of each step ahead' }),
    targets: Type.Record(
      Type.String(),
      Type.Object({ label: Type.String(), thresholds: thresholdsSchema, ...bandSchema.properties }),
      { description: 'By metric; one that is not measured is absent' },
    ),
    history: Type.Optional(
      Type.Object(
        { timestamps: Type.Array(timeSchema), targets: Type.Record(Type.String(), seriesSchema) },
        { description: 'The last 24 hours, where `history=true` asks for it' },
      ),
    ),
  },
  { description: 'The forecast' },
);

const listSchema = Type.Object(
  {
    servers: Type.Array(listedSchema),
    count: Type.Integer(),
    total: Type.Integer(),
    timestamp: timeSchema,
  },
  { description: 'Servers, streamed' },
);

const notReadySchema = errorSchema('No forecast yet; Retry-After says when to ask again');

const nameSchema = Type.Object({
  name: Type.String({ description: 'Name of the server, percent-encoded', examples: ['ppdb001'] }),
});

function listed(sources: ApiSources, state: ServerState) {
  const { server, mode, risk } = state;
  return {
    name: server.name,
    profile: profileName(server),
    mode,
    risk_score: risk?.score ?? null,
    alert: alertLabel(state),
    cause: risk?.cause ?? null,
    reason: reasonWithout(sources, state),
    time_zone: server.timeZone,
    country: server.country ?? null,
    first_seen: isoTime(server.firstSeenMs),
    last_seen: isoTime(server.lastSeenMs),
    attributes: Object.fromEntries(server.attributes),
  };
}

function* listEntries(sources: ApiSources, states: readonly ServerState[]): Generator<string> {
  for (const state of states) yield JSON.stringify(listed(sources, state));
}

function riskDetail({ risk }: ServerState) {
  if (risk === undefined) {
    const none = {
      parts: null,
      severities: null,
      failure_probability_30m: null,
      failure_probability_3h: null,
      failure_probability_8h: null,
    };
    return { ...none, breaches: [] };
  }
  return {
    parts: risk.parts,
    severities: Object.fromEntries(TARGETS.map(({ name }, i) => [name, finiteOrNull(risk.severities[i])])),
    failure_probability_30m: risk.failureProbability30m,
    failure_probability_3h: risk.failureProbability3h,
    failure_probability_8h: risk.failureProbability8h,
    breaches: risk.breaches.map((breach) => breachAnswer(risk, breach)),
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** @returns the day by the server's clocks, in UTC where its zone is not known here any more */
function calendarOf({ clock, holidays }: ApiSources, { timeZone, country }: Server) {
  const nowMs = clock.now();
  const zone = isTimeZone(timeZone) ? timeZone : 'UTC';
  const today = localDayAt(nowMs, zone);
  return {
    date: dateOfLocalDay(today),
    utc_offset_minutes: Math.round(zoneOffsetMs(zone, nowMs) / MINUTE_MS),
    holiday_today: holidays.nameOn(country, today),
    holiday_tomorrow: holidays.nameOn(country, today + 1),
  };
}

function detail(sources: ApiSources, latest: LatestValues, server: Server) {
  const state = stateOf(sources, server);
  const row = latest.row(server.index);
  return {
    ...listed(sources, state),
    display_metrics: displayMetrics(row),
    metrics: Object.fromEntries(METRICS.map(({ name, unit }, i) => [name, { value: rounded(row[i]), unit }])),
    measured_steps: sources.fleet.measuredSteps(server.index, sources.fleet.closedStep),
    window_steps: WINDOW_STEPS,
    calendar: calendarOf(sources, server),
    ...riskDetail(state),
  };
}

function forecastTargets({ forecast, thresholds }: ApiSources, server: Server) {
  const targets = [...bandsOf(forecast, server.index, TARGET_LIST)].map(([name, bands]) => {
    const target = TARGET_LIST.findIndex((one) => one.name === name);
    return [
      name,
      { label: TARGET_LIST[target].label, thresholds: thresholds(server, target), ...bands },
    ] as const;
  });
  return Object.fromEntries(targets);
}

/** The window a forecast was made from, as targets. */
function historyOf({ fleet }: ApiSources, server: number, lastStep: number) {
  const rows = new Float32Array(WINDOW_STEPS * METRIC_COUNT);
  fleet.copyWindow(server, lastStep, rows, 0);
  const series = TARGET_LIST.map((target) => [
    target.name,
    Array.from({ length: WINDOW_STEPS }, (_, step) =>
      rounded(targetValue(target, rows, step * METRIC_COUNT)),
    ),
  ]);
  return {
    timestamps: stepTimes(lastStep - WINDOW_STEPS + 1, WINDOW_STEPS),
    targets: Object.fromEntries(series),
  };
}

function forecastAnswer(sources: ApiSources, server: Server, withHistory: boolean) {
  const origin = sources.forecast.originOf(server.index);
  const state = stateOf(sources, server);
  if (origin === null) {
    const reason = sources.forecast.reasonWithout(server.index) ?? reasonWithout(sources, state);
    const message = `There is no forecast of "${shortened(server.name)}" now. ${reason ?? 'Ask again after the next step.'}`;
    throw Object.assign(new ForecastNotReady(message), { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  return {
    server_name: server.name,
    profile: profileName(server),
    mode: state.mode,
    origin: isoTime(stepStartMs(origin + 1)),
    step_seconds: STEP_SECONDS,
    timestamps: horizonTimes(origin),
    targets: forecastTargets(sources, server),
    ...(withHistory ? { history: historyOf(sources, server.index, origin) } : {}),
  };
}

const listRoute: FastifyPluginAsyncTypebox<Options> = async (app, { sources }) => {
  app.get(
    '/servers',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['Servers'],
        summary: 'The servers that are watched, those at most risk first',
        querystring: filterSchema,
        response: {
          200: streamed(listSchema),
        },
      },
    },
    async ({ query }, reply) => {
      const states = statesByRisk(sources);
      const chosen = filtered(query, states);
      const tail = { count: chosen.length, total: states.length, timestamp: isoTime(sources.clock.now()) };
      reply.type('application/json; charset=utf-8');
      return reply.send(
        jsonStream('{"servers":[', listEntries(sources, chosen), () => `],${JSON.stringify(tail).slice(1)}`),
      );
    },
  );
};

const detailRoute: FastifyPluginAsyncTypebox<Options> = async (app, { sources }) => {
  const latest = new LatestValues(sources.fleet);
  app.get(
    '/servers/:name',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['Servers'],
        summary: 'One server: its newest values, its risk, and what it splits into',
        params: nameSchema,
        response: { 200: detailSchema, ...serverUnknownResponse },
      },
    },
    async ({ params }) => detail(sources, latest, findServer(sources.fleet, params.name)),
  );
};

const forecastRoute: FastifyPluginAsyncTypebox<Options> = async (app, { sources }) => {
  app.get(
    '/servers/:name/forecast',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['Forecasts'],
        summary: `The next ${HORIZON_STEPS} steps of every metric, with bands and thresholds`,
        params: nameSchema,
        querystring: Type.Object({
          history: Type.Optional(
            Type.Boolean({ description: 'Adds the 24 hours the forecast was made from' }),
          ),
        }),
        response: { 200: forecastSchema, ...serverUnknownResponse, 503: notReadySchema },
      },
    },
    async ({ params, query }) =>
      forecastAnswer(sources, findServer(sources.fleet, params.name), query.history ?? false),
  );
};

/** Everything about single servers. */
export const serverRoutes: FastifyPluginAsyncTypebox<Options> = async (app, options) => {
  await app.register(listRoute, options);
  await app.register(detailRoute, options);
  await app.register(forecastRoute, options);
};
