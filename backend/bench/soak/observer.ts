/** Looks at a running Argus as people do: its REST API and its metrics, the memory of its processes, its disk. */
import { geometricMean } from '../../src/training/jobs/comparison.ts';
import { sampleSum } from '../../test/app/support.ts';
import {
  type AlertsAnswer,
  ask,
  type CascadeAnswer,
  type DriftAnswer,
  type DriftSignalName,
  type HistoryStatusAnswer,
  type ModelsAnswer,
  mustAsk,
  type ReportCardAnswer,
  type StatusAnswer,
} from './answers.ts';
import { bytesByFolder, memoryOf } from './processes.ts';
import type { CascadeReading, DriftReading, HourLine } from './record.ts';

export interface Observed {
  readonly rest: string;
  readonly pid: number;
  readonly dataDir: string;
}

/** What the run itself knows of the hour. */
export type OwnPart = Pick<
  HourLine,
  'hour' | 'step' | 'elapsedSeconds' | 'meanCycleSeconds' | 'maxCycleSeconds'
>;

export async function observe({ rest, pid, dataDir }: Observed, own: OwnPart): Promise<HourLine> {
  const [status, models, card, drift, cascades, alerts, history, page] = await Promise.all([
    mustAsk<StatusAnswer>(rest, '/status'),
    mustAsk<ModelsAnswer>(rest, '/admin/models'),
    mustAsk<ReportCardAnswer>(rest, '/report-card'),
    ask<DriftAnswer>(rest, '/drift'),
    ask<CascadeAnswer>(rest, '/cascade?limit=500'),
    mustAsk<AlertsAnswer>(rest, '/alerts/active'),
    mustAsk<HistoryStatusAnswer>(rest, '/historical/status'),
    fetch(`${rest}/metrics`).then((answer) => answer.text()),
  ]);
  return {
    kind: 'hour',
    ...own,
    model: models.current_model,
    modes: status.servers_by_mode,
    card: cardOf(card),
    drift: drift === null ? null : driftOf(drift),
    cascades: cascades === null ? null : cascadesOf(cascades),
    alerts: {
      active: alerts.alerts.length,
      critical: alerts.alerts.filter(({ level }) => level === 'critical').length,
      cascadeItems: alerts.alerts.filter(({ kind }) => kind === 'cascade').length,
      opened: sampleSum(page, 'argus_alert_events_total', 'type="opened"'),
      resolved: sampleSum(page, 'argus_alert_events_total', 'type="resolved"'),
    },
    memory: memoryOf(pid),
    disk: bytesByFolder(dataDir),
    historyDays: history.days,
    historyFiles: history.files,
    rowsLost: history.rows_lost,
    latePoints: sampleSum(page, 'argus_fleet_late_points_total'),
    cycles: sampleSum(page, 'argus_cycle_duration_seconds_count'),
    overruns: sampleSum(page, 'argus_cycle_overruns_total'),
  };
}

function cardOf({ rows }: ReportCardAnswer): HourLine['card'] {
  const scored = rows.reduce((sum, row) => sum + row.scored, 0);
  const shares = rows.flatMap(({ skill }) => (skill === null ? [] : [1 - skill]));
  return {
    scored: Math.round(scored),
    relativeLoss: shares.length === 0 ? null : geometricMean(shares),
    coverage: scored === 0 ? null : rows.reduce((sum, row) => sum + row.coverage * row.scored, 0) / scored,
  };
}

/** The signals of the profile that drifts most: what the score is made of. */
function driftOf({ status, score, profiles }: DriftAnswer): DriftReading {
  const known = profiles.filter((one) => one.score !== null);
  const worst = known.toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0)).at(0);
  const signalOf = (signal: DriftSignalName) => worst?.signals[signal]?.value ?? null;
  return {
    status,
    score,
    signals: {
      prediction_error_rate: signalOf('prediction_error_rate'),
      distribution_shift: signalOf('distribution_shift'),
      feature_drift: signalOf('feature_drift'),
      anomaly_rate: signalOf('anomaly_rate'),
    },
    profiles: profiles.flatMap((one) => (one.status === 'drifting' ? [one.profile] : [])),
  };
}

function cascadesOf({ cascades }: CascadeAnswer): readonly CascadeReading[] {
  return cascades.map((one) => ({
    id: one.id,
    state: one.state,
    startedAt: one.started_at,
    detectedAt: one.detected_at,
    leader: one.leader.server_name,
    members: one.members.map(({ server_name }) => server_name),
    common: [one.common.kind, one.common.key, one.common.value].filter((part) => part !== null).join(' '),
  }));
}
