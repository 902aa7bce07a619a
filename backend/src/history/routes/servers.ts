/** GET /historical/server/{name}, …/series, …/risk */

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { InvalidInput } from '../../catalog/invalidInput.ts';
import { METRICS } from '../../catalog/metrics.ts';
import { SCORE_PARTS, TARGET_LIST } from '../../catalog/targets.ts';
import { HORIZONS, type HorizonName } from '../../catalog/time.ts';
import { HistoryServerUnknown } from '../errors.ts';
import { leadSeconds } from '../leads.ts';
import type { Grid, LeadSeries, MetricSeries, ServerRow } from '../protocol.ts';
import { rangeOf, zonedTime } from '../range.ts';
import { rangeFields } from './alerts.ts';
import type { HistoryRouteOptions } from './index.ts';
import {
  column,
  numberOrNull,
  oneOf,
  pointsQuery,
  rangeAnswer,
  rangeQuery,
  serverParams,
  severalOf,
  time,
} from './schemas.ts';

const TAGS = ['History'];
const PERCENT = 100;
/** A score that rose or fell by fewer points over the range is called steady. */
const STEADY_POINTS = 5;
const SHOWN_NAME_LENGTH = 255;
const TRENDS = ['rising', 'falling', 'steady', 'unknown'] as const;
const NO_LEAD = 'none';
const LEADS: readonly (HorizonName | typeof NO_LEAD)[] = [...HORIZONS.map(({ name }) => name), NO_LEAD];
const DEFAULT_LEAD: HorizonName = '1h';
const TARGET_NAMES = TARGET_LIST.map(({ name }) => name);
const SERIES_NAMES = [...new Set([...TARGET_NAMES, ...METRICS.map(({ name }) => name)])];

const serverAnswer = Type.Object({
  ...rangeAnswer,
  server_name: Type.String(),
  alert_count: Type.Integer(),
  avg_risk_score: numberOrNull,
  max_risk_score: numberOrNull,
  time_in_warning_pct: numberOrNull,
  time_in_critical_pct: numberOrNull,
  time_in_degraded_pct: numberOrNull,
  risk_trend: oneOf(TRENDS, 'By a straight line through the scores: five points up or down, or fewer'),
  assessments: Type.Integer({ description: 'Scores kept in the range' }),
});

const gridAnswer = {
  step_seconds: Type.Integer(),
  count: Type.Integer(),
  timestamps: Type.Array(time),
};

const seriesAnswer = Type.Object({
  ...rangeAnswer,
  server_name: Type.String(),
  ...gridAnswer,
  series: Type.Array(
    Type.Object({
      metric: Type.String(),
      unit: Type.String(),
      actual: column,
      forecasts: Type.Array(
        Type.Object({
          lead: Type.String(),
          lead_seconds: Type.Integer(),
          p10: column,
          p50: column,
          p90: column,
          compared: Type.Integer({ description: 'Five-minute steps with both a forecast and a measurement' }),
          coverage: numberOrNull,
          mean_absolute_error: numberOrNull,
        }),
      ),
    }),
  ),
});

const riskAnswer = Type.Object({
  ...rangeAnswer,
  server_name: Type.String(),
  ...gridAnswer,
  risk_score: column,
  parts: Type.Object(Object.fromEntries(SCORE_PARTS.map((part) => [part, column]))),
  failure_probability_30m: column,
  failure_probability_8h: column,
});

function trendOf({ rise }: ServerRow): (typeof TRENDS)[number] {
  if (rise === null) return 'unknown';
  if (Math.abs(rise) < STEADY_POINTS) return 'steady';
  return rise > 0 ? 'rising' : 'falling';
}

function gridFields({ firstMs, stepSeconds, count }: Grid, timeZone: string) {
  const timestamps = Array.from({ length: count }, (_, i) =>
    zonedTime(firstMs + i * stepSeconds * 1000, timeZone),
  );
  return { step_seconds: stepSeconds, count, timestamps };
}

function unitOf(name: string): string {
  return [...TARGET_LIST, ...METRICS].find((known) => known.name === name)?.unit ?? '';
}

function leadFields({ lead, p10, p50, p90, compared, coverage, meanAbsoluteError }: LeadSeries) {
  return {
    lead,
    lead_seconds: leadSeconds(lead),
    p10: [...p10],
    p50: [...p50],
    p90: [...p90],
    compared,
    coverage,
    mean_absolute_error: meanAbsoluteError,
  };
}

