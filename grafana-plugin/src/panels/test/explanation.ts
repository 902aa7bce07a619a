import type { Explanation } from '../../data/explanation';
import type { WhatIfAnswer } from '../../data/whatIf';

const HOUR_MS = 3_600_000;
const ORIGIN = Date.UTC(2026, 6, 5, 11);
const at = (ms: number) => new Date(ms).toISOString();

/** An explanation with all its parts, as the backend gives it. */
export const EXPLANATION: Explanation = {
  server_name: 'ppdb003',
  profile: 'database',
  mode: 'model',
  origin: at(ORIGIN),
  computed_at: at(ORIGIN + 41_000),
  prediction: { risk_score: 83.4, alert_level: 'critical' },
  sentence: 'Memory used reaches 95 % in about 40 minutes. Restart the service whose memory grows.',
  sentence_parts: {
    cause: 'Memory used reaches 95 % in about 40 minutes.',
    evidence: null,
    time: null,
    action: 'Restart the service whose memory grows.',
  },
  risk: {
    score: 83.4,
    level: 'critical',
    parts: { cpu: 2.5, memory: 80.9, disk: 0, network: 0, connections: 0, cascade: 0 },
    targets: [
      {
        metric: 'mem_used_pct',
        label: 'Memory used',
        part: 'memory',
        unit: '%',
        severity: 0.91,
        now: 88.1,
        warning: 88,
        critical: 95,
        forecaster: 'model',
        breaches: [{ threshold: 'critical', seconds: 2_400, at: at(ORIGIN + 2_400_000), value: 95.2 }],
      },
    ],
    note: null,
  },
  shap: {
    method: 'sampled',
    base_value: 12.3,
    risk: 83.4,
    groups: [
      {
        id: 'memory/hour',
        label: 'Memory used, last hour',
        value: 74.1,
        effect: 'raises',
        standard_error: 0.4,
        server_mean: 88.1,
        donors_mean: 61,
        unit: '%',
      },
      {
        id: 'cpu/day',
        label: 'CPU used, last 24 hours',
        value: -3,
        effect: 'lowers',
        standard_error: null,
        server_mean: null,
        donors_mean: null,
        unit: null,
      },
    ],
    resolution: 2,
    note: 'Values add up.',
    reason: null,
  },
  heat: {
    hours: Array.from({ length: 24 }, (_, i) => at(ORIGIN - (24 - i) * HOUR_MS)),
    metrics: ['cpu_user_pct', 'mem_used_pct'],
    values: [
      Array.from({ length: 24 }, () => 0.01),
      Array.from({ length: 24 }, (_, i) => (i === 23 ? 50 : i === 22 ? -20 : 0)),
    ],
    note: 'An approximation for the picture.',
  },
  attention: {
    analysis: 'The network looked most at the last 40 minutes.',
    times: Array.from({ length: 12 }, (_, i) => at(ORIGIN - (12 - i) * 2_400_000)),
    period_seconds: 2_400,
    mean: Array.from({ length: 12 }, (_, i) => (i === 11 ? 0.45 : 0.05)),
    variable_weights: [],
    note: 'Attention is not a cause.',
    reason: null,
  },
  counterfactuals: [
    {
      scenario: 'Memory used at most 71 % (now 88 %)',
      impact: null,
      action: 'Restart the service, so that memory stays below 71 %.',
      recommendation: null,
      changes: [
        { metric: 'mem_used_pct', label: 'Memory used', unit: '%', from: 88.1, to: 71, range: [22, 97] },
      ],
      what_if: [{ kind: 'held', metric: 'mem_used_pct', at: 71 }],
      risk_before: 83.4,
      risk_after: 47.2,
      level_before: 'critical',
      level_after: 'healthy',
    },
  ],
  counterfactual: { reason: null },
  limits: ['The explanation is of the forecast, not of the server.'],
};

/** What a backend answers that knows the risk and nothing else. */
export const PARTS_ALONE: Explanation = {
  server_name: 'ppdb003',
  sentence: 'memory used reaches 95 %',
  risk: {
    score: 83.4,
    level: 'critical',
    parts: { cpu: 2.5, memory: 80.9, disk: 0, network: 0, connections: 0, cascade: 0 },
    targets: [],
  },
  limits: [],
};

function side(risk: number, p50: number) {
  const series = (value: number) => Array.from({ length: 96 }, () => value);
  return {
    risk_score: risk,
    failure_probability_8h: risk / 100,
    forecast: {
      mem_used_pct: {
        label: 'Memory used',
        unit: '%',
        p10: series(p50 - 2),
        p50: series(p50),
        p90: series(p50 + 2),
      },
      cpu_used_pct: { label: 'CPU used', unit: '%', p10: series(19), p50: series(20), p90: series(21) },
    },
  };
}

export const WHAT_IF: WhatIfAnswer = {
  origin: at(ORIGIN),
  timestamps: Array.from({ length: 96 }, (_, i) => at(ORIGIN + i * 300_000)),
  summary: 'Risk of ppdb003 would fall from 83 (critical) to 12 (healthy).',
  assumptions: ['Memory used has been at most 71 %.'],
  warnings: [{ code: 'outside_seen_range', message: 'The answer is a guess there.' }],
  servers: [{ server_name: 'ppdb003', before: side(83.4, 92), after: side(12, 71) }],
  skipped: [],
};
