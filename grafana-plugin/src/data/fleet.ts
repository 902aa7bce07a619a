import { array, type InferOutput, nullable, number, object, optional, string } from 'valibot';
import type { ArgusClient } from './client';
import { alertLabel, breach, entries, level, numberOrNull, parts, textOrNull, time, word } from './schemas';

/** Only servers that match; nothing given: all. Lists of names are sent only as far as the backend takes them. */
export interface FleetFilter {
  readonly server?: readonly string[];
  readonly level?: readonly string[];
  readonly profile?: readonly string[];
  readonly mode?: readonly string[];
  /** At most this many, those at most risk first. */
  readonly limit?: number;
}

/** Fields of a server that lists need; the forecasts themselves would make the answer ten times as long. */
const FIELDS =
  'risk_score,profile,mode,alert,parts,failure_probability_30m,failure_probability_8h,time_to_breach,cause,reason';

const predictionSchema = object({
  risk_score: numberOrNull,
  profile: word,
  mode: word,
  alert: alertLabel,
  parts: nullable(parts),
  failure_probability_30m: numberOrNull,
  failure_probability_8h: numberOrNull,
  time_to_breach: nullable(breach),
  cause: textOrNull,
  reason: textOrNull,
});

const summarySchema = object({
  total_servers: number(),
  critical: number(),
  warning: number(),
  degraded: number(),
  healthy: number(),
  warming_up: number(),
  stale: number(),
  fleet_health: numberOrNull,
  failure_probability_30m: numberOrNull,
  failure_probability_8h: numberOrNull,
});

const fleetSchema = object({
  predictions: entries(predictionSchema),
  summary: summarySchema,
  alerts: array(object({ server_name: string(), level, risk_score: number(), message: string() })),
  timestamp: time,
  error: optional(string()),
  message: optional(string()),
});

export type FleetSummary = InferOutput<typeof summarySchema>;
export type FleetServer = InferOutput<typeof predictionSchema> & { readonly name: string };
export type FleetAlert = InferOutput<typeof fleetSchema>['alerts'][number];

export interface Fleet {
  /** Those at most risk first, those without a score last. */
  readonly servers: readonly FleetServer[];
  /** Of the whole fleet, whatever the filter. */
  readonly summary: FleetSummary;
  readonly alerts: readonly FleetAlert[];
  readonly timestamp: string;
  /** Why no server at all has a forecast; undefined where some have. */
  readonly notReady: string | undefined;
}

/** As many words of a kind as the backend takes in one request. */
const MOST_WORDS = 100;

function sendable(words: readonly string[] | undefined): readonly string[] | undefined {
  return words === undefined || words.length > MOST_WORDS ? undefined : words;
}

function byRisk(a: FleetServer, b: FleetServer): number {
  const difference = (b.risk_score ?? -1) - (a.risk_score ?? -1);
  if (difference !== 0) return difference;
  return a.name < b.name ? -1 : 1;
}

/** Risk, probabilities and cause of every server the filter lets through. */
export async function fetchFleet(
  client: ArgusClient,
  filter: FleetFilter = {},
  signal?: AbortSignal,
): Promise<Fleet> {
  const server = sendable(filter.server);
  const isCutHere = filter.server !== server;
  const params = { ...filter, server, limit: isCutHere ? undefined : filter.limit, fields: FIELDS };
  const answer = await client.get('/predictions/current', fleetSchema, { params, signal });
  const wanted = isCutHere ? new Set(filter.server) : undefined;
  const servers = answer.predictions
    .map(([name, prediction]) => ({ name, ...prediction }))
    .filter(({ name }) => wanted?.has(name) ?? true)
    .sort(byRisk);
  return {
    servers: isCutHere ? servers.slice(0, filter.limit) : servers,
    summary: answer.summary,
    alerts: answer.alerts,
    timestamp: answer.timestamp,
    notReady: answer.error === undefined ? undefined : (answer.message ?? answer.error),
  };
}
