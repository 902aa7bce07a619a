/** GET /report-card: what forecasts were worth once their truth had come, and who forecasts now. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { TARGET_LIST } from '../../catalog/targets.ts';
import { HORIZONS, stepStartMs } from '../../catalog/time.ts';
import { findServer } from '../../fleet/findServer.ts';
import type { Server } from '../../fleet/types.ts';
import { FORECASTERS, NETWORK } from '../../forecast/baselines.ts';
import type { TargetReport } from '../../forecast/rivals.ts';
import { bestBaseline, skillOf } from '../../watch/reportCard.ts';
import { stateOf } from '../fleetState.ts';
import { isoTime } from '../format.ts';
import {
  forecasterSchema,
  modeSchema,
  oneOf,
  orNull,
  serverUnknownResponse,
  timeSchema,
} from '../schemas.ts';
import type { ApiSources } from '../sources.ts';

const WINDOW_HOURS = 24;
const shareSchema = Type.Number({ minimum: 0, maximum: 1 });
const byForecaster = (values: readonly number[]) =>
  Object.fromEntries(FORECASTERS.map((name, i) => [name, values[i]]));
const metricSchema = oneOf(TARGET_LIST.map(({ name }) => name));

const scoresSchema = {
  scored: Type.Number({ description: 'Forecasts whose truth has come' }),
  pinball: Type.Record(Type.String(), Type.Number(), {
    description: "Mean pinball loss of P10, P50 and P90 by forecaster, in the metric's unit",
  }),
  best_baseline: forecasterSchema,
  skill: orNull(Type.Number(), {
    description: "1 minus the model's loss over the best baseline's; null where that made no error",
  }),
  coverage: shareSchema,
  coverage_uncorrected: shareSchema,
  winkler: Type.Number({ description: 'Mean Winkler score of the corrected band; smaller is better' }),
};

const rowSchema = Type.Object({
  metric: metricSchema,
  horizon: oneOf(HORIZONS.map(({ name }) => name)),
  ...scoresSchema,
});

const sourceSchema = Type.Object({
  metric: metricSchema,
  servers: Type.Integer({ description: 'Servers it is forecast for' }),
  baseline_share: orNull(shareSchema, { description: 'Share of them that a baseline forecasts' }),
  by_forecaster: Type.Record(Type.String(), Type.Integer()),
});

const ownSchema = Type.Object(
  {
    server_name: Type.String(),
    mode: modeSchema,
    metrics: Type.Array(
      Type.Object({
        metric: metricSchema,
        forecaster: orNull(forecasterSchema, { description: 'Null where the metric is not forecast' }),
        since: orNull(timeSchema, {
          description: 'When that was decided; null: it has always been the model',
        }),
        reason: Type.String(),
        scores: orNull(Type.Object(scoresSchema), {
          description: 'Over all horizons, older scores counting less; null before the first',
        }),
      }),
    ),
  },
  { description: 'Only where `server` asks for it' },
);

const VERDICT_DAYS = 30;
const verdictsSchema = Type.Object(
  {
    days: Type.Integer(),
    true: Type.Integer(),
    false: Type.Integer(),
    expected: Type.Integer(),
    maintenance: Type.Integer(),
    precision: orNull(shareSchema, { description: 'True among true and false; null without either' }),
  },
  { description: 'How people judged alerts (POST /annotations)' },
);

const answerSchema = Type.Object(
  {
    model: orNull(Type.String({ description: 'Model whose forecasts were scored' })),
    window_hours: Type.Integer(),
    since: orNull(timeSchema),
    message: orNull(Type.String({ description: 'Why there are no rows' })),
    rows: Type.Array(rowSchema, {
      description: 'The fleet, by metric and horizon; what was never scored is absent',
    }),
    sources: Type.Array(sourceSchema),
    verdicts: verdictsSchema,
    server: Type.Optional(ownSchema),
    timestamp: timeSchema,
  },
  { description: 'The report card' },
);

const NOTHING_SCORED =
  'Nothing has been scored yet: the first forecasts of a model are scored 30 minutes after they were made, those for 8 hours after 8 hours.';

/** Why a forecaster is in use, with its numbers. */
function reasonOf({ forecaster, scored, losses }: TargetReport): string {
  if (scored === 0) return 'No forecast has been scored yet.';
  const best = bestBaseline(losses);
  const inUse = losses[FORECASTERS.indexOf(forecaster)];
  const [other, rival] =
    forecaster === 'model' ? [FORECASTERS[best], losses[best]] : ['model', losses[NETWORK]];
  const than = `${three(inUse)}; that of ${other} ${three(rival)}`;
  return `Over the last day the loss of ${forecaster} was ${than} (${Math.round(scored)} scored forecasts).`;
}

