/** Answers of the backend on replays, as it gives them. */

const FROM = '2026-10-26T12:00:00.000Z';
const TO = '2026-11-25T12:00:00.000Z';

export function replaySettings(changes: Record<string, unknown> = {}) {
  const thresholds = (warning: number, critical: number) => ({
    mem_used_pct: { warning, critical },
    cpu_used_pct: { warning: 85, critical: 95 },
    back_close_wait: { warning: 200, critical: 500 },
    load_average: null,
  });
  return {
    risk: {
      thresholds: { cpu_used_pct: { warning: 85, critical: 95 } },
      profiles: {
        database: { thresholds: { mem_used_pct: { warning: 92, critical: 97 } }, weights: { memory: 0.5 } },
      },
      servers: [{ pattern: '^test', thresholds: { mem_used_pct: null } }],
      alerts: { minimumLevel: 'degraded', holdCycles: 2, hysteresisPoints: 5, retentionMonths: 13 },
    },
    targets: [
      { name: 'mem_used_pct', label: 'Memory used', unit: '%', max: 100, part: 'memory' },
      { name: 'cpu_used_pct', label: 'CPU used', unit: '%', max: 100, part: 'cpu' },
      { name: 'back_close_wait', label: 'Back-end CLOSE_WAIT', unit: '', max: null, part: 'connections' },
      { name: 'load_average', label: 'Load average', unit: '', max: null, part: null },
    ],
    effective: [
      { profile: 'database', thresholds: thresholds(92, 97), weights: {} },
      { profile: 'generic', thresholds: thresholds(88, 95), weights: {} },
    ],
    yaml: 'risk: {}\n',
    history: { from: FROM, to: TO } as { from: string; to: string } | null,
    max_server_days: 20_000,
    ...changes,
  };
}

export function replay(changes: Record<string, unknown> = {}) {
  return {
    id: 'r1',
    state: 'forecasting',
    progress: 41.6,
    seconds_left: 75 as number | null,
    from: FROM,
    to: TO,
    result: null as unknown,
    error: null as unknown,
    ...changes,
  };
}

function counts(opened: number, found: number, wrong: number) {
  return {
    opened,
    true: found,
    late: 0,
    false: wrong,
    unknown: 0,
    muted: 1,
    precision: found / (found + wrong),
    median_lead_seconds: 7800,
    events_caught: found,
  };
}

export function replaySide(changes: Record<string, unknown> = {}) {
  return {
    opened_at: '2026-11-03T12:00:00.000Z',
    resolved_at: '2026-11-03T15:00:00.000Z',
    level: 'degraded',
    peak_level: 'critical',
    peak_score: 87.2,
    cause_metric: 'mem_used_pct',
    outcome: 'true',
    lead_seconds: 7800 as number | null,
    muted: false,
    why: 'memory used stayed past 95 % from 14:10 on',
    ...changes,
  };
}

export function replayAlert(server: string, where: 'both' | 'proposed' | 'today', changes: object = {}) {
  const side = replaySide({ ...changes });
  return {
    server_name: server,
    profile: 'database',
    in: where,
    proposed: where === 'today' ? null : side,
    today: where === 'proposed' ? null : side,
  };
}

export function replayResult(changes: Record<string, unknown> = {}) {
  return {
    summary: "The proposed settings would have opened 9 alerts in 30 days; today's settings: 14.",
    model: 'argus-tft-1',
    days: 30,
    servers: 300,
    server_days: 8700,
    proposed: counts(9, 7, 1),
    today: counts(14, 7, 6),
    events: 9,
    both: 1,
    only_proposed: 1,
    only_today: 1,
    alerts: [
      replayAlert('ppdb001', 'both'),
      replayAlert('ppml004', 'today', { outcome: 'false', lead_seconds: null }),
      replayAlert('ppapi002', 'proposed', { outcome: 'unknown', resolved_at: null, muted: true }),
    ],
    alerts_total: 3,
    yaml: 'risk:\n  alerts:\n    holdCycles: 3\n',
    forecasts: { made: 5, possible: 9, cached: 4, stride_minutes: 30, seconds: 121.4 },
    warnings: ['Metrics that were never measured: java_cpu_pct.'],
    ...changes,
  };
}

export function replayDone(result = replayResult()) {
  return replay({ state: 'done', progress: 100, seconds_left: 0, result });
}
