import { TARGETS } from '../../shared/metrics';

/** Answers of the backend as it gives them. */

const NOW = '2026-11-25T12:00:00.000Z';

type Level = 'healthy' | 'degraded' | 'warning' | 'critical';

const SCORES: Readonly<Record<Level, number>> = { healthy: 12, degraded: 55, warning: 66.4, critical: 91.2 };
const PARTS = { cpu: 0, memory: 0, disk: 0, network: 0, connections: 0 };

export function prediction(level: Level, changes: Record<string, unknown> = {}) {
  const score = SCORES[level];
  return {
    risk_score: score,
    profile: 'database',
    mode: 'model',
    alert: { level, score, color: '#000000', emoji: '', label: level },
    parts: { ...PARTS, memory: score },
    failure_probability_30m: 0.02,
    failure_probability_8h: 0.41,
    time_to_breach:
      level === 'healthy'
        ? null
        : { metric: 'mem_used_pct', threshold: 'critical', seconds: 2400, at: NOW, value: 95 },
    cause:
      level === 'healthy'
        ? 'no metric is expected to pass its thresholds in the next 8 hours'
        : 'memory used reaches 95 % in about 40 minutes',
    reason: null,
    ...changes,
  };
}

/** A server that has no score: it warms up, or went silent. */
export function unscored(mode: 'warming_up' | 'stale', reason: string) {
  return prediction('healthy', {
    risk_score: null,
    mode,
    alert: { level: 'unknown', score: null, color: '#808080', emoji: '', label: mode },
    parts: null,
    failure_probability_30m: null,
    failure_probability_8h: null,
    cause: null,
    reason,
  });
}

type Prediction = ReturnType<typeof prediction>;

export function fleet(predictions: Readonly<Record<string, Prediction>>) {
  const all = Object.values(predictions);
  const count = (level: string) =>
    all.filter(({ alert, mode }) => mode !== 'stale' && alert.level === level).length;
  const summary = {
    total_servers: all.length,
    critical: count('critical'),
    warning: count('warning'),
    degraded: count('degraded'),
    healthy: count('healthy'),
    warming_up: all.filter(({ mode }) => mode === 'warming_up').length,
    stale: all.filter(({ mode }) => mode === 'stale').length,
    fleet_health: all.length === 0 ? null : 88,
    failure_probability_30m: all.length === 0 ? null : 0.034,
    failure_probability_8h: all.length === 0 ? null : 0.62,
  };
  return { predictions, summary, alerts: [], timestamp: NOW };
}

export function noServers() {
  return { ...fleet({}), error: 'insufficient_data', message: 'No server has sent anything yet.' };
}

export function serverDetail(name: string, changes: Record<string, unknown> = {}) {
  return {
    name,
    profile: 'database',
    mode: 'model',
    risk_score: 91.2,
    alert: { level: 'critical', score: 91.2, color: '#FF0000', emoji: '', label: 'Critical' },
    cause: 'memory used reaches 95 % in about 40 minutes',
    reason: null,
    time_zone: 'UTC',
    first_seen: NOW,
    last_seen: NOW,
    attributes: {},
    display_metrics: {},
    metrics: { mem_used_pct: { value: 88, unit: '%' } },
    measured_steps: 288,
    window_steps: 288,
    parts: { ...PARTS, memory: 81.1, cpu: 10.1 },
    severities: { mem_used_pct: 0.9 },
    breaches: [{ metric: 'mem_used_pct', threshold: 'critical', seconds: 2400, at: NOW, value: 95 }],
    failure_probability_30m: 0.02,
    failure_probability_8h: 0.41,
    ...changes,
  };
}

const STEP_MS = 300_000;

function times(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => new Date(from + i * STEP_MS).toISOString());
}

/** @param metrics those that are measured; others are absent, as the backend leaves them out */
export function forecast(name: string, metrics: readonly string[] = TARGETS.map((target) => target.name)) {
  const origin = Date.parse(NOW);
  const band = (metric: string) => ({
    label: metric,
    unit: '%',
    thresholds: { warning: 85, critical: 95 },
    forecaster: 'model',
    p10: new Array(96).fill(10),
    p50: new Array(96).fill(20),
    p90: new Array(96).fill(30),
  });
  return {
    server_name: name,
    profile: 'database',
    mode: 'model',
    origin: NOW,
    step_seconds: 300,
    timestamps: times(origin, 96),
    targets: Object.fromEntries(metrics.map((metric) => [metric, band(metric)])),
    history: {
      timestamps: times(origin - 288 * STEP_MS, 288),
      targets: Object.fromEntries(metrics.map((metric) => [metric, new Array(288).fill(15)])),
    },
  };
}

export function alert(server: string, level: Level = 'critical', changes: Record<string, unknown> = {}) {
  return {
    id: `alert-${server}`,
    server_name: server,
    level,
    risk_score: SCORES[level],
    profile: 'database',
    message: `${level}, risk ${Math.floor(SCORES[level])}: memory used reaches 95 % in about 40 minutes`,
    time_to_issue: '40 minutes',
    lead_seconds: 2400,
    cause_metric: 'mem_used_pct',
    opened_at: NOW,
    updated_at: NOW,
    muted: false,
    muted_by: null as string | null,
    ...changes,
  };
}

export function activeAlerts(...alerts: readonly ReturnType<typeof alert>[]) {
  return { timestamp: NOW, count: alerts.length, alerts };
}

export function incident(server: string, level: Level = 'warning', changes: Record<string, unknown> = {}) {
  return {
    alert_id: `incident-${server}`,
    server_name: server,
    profile: 'database',
    opened_at: '2026-11-24T08:00:00.000Z',
    resolved_at: '2026-11-24T08:35:00.000Z',
    duration_minutes: 35,
    first_level: 'warning',
    peak_level: level,
    peak_score: SCORES[level],
    lead_seconds: 1800,
    cause_metric: 'mem_used_pct',
    message: 'Warning, risk 66: memory used reaches 88 %',
    last_message: 'Resolved after about 35 minutes',
    events: 2,
    ...changes,
  };
}

export function incidents(...list: readonly ReturnType<typeof incident>[]) {
  return {
    success: true,
    time_range: 'custom',
    from: NOW,
    to: NOW,
    count: list.length,
    next_cursor: null,
    incidents: list,
  };
}

/** Something said of an alert, or a time in which alerts are muted. */
export function annotation(id: string, changes: Record<string, unknown> = {}) {
  return {
    id,
    kind: 'maintenance',
    alert_id: null as string | null,
    server_names: null,
    profiles: null,
    from: NOW,
    to: '2100-01-01T00:00:00.000Z',
    recurrence: null,
    text: '',
    created_at: NOW,
    author: 'grafana-admin',
    active: false,
    ...changes,
  };
}

export function annotations(...list: readonly ReturnType<typeof annotation>[]) {
  return { count: list.length, annotations: list };
}

export function reportCard(changes: Record<string, unknown> = {}) {
  return {
    model: null,
    window_hours: 24,
    since: null,
    message: 'Nothing has been scored yet.',
    rows: [],
    sources: [],
    timestamp: NOW,
    ...changes,
  };
}

export const NOT_READY = {
  status: 503,
  body: { detail: 'There is no forecast now. 3 of 36 steps measured.', code: 'ARGUS_FORECAST_NOT_READY' },
} as const;

export const WRONG_KEY = {
  status: 403,
  body: { detail: 'The API key is wrong.', code: 'ARGUS_KEY_WRONG' },
} as const;

/** What Grafana's proxy says where nothing listens. */
export const DOWN = { status: 502, body: { message: 'Bad Gateway' } } as const;
