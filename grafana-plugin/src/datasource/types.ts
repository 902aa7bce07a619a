import type { DataSourceJsonData } from '@grafana/data';
import type { DataQuery } from '@grafana/schema';

/** What a query asks for. */
export const QUERY_TYPES = [
  'forecast',
  'fleet',
  'risk',
  'probability',
  'time_to_breach',
  'alerts',
  'report_card',
  'explanation',
] as const;
export type ArgusQueryType = (typeof QUERY_TYPES)[number];

export interface ArgusQuery extends DataQuery {
  queryType?: ArgusQueryType;
  /** Names of servers; template variables allowed, also of several values. Empty: all. */
  servers?: string[];
  /** Names of forecast metrics; template variables allowed. Empty: all. */
  metrics?: string[];
  levels?: string[];
  profiles?: string[];
  /** Part of a server's name, for finding by text. */
  search?: string;
  /** At most this many servers, those at most risk first. */
  limit?: number;
  /** forecast: adds what was measured over the last 24 hours. Default true. */
  history?: boolean;
  /** forecast: adds what was forecast this long before, to hold against what came: 30m, 1h, 2h, 4h or 8h. */
  pastLead?: string;
  /** risk, probability and alerts: as they are now, or over the dashboard's time range. Default range. */
  timing?: ArgusTiming;
  /** risk: adds what each part contributes. Default false. */
  parts?: boolean;
}

export const TIMINGS = ['range', 'now'] as const;
export type ArgusTiming = (typeof TIMINGS)[number];

/** Settings of a data source; its address is the ordinary `url`. */
export interface ArgusDataSourceOptions extends DataSourceJsonData {
  /** Seconds after which a request is given up. Default 25. */
  timeoutSeconds?: number;
  /** Seconds after which Grafana's proxy gives a request up; the settings keep it above timeoutSeconds. */
  timeout?: number;
  /** Grafana's own words for trusting another certificate authority, and for trusting anything. */
  tlsAuthWithCACert?: boolean;
  tlsSkipVerify?: boolean;
}

/** Kept encrypted by Grafana and never sent to a browser. */
export interface ArgusSecrets {
  /** Key of scope `read`. */
  apiKey?: string;
  /** Key of scope `admin`, used for requests of administrators only. */
  adminKey?: string;
  /** PEM of the certificate authority, where tlsAuthWithCACert says so. */
  tlsCACert?: string;
}
