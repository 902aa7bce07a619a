/** The risk settings in use, as a page for trying others needs them. */
import { PROFILES } from '../catalog/profiles.ts';
import { RISK_PARTS, TARGET_LIST } from '../catalog/targets.ts';
import type { RiskConfig } from '../risk/config.ts';
import { RuleBook, type ServerRules } from '../risk/rules.ts';
import { ALERT_SETTINGS, snippetOf } from './snippet.ts';

/** A name that no pattern for servers is meant for: what a profile has by itself. */
function rulesOfProfile(config: RiskConfig, profile: number): ServerRules {
  return new RuleBook({ ...config, servers: [] }).rulesOf('', profile);
}

export function settingsOf(config: RiskConfig) {
  const { thresholds, profiles, servers, alerts } = config;
  return {
    risk: {
      ...(thresholds === undefined ? {} : { thresholds }),
      profiles,
      servers,
      alerts: Object.fromEntries(ALERT_SETTINGS.map((name) => [name, alerts[name]])),
    },
    targets: TARGET_LIST.map(({ name, label, unit, max, part }) => {
      return { name, label, unit, max: Number.isFinite(max) ? max : null, part };
    }),
    effective: PROFILES.map(({ name }, profile) => {
      const { warning, critical, weights } = rulesOfProfile(config, profile);
      return {
        profile: name,
        thresholds: Object.fromEntries(
          TARGET_LIST.map((target, i) => [
            target.name,
            Number.isNaN(warning[i]) ? null : { warning: warning[i], critical: critical[i] },
          ]),
        ),
        weights: Object.fromEntries(RISK_PARTS.map((part, i) => [part, weights[i]])),
      };
    }),
    yaml: snippetOf(config),
  };
}