function seriesFields({ name, actual, forecasts }: MetricSeries) {
  return { metric: name, unit: unitOf(name), actual: [...actual], forecasts: forecasts.map(leadFields) };
}

/** @throws InvalidInput where measurements alone are asked for beside forecasts */
function leadsOf(leads: readonly (HorizonName | typeof NO_LEAD)[]): readonly HorizonName[] {
  const named = leads.filter((lead) => lead !== NO_LEAD);
  if (named.length > 0 && named.length < leads.length) {
    const msg = '"none" cannot be asked for beside other leads';
    throw new InvalidInput([{ loc: ['query', 'lead'], msg, type: 'value_error' }]);
  }
  return [...new Set(named)];
}

export const serverHistoryRoutes: FastifyPluginAsyncTypebox<HistoryRouteOptions> = async (
  app,
  { view, fleet, clock },
) => {
  const requireKnown = (name: string, isKept: boolean): void => {
    if (!isKept && fleet.byName(name) === undefined)
      throw new HistoryServerUnknown(name.slice(0, SHOWN_NAME_LENGTH));
  };

  app.get(
    '/historical/server/:name',
    {
      config: { scope: 'read' },
      schema: {
        tags: TAGS,
        summary: "One server's risk and alerts of a time in a few numbers",
        params: serverParams,
        querystring: Type.Object(rangeQuery),
        response: { 200: serverAnswer },
      },
    },
    async ({ params: { name }, query }) => {
      const range = rangeOf(query, clock.now(), '1d');
      const row = await view.ask('server', { ...range, server: name });
      requireKnown(name, row.known);
      const percent = (level: string) => (row.shares === null ? null : (row.shares[level] ?? 0) * PERCENT);
      return {
        ...rangeFields(range),
        server_name: name,
        alert_count: row.alerts,
        avg_risk_score: row.meanScore,
        max_risk_score: row.maxScore,
        time_in_warning_pct: percent('warning'),
        time_in_critical_pct: percent('critical'),
        time_in_degraded_pct: percent('degraded'),
        risk_trend: trendOf(row),
        assessments: row.assessments,
      };
    },
  );

  app.get(
    '/historical/server/:name/series',
    {
      config: { scope: 'read' },
      schema: {
        tags: TAGS,
        summary: "One server's measurements beside the forecasts made earlier for those times",
        params: serverParams,
        querystring: Type.Object({
          ...rangeQuery,
          metric: severalOf(SERIES_NAMES, 'Metrics or forecast metrics; all that are forecast by default'),
          lead: severalOf(
            LEADS,
            'How long before its time a forecast was made; 1h by default, none for measurements alone',
          ),
          ...pointsQuery,
        }),
        response: { 200: seriesAnswer },
      },
    },
    async ({ params: { name }, query }) => {
      const range = rangeOf(query, clock.now(), '1d');
      const answer = await view.ask('series', {
        fromMs: range.fromMs,
        toMs: range.toMs,
        server: name,
        names: [...new Set(query.metric ?? TARGET_NAMES)],
        leads: leadsOf(query.lead ?? [DEFAULT_LEAD]),
        maxPoints: query.max_points,
      });
      requireKnown(name, answer.known);
      return {
        ...rangeFields(range),
        server_name: name,
        ...gridFields(answer.grid, range.timeZone),
        series: answer.series.map(seriesFields),
      };
    },
  );

  app.get(
    '/historical/server/:name/risk',
    {
      config: { scope: 'read' },
      schema: {
        tags: TAGS,
        summary: "One server's risk score, its parts and probabilities over a time",
        params: serverParams,
        querystring: Type.Object({ ...rangeQuery, ...pointsQuery }),
        response: { 200: riskAnswer },
      },
    },
    async ({ params: { name }, query }) => {
      const range = rangeOf(query, clock.now(), '1d');
      const { fromMs, toMs, timeZone } = range;
      const { known, grid, columns } = await view.ask('risk', {
        fromMs,
        toMs,
        server: name,
        maxPoints: query.max_points,
      });
      requireKnown(name, known);
      const [score, in30m, in8h, ...parts] = columns.map((values) => [...values]);
      return {
        ...rangeFields(range),
        server_name: name,
        ...gridFields(grid, timeZone),
        risk_score: score,
        parts: Object.fromEntries(SCORE_PARTS.map((part, i) => [part, parts[i]])),
        failure_probability_30m: in30m,
        failure_probability_8h: in8h,
      };
    },
  );
};
