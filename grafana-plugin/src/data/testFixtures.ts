/** Answers of the backend for tests, as a real one gives them. */

export const NOW = '2026-07-05T11:00:30.000Z';
export const ORIGIN = '2026-07-05T11:00:00.000Z';
/** A name that has to survive addresses, labels, links and the page. */
export const ODD_NAME = 'a/b "c" <script>alert(1)</script>';

const STEP_MS = 300_000;
const PARTS = { cpu: 2.5, memory: 78, disk: 0, network: 0, connections: 0 };

export function prediction(fields: Readonly<Record<string, unknown>> = {}) {
  const score = 'risk_score' in fields ? fields.risk_score : 80.5;
  return {
    risk_score: score,
    profile: 'database',
    mode: 'model',
    alert: { level: 'critical', score, color: '#FF0000', emoji: '🔴', label: 'Critical' },
    parts: PARTS,
    failure_probability_30m: 0.15,
    failure_probability_8h: 0.79,
    time_to_breach: { metric: 'mem_used_pct', threshold: 'critical', seconds: 2400, at: NOW, value: 95.2 },
    cause: 'memory used reaches 95 % in about 40 minutes',
    reason: null,
    ...fields,
  };
}

export const summary = {
  total_servers: 1,
  critical: 1,
  warning: 0,
  degraded: 0,
  healthy: 0,
  warming_up: 0,
  stale: 0,
  fleet_health: 20,
  prob_30m: 15,
  prob_8h: 79,
  failure_probability_30m: 0.15,
  failure_probability_8h: 0.79,
};

export function fleetAnswer(predictions: Readonly<Record<string, unknown>>) {
  return { predictions, summary, alerts: [], timestamp: NOW };
}

/** `count` servers, the first at most risk. */
export function manyPredictions(count: number) {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `pp${String(i).padStart(4, '0')}`,
      prediction({ risk_score: 100 - (100 * i) / count }),
    ]),
  );
}

export const warmingUpAnswer = {
  error: 'insufficient_data',
  message: 'No forecast has been made yet; servers seen: 3. GET /servers says of each what it waits for.',
  predictions: {},
  summary: { ...summary, total_servers: 3, critical: 0, warming_up: 3, fleet_health: null },
  alerts: [],
  timestamp: NOW,
};

function timesFrom(startMs: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => new Date(startMs + i * STEP_MS).toISOString());
}

function flat(count: number, value: number | null): (number | null)[] {
  return Array.from({ length: count }, () => value);
}

export function target(fields: Readonly<Record<string, unknown>> = {}) {
  return {
    label: 'CPU used',
    thresholds: { warning: 85, critical: 95 },
    unit: '%',
    forecaster: 'model',
    p10: flat(3, 10),
    p50: flat(3, 20),
    p90: flat(3, 30),
    ...fields,
  };
}

/** Two steps of history and three ahead. */
export function forecastAnswer(server: string, fields: Readonly<Record<string, unknown>> = {}) {
  const originMs = Date.parse(ORIGIN);
  return {
    server_name: server,
    profile: 'database',
    mode: 'model',
    origin: ORIGIN,
    step_seconds: 300,
    timestamps: timesFrom(originMs, 3),
    targets: {
      cpu_used_pct: target(),
      net_in_mb_s: target({ label: 'Network in', unit: 'MB/s', thresholds: null }),
    },
    history: {
      timestamps: timesFrom(originMs - 2 * STEP_MS, 2),
      targets: { cpu_used_pct: [18, null], net_in_mb_s: [1, 2] },
    },
    ...fields,
  };
}

export const activeAlertsAnswer = {
  timestamp: NOW,
  count: 1,
  alerts: [
    {
      id: 'alert-1',
      server_name: 'ppdb001',
      level: 'critical',
      risk_score: 83.4,
      profile: 'database',
      message: 'CRITICAL ppdb001: memory used reaches 95 % in 40 minutes',
      time_to_issue: '40 minutes',
      lead_seconds: 2400,
      cause_metric: 'mem_used_pct',
      opened_at: '2026-07-05T10:20:00.000Z',
      updated_at: NOW,
    },
  ],
};

export const healthAnswer = { status: 'healthy', service: 'argus', running: true, version: '0.1.0' };

export const statusAnswer = {
  model_loaded: true,
  model_path: 'default',
  rolling_window_size: 288,
  servers_tracked: 40,
  last_prediction: NOW,
  uptime_seconds: 100,
  warmup_complete: true,
  servers_by_mode: { model: 40, baseline: 0, warming_up: 0, stale: 0 },
  model: { id: 'argus-tft', provider: 'cpu', problem: null },
  last_cycle: null,
  journal: { healthy: true, problem: null },
  version: '0.1.0',
};

/** GET /servers with these names. */
export function listAnswer(names: readonly string[]) {
  const servers = names.map((name) => ({
    name,
    profile: 'database',
    mode: 'model',
    risk_score: 83.4,
    alert: { level: 'critical', score: 83.4 },
    cause: null,
    reason: null,
    time_zone: 'UTC',
    first_seen: ORIGIN,
    last_seen: NOW,
    attributes: {},
  }));
  return { servers, count: names.length, total: names.length, timestamp: NOW };
}
