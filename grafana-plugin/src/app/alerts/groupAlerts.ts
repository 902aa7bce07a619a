import type { ActiveAlert } from '../../data/alerts';

/** An alert of the list, and those it stands for where it is of a cascade. */
export interface AlertGroup {
  readonly alert: ActiveAlert;
  readonly members: readonly ActiveAlert[];
}

const NONE: readonly ActiveAlert[] = [];

function isCascade({ kind }: ActiveAlert): boolean {
  return kind === 'cascade';
}

/** Whether an alert stands in the list by itself: one that is critical does, also in a cascade. */
function standsAlone(alert: ActiveAlert, cascades: ReadonlySet<string>): boolean {
  return (
    isCascade(alert) || alert.level === 'critical' || alert.cascade === null || !cascades.has(alert.cascade)
  );
}

/** One entry for a cascade in place of one for each of its servers, in the order of the alerts. */
export function groupedAlerts(alerts: readonly ActiveAlert[]): readonly AlertGroup[] {
  const cascades = new Set(alerts.flatMap((alert) => (isCascade(alert) ? (alert.cascade ?? []) : [])));
  return alerts
    .filter((alert) => standsAlone(alert, cascades))
    .map((alert) => ({
      alert,
      members: isCascade(alert)
        ? alerts.filter((other) => !isCascade(other) && other.cascade === alert.cascade)
        : NONE,
    }));
}
