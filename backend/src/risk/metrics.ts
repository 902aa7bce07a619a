/** Self-monitoring of the risk stage. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { LEVELS } from '../catalog/levels.ts';
import { type Alert, isGrouped } from './types.ts';

export interface RiskMetrics {
  readonly events: Counter<'type'>;
  readonly logErrors: Counter;
  readonly logPending: Gauge;
  readonly logDropped: Counter;
  readonly calibrated: Gauge;
  setActive(alerts: readonly Alert[]): void;
}

/** Makes the stage's metrics on a registry. */
export function createRiskMetrics(registry: Registry): RiskMetrics {
  const registers = [registry];
  const active = new Gauge({
    name: 'argus_alerts_active',
    help: 'Alerts that are open now, by level; a cascade counts once, not once a member.',
    labelNames: ['level'],
    registers,
  });
  return {
    events: new Counter({
      name: 'argus_alert_events_total',
      help: 'Alert events announced, by type; those of members for which a cascade speaks are not.',
      labelNames: ['type'],
      registers,
    }),
    logErrors: new Counter({
      name: 'argus_alert_log_errors_total',
      help: 'Failed attempts to write alert events to disk.',
      registers,
    }),
    logPending: new Gauge({
      name: 'argus_alert_log_pending_events',
      help: 'Alert events that wait until the disk takes them.',
      registers,
    }),
    logDropped: new Counter({
      name: 'argus_alert_log_dropped_events_total',
      help: 'Alert events never written because too many were waiting for the disk.',
      registers,
    }),
    calibrated: new Gauge({
      name: 'argus_risk_calibrated',
      help: 'Whether failure probabilities were calibrated with the model in use (1) or come from the default table (0).',
      registers,
    }),
    setActive(alerts) {
      const announced = alerts.filter((alert) => !isGrouped(alert));
      for (const level of LEVELS.slice(1)) {
        active.set({ level: level.name }, announced.filter((alert) => alert.level === level.name).length);
      }
    },
  };
}
