/** Where a simulated server stands: servers that share a dependency stand together. */
import { GROUP_SIZE } from './cascade.ts';

const ZONES = ['a', 'b', 'c'] as const;
const CLUSTERS = 2;

/**
 * Resource attributes of a server, the same in generated and in live fleets.
 * @param number of the server, as of nameServer()
 */
export function attributesOf(number: number): Readonly<Record<string, string>> {
  const group = Math.floor(number / GROUP_SIZE);
  return {
    'cloud.availability_zone': `zone-${ZONES[group % ZONES.length]}`,
    'k8s.cluster.name': `cluster-${(group % CLUSTERS) + 1}`,
    rack: `rack-${String(group + 1).padStart(2, '0')}`,
  };
}
