/** The forecast metrics in the order of the REST API, with the unit ids Grafana formats them by (MBs is 10^6 bytes a second). */
export const TARGETS = [
  { name: 'cpu_used_pct', label: 'CPU used', unit: 'percent', part: 'cpu' },
  { name: 'mem_used_pct', label: 'Memory used', unit: 'percent', part: 'memory' },
  { name: 'swap_used_pct', label: 'Swap used', unit: 'percent', part: 'memory' },
  { name: 'disk_usage_pct', label: 'Disk used', unit: 'percent', part: 'disk' },
  { name: 'net_in_mb_s', label: 'Network in', unit: 'MBs', part: 'network' },
  { name: 'net_out_mb_s', label: 'Network out', unit: 'MBs', part: 'network' },
  { name: 'back_close_wait', label: 'Back-end CLOSE_WAIT', unit: 'short', part: 'connections' },
  { name: 'front_close_wait', label: 'Front-end CLOSE_WAIT', unit: 'short', part: 'connections' },
  { name: 'load_average', label: 'Load average', unit: 'short', part: null },
] as const;

export type TargetName = (typeof TARGETS)[number]['name'];

/** Measured metrics that are not forecast themselves. */
const OTHER_METRICS = [
  { name: 'cpu_user_pct', label: 'CPU user', unit: 'percent' },
  { name: 'cpu_sys_pct', label: 'CPU system', unit: 'percent' },
  { name: 'cpu_iowait_pct', label: 'CPU waiting for I/O', unit: 'percent' },
  { name: 'cpu_idle_pct', label: 'CPU idle', unit: 'percent' },
  { name: 'java_cpu_pct', label: 'Java CPU', unit: 'percent' },
  { name: 'uptime_days', label: 'Uptime', unit: 'd' },
] as const;

/** The parts a risk score splits into, in the order they are shown. */
export const RISK_PARTS = [
  { name: 'cpu', label: 'CPU' },
  { name: 'memory', label: 'Memory' },
  { name: 'disk', label: 'Disk' },
  { name: 'network', label: 'Network' },
  { name: 'connections', label: 'Connections' },
  { name: 'cascade', label: 'Cascade' },
] as const;

export type RiskPartName = (typeof RISK_PARTS)[number]['name'];

/** Steps ahead that the metrics page and the report card name. */
export const HORIZONS = [
  { name: '30m', label: '30 minutes', seconds: 1_800 },
  { name: '1h', label: '1 hour', seconds: 3_600 },
  { name: '2h', label: '2 hours', seconds: 7_200 },
  { name: '4h', label: '4 hours', seconds: 14_400 },
  { name: '8h', label: '8 hours', seconds: 28_800 },
] as const;

export const PROFILES = [
  { name: 'database', label: 'Database' },
  { name: 'ml_compute', label: 'ML compute' },
  { name: 'web_api', label: 'Web API' },
  { name: 'conductor', label: 'Conductor' },
  { name: 'etl', label: 'ETL' },
  { name: 'risk_analytics', label: 'Risk analytics' },
  { name: 'generic', label: 'Generic' },
] as const;

export function targetLabel(name: string): string {
  return TARGETS.find((target) => target.name === name)?.label ?? name;
}

export function targetUnit(name: string): string {
  return TARGETS.find((target) => target.name === name)?.unit ?? 'short';
}

function metricNamed(name: string): { readonly label: string; readonly unit: string } | undefined {
  return [...TARGETS, ...OTHER_METRICS].find((metric) => metric.name === name);
}

/** Name of any metric, forecast or not. */
export function metricLabel(name: string): string {
  return metricNamed(name)?.label ?? name;
}

/** Grafana's id of its unit. */
export function metricUnit(name: string): string {
  return metricNamed(name)?.unit ?? 'short';
}

export function profileLabel(name: string): string {
  return PROFILES.find((profile) => profile.name === name)?.label ?? name;
}
