/** Answers of the backend on drift and cascades, as it gives them. */

export const DRIFT_LIMITS = [
  { signal: 'prediction_error_rate', threshold: 0.1, weight: 0.4 },
  { signal: 'distribution_shift', threshold: 0.2, weight: 0.3 },
  { signal: 'feature_drift', threshold: 0.15, weight: 0.2 },
  { signal: 'anomaly_rate', threshold: 0.05, weight: 0.1 },
];

const EDGES = [-4, -2.5, -1.5, -0.75, -0.25, 0.25, 0.75, 1.5, 2.5, 4];
const USUAL = [0.01, 0.02, 0.05, 0.12, 0.18, 0.24, 0.18, 0.12, 0.05, 0.02, 0.01];
const RISEN = [0, 0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.22, 0.23, 0.13, 0.07];

export function driftRow(profile: string, metric: string, changes: Record<string, unknown> = {}) {
  return {
    profile,
    metric,
    is_target: true,
    prediction_error_rate: 0.03 as number | null,
    distribution_shift: 0.06 as number | null,
    anomaly_rate: 0.004 as number | null,
    shifted: false,
    evidence: {
      unit: '%',
      mean_before: 23.1,
      mean_now: 23.4,
      histogram: { edges: EDGES, before: USUAL, now: USUAL },
      samples_before: 41_211,
      samples_now: 3_096,
      servers_now: 43,
      distance: 0.15,
      distance_usual: 0.09,
      psi: 0.09,
      ks: 0.08,
    },
    ...changes,
  };
}

/** A metric whose values have risen. */
export function risenRow(profile: string, metric: string) {
  const quiet = driftRow(profile, metric);
  return {
    ...quiet,
    prediction_error_rate: 0.22,
    distribution_shift: 0.52,
    shifted: true,
    evidence: {
      ...quiet.evidence,
      mean_now: 41.4,
      histogram: { edges: EDGES, before: USUAL, now: RISEN },
    },
  };
}

export function driftProfile(profile: string, changes: Record<string, unknown> = {}) {
  return {
    profile,
    status: 'quiet',
    since: null,
    score: 0.12 as number | null,
    servers: 300,
    signals: {
      prediction_error_rate: { value: 0.03, limit: 0.1 },
      distribution_shift: { value: 0.06, limit: 0.2 },
      feature_drift: { value: 0, limit: 0.15 },
      anomaly_rate: { value: 0.004, limit: 0.05 },
    },
    ...changes,
  };
}

export function drift(changes: Record<string, unknown> = {}) {
  return {
    status: 'quiet',
    detected: false,
    since: null as string | null,
    score: 0.12 as number | null,
    message: 'The servers behave as they did.',
    model: 'argus-default-3',
    reference: { since: '2026-11-01T00:00:00Z', learned: '2026-11-04T00:00:00Z', hours: 264 },
    window_hours: 3,
    fires_at: 0.6,
    ends_below: 0.3,
    hold_minutes: 30,
    profile_hold_minutes: 180,
    end_minutes: 180,
    limits: DRIFT_LIMITS,
    profiles: [driftProfile('fleet')],
    rows: [driftRow('fleet', 'cpu_used_pct'), driftRow('fleet', 'cpu_iowait_pct')],
    timestamp: '2026-11-25T12:00:00Z',
    ...changes,
  };
}

export const DRIFTING = drift({
  status: 'drifting',
  detected: true,
  since: '2026-11-25T03:10:00Z',
  score: 0.86,
  message: 'The servers of profile database behave differently: distribution shift 0.52 (limit 0.2).',
  profiles: [
    driftProfile('fleet'),
    driftProfile('database', {
      status: 'drifting',
      since: '2026-11-25T03:10:00Z',
      score: 0.86,
      servers: 43,
      signals: {
        prediction_error_rate: { value: 0.12, limit: 0.13 },
        distribution_shift: { value: 0.52, limit: 0.2 },
        feature_drift: { value: 0.31, limit: 0.15 },
        anomaly_rate: null,
      },
    }),
  ],
  rows: [
    driftRow('fleet', 'cpu_used_pct'),
    driftRow('database', 'cpu_used_pct', { anomaly_rate: null }),
    risenRow('database', 'mem_used_pct'),
  ],
});

export const DRIFT_LEARNING = drift({
  status: 'learning',
  score: null,
  message: 'What is usual is being learned: 18 of 48 hours.',
  reference: { since: '2026-11-24T18:00:00Z', learned: null, hours: 18 },
  profiles: [],
  rows: [],
});

export function cascadeMember(server: string, lag: number, changes: Record<string, unknown> = {}) {
  return {
    server_name: server,
    profile: 'database',
    started_at: '2026-11-25T09:40:00.000Z',
    lag_minutes: lag,
    z: 12.5,
    correlation: 1,
    metric: 'back_close_wait',
    deviating: true,
    risk_score: 71.25 as number | null,
    level: 'warning' as string | null,
    ...changes,
  };
}

export function cascade(changes: Record<string, unknown> = {}) {
  return {
    id: 'c-1',
    state: 'active',
    started_at: '2026-11-25T09:40:00.000Z',
    detected_at: '2026-11-25T10:10:31.000Z',
    updated_at: '2026-11-25T10:20:31.000Z',
    ended_at: null,
    level: 'warning',
    risk_score: 71.25,
    leader: { server_name: 'ppdb013', lead_minutes: 15, confidence: 0.82 },
    common: { kind: 'attribute', key: 'rack', value: 'rack-03', inside: 0.83, outside: 0, p_value: 1.2e-9 },
    metrics: [
      { metric: 'back_close_wait', direction: 'up', members: 5 },
      { metric: 'net_out_mb_s', direction: 'down', members: 4 },
    ],
    members: [
      cascadeMember('ppdb013', 0),
      cascadeMember('ppdb014', 15),
      cascadeMember('ppdb015', 20, { deviating: false, level: null, risk_score: null }),
    ],
    message: '3 servers deviate together since 09:40 UTC.',
    ...changes,
  };
}

export function cascades(...list: readonly ReturnType<typeof cascade>[]) {
  return {
    timestamp: '2026-11-25T10:20:31.000Z',
    ready: true,
    reason: null,
    active: list.length,
    cascades: list,
  };
}
