import type { ProfileName } from '../catalog/profiles.ts';
import { PROFILES } from '../catalog/profiles.ts';
import { RandomStream } from './random.ts';

export interface ServerName {
  readonly number: number;
  readonly name: string;
  readonly profile: ProfileName;
}

const PLAIN_NAMES: readonly string[] = ['srv', 'host', 'node', 'vm', 'app', 'edge'];

/** Profiles repeat every ten servers: the common ones twice, the others once. */
const ROTATION: readonly ProfileName[] = [
  'database',
  'web_api',
  'generic',
  'ml_compute',
  'etl',
  'conductor',
  'risk_analytics',
  'web_api',
  'generic',
  'database',
];

/** Names a server: the profile's prefix and its number, a plain name for generic ones. */
export function nameServer(number: number): ServerName {
  const profile = ROTATION[number % ROTATION.length];
  const prefix = PROFILES.find(({ name }) => name === profile)?.prefix ?? null;
  const digits = String(number + 1).padStart(3, '0');
  const plain = new RandomStream(number, 'plain name').pick(PLAIN_NAMES);
  return { number, profile, name: `${prefix ?? `${plain}-`}${digits}` };
}
