/** Settings as a person writes them: only what differs from the defaults. */
import { stringify } from 'yaml';
import { DEFAULT_RISK_CONFIG, type RiskConfig } from '../risk/config.ts';

/** The settings of alerts that a replay knows. */
export const ALERT_SETTINGS = ['minimumLevel', 'holdCycles', 'hysteresisPoints'] as const;

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  );
}

/** The `risk` section of a configuration file. */
export function snippetOf({ thresholds, profiles, servers, alerts }: RiskConfig): string {
  const changed = ALERT_SETTINGS.filter((name) => alerts[name] !== DEFAULT_RISK_CONFIG.alerts[name]);
  const sections = {
    thresholds,
    profiles: Object.fromEntries(Object.entries(profiles).filter(([, rule]) => !isEmpty(rule))),
    servers,
    alerts: Object.fromEntries(changed.map((name) => [name, alerts[name]])),
  };
  return stringify({
    risk: Object.fromEntries(Object.entries(sections).filter(([, value]) => !isEmpty(value))),
  });
}
