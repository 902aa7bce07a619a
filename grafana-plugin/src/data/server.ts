import {
  array,
  type InferOutput,
  integer,
  minValue,
  nullable,
  number,
  object,
  optional,
  pipe,
  record,
  string,
} from 'valibot';
import type { ArgusClient } from './client';
import type { FleetFilter } from './fleet';
import {
  alertLabel,
  band,
  breach,
  numberOrNull,
  parts,
  series,
  textOrNull,
  thresholds,
  time,
  word,
} from './schemas';

const listedFields = {
  name: string(),
  profile: word,
  mode: word,
  risk_score: numberOrNull,
  alert: alertLabel,
  cause: textOrNull,
  reason: textOrNull,
  time_zone: string(),
  first_seen: time,
  last_seen: time,
  attributes: record(string(), string()),
};

const listSchema = object({
  servers: array(object(listedFields)),
  count: number(),
  total: number(),
  timestamp: time,
});

const detailSchema = object({
  ...listedFields,
  metrics: record(string(), object({ value: numberOrNull, unit: string() })),
  measured_steps: number(),
  window_steps: number(),
  parts: nullable(parts),
  severities: nullable(record(string(), numberOrNull)),
  breaches: array(breach),
  failure_probability_30m: numberOrNull,
  failure_probability_8h: numberOrNull,
});

const forecastSchema = object({
  server_name: string(),
  profile: word,
  mode: word,
  origin: time,
  step_seconds: pipe(number(), integer(), minValue(1)),
  timestamps: array(time),
  targets: record(string(), object({ label: string(), thresholds, ...band.entries })),
  history: optional(object({ timestamps: array(time), targets: record(string(), series) })),
});

export type ServerList = InferOutput<typeof listSchema>;
export type ServerDetail = InferOutput<typeof detailSchema>;
export type ServerForecast = InferOutput<typeof forecastSchema>;
export type TargetForecast = ServerForecast['targets'][string];

function serverPath(name: string): string {
  return `/servers/${encodeURIComponent(name)}`;
}

/** Names, profiles, levels and attributes of the servers that are watched, those at most risk first. */
export function fetchServers(
  client: ArgusClient,
  filter: FleetFilter = {},
  signal?: AbortSignal,
): Promise<ServerList> {
  return client.get('/servers', listSchema, { params: { ...filter }, signal });
}

/** Newest values of one server, its risk and every expected breach. */
export function fetchServer(client: ArgusClient, name: string, signal?: AbortSignal): Promise<ServerDetail> {
  return client.get(serverPath(name), detailSchema, { signal });
}

/** The next eight hours of each metric that is forecast; with `history`, the 24 hours before. */
export function fetchForecast(
  client: ArgusClient,
  name: string,
  { history = true }: { readonly history?: boolean } = {},
  signal?: AbortSignal,
): Promise<ServerForecast> {
  const params = history ? { history } : undefined;
  return client.get(`${serverPath(name)}/forecast`, forecastSchema, { params, signal });
}
