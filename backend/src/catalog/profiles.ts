import type { RiskPart } from './targets.ts';

export interface ProfileDefinition {
  readonly name: string;
  readonly label: string;
  /** Server names with this prefix belong to the profile unless a resource attribute or a pattern says otherwise. */
  readonly prefix: string | null;
  /** Weights of the risk parts; they sum to 1. */
  readonly weights: Readonly<Record<RiskPart, number>>;
}

const weights = (
  cpu: number,
  memory: number,
  disk: number,
  network: number,
  connections: number,
): Readonly<Record<RiskPart, number>> => ({ cpu, memory, disk, network, connections });

/** The profiles, in the order of the network's profile vocabulary. */
export const PROFILES = [
  { name: 'database', label: 'Database', prefix: 'ppdb', weights: weights(0.2, 0.4, 0.2, 0.1, 0.1) },
  { name: 'ml_compute', label: 'ML compute', prefix: 'ppml', weights: weights(0.4, 0.3, 0.15, 0.1, 0.05) },
  { name: 'web_api', label: 'Web API', prefix: 'ppapi', weights: weights(0.25, 0.25, 0.15, 0.15, 0.2) },
  { name: 'conductor', label: 'Conductor', prefix: 'ppcond', weights: weights(0.25, 0.3, 0.15, 0.15, 0.15) },
  { name: 'etl', label: 'ETL', prefix: 'ppetl', weights: weights(0.25, 0.25, 0.25, 0.2, 0.05) },
  {
    name: 'risk_analytics',
    label: 'Risk analytics',
    prefix: 'pprisk',
    weights: weights(0.35, 0.3, 0.15, 0.1, 0.1),
  },
  { name: 'generic', label: 'Generic', prefix: null, weights: weights(0.25, 0.3, 0.2, 0.15, 0.1) },
] as const satisfies readonly ProfileDefinition[];

export type ProfileName = (typeof PROFILES)[number]['name'];

const indexByName: ReadonlyMap<string, number> = new Map(
  PROFILES.map((profile, index) => [profile.name, index]),
);

/** Position in the profile vocabulary, or -1 for a name that is none. */
export function profileIndex(name: string): number {
  return indexByName.get(name) ?? -1;
}

export const GENERIC_PROFILE = profileIndex('generic');

/** A configured rule: server names matching the pattern belong to the profile. */
export interface ProfilePattern {
  readonly pattern: RegExp;
  readonly profile: ProfileName;
}

/**
 * Profile of a server: the `argus.profile` attribute, else the first matching pattern, else the name's prefix.
 * @returns a position in PROFILES
 */
export function profileOf(
  serverName: string,
  attribute: string | undefined,
  patterns: readonly ProfilePattern[],
): number {
  const declared = attribute === undefined ? -1 : profileIndex(attribute);
  if (declared >= 0) return declared;
  const match = patterns.find((rule) => rule.pattern.test(serverName));
  if (match !== undefined) return profileIndex(match.profile);
  const byPrefix = PROFILES.findIndex(
    (profile) => profile.prefix !== null && serverName.startsWith(profile.prefix),
  );
  return byPrefix >= 0 ? byPrefix : GENERIC_PROFILE;
}