function three(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function ownMetric(sources: ApiSources, server: Server, target: number) {
  const report = sources.report.reportOf(server, target);
  const { scored, losses, sinceStep } = report;
  const best = bestBaseline(losses);
  const scores = {
    scored,
    pinball: byForecaster(losses),
    best_baseline: FORECASTERS[best],
    skill: skillOf(losses[NETWORK], losses[best]),
    coverage: report.coverage,
    coverage_uncorrected: report.coverageRaw,
    winkler: report.winkler,
  };
  return {
    metric: TARGET_LIST[target].name,
    forecaster: sources.forecast.forecasterOf(server.index, target) ?? null,
    since: sinceStep === null ? null : isoTime(stepStartMs(sinceStep + 1)),
    reason: reasonOf(report),
    scores: scored === 0 ? null : scores,
  };
}

function own(sources: ApiSources, server: Server) {
  return {
    server_name: server.name,
    mode: stateOf(sources, server).mode,
    metrics: TARGET_LIST.map((_, target) => ownMetric(sources, server, target)),
  };
}

function fleetCard({ report, fleet, clock, annotations }: ApiSources) {
  const rows = report.rows(fleet.closedStep);
  const { sinceStep } = report;
  const { days, counts, precision } = annotations.verdicts(VERDICT_DAYS);
  return {
    model: report.modelId,
    window_hours: WINDOW_HOURS,
    since: sinceStep === null || rows.length === 0 ? null : isoTime(stepStartMs(sinceStep)),
    message: rows.length === 0 ? NOTHING_SCORED : null,
    rows: rows.map((row) => ({
      metric: TARGET_LIST[row.target].name,
      horizon: HORIZONS[row.horizon].name,
      scored: row.scored,
      pinball: byForecaster(row.losses),
      best_baseline: row.bestBaseline,
      skill: row.skill,
      coverage: row.coverage,
      coverage_uncorrected: row.coverageRaw,
      winkler: row.winkler,
    })),
    sources: report.sources().map(({ target, servers, byForecaster: counts }) => ({
      metric: TARGET_LIST[target].name,
      servers,
      baseline_share: servers === 0 ? null : (servers - counts[NETWORK]) / servers,
      by_forecaster: byForecaster(counts),
    })),
    verdicts: { days, ...counts, precision },
    timestamp: isoTime(clock.now()),
  };
}

export const reportRoutes: FastifyPluginAsyncTypebox<{ readonly sources: ApiSources }> = async (
  app,
  { sources },
) => {
  app.get(
    '/report-card',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['Forecasts'],
        summary: 'What forecasts were worth over the last 24 hours, against baselines and what came',
        querystring: Type.Object({
          server: Type.Optional(
            Type.String({
              description: 'Adds how this server is forecast, and why so',
              examples: ['ppdb001'],
            }),
          ),
        }),
        response: { 200: answerSchema, ...serverUnknownResponse },
      },
    },
    async ({ query }) => {
      const server = query.server === undefined ? undefined : findServer(sources.fleet, query.server);
      return { ...fleetCard(sources), ...(server === undefined ? {} : { server: own(sources, server) }) };
    },
  );
};
