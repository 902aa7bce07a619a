import type { Cascade } from '../../data/cascade';
import { formatDuration, isKnown } from '../../shared/format';
import { metricLabel, profileLabel } from '../../shared/metrics';
import { counted, percent } from '../components/format';

const SECONDS_PER_MINUTE = 60;
/** Names of attributes that people say otherwise. */
const KEY_LABELS: Readonly<Record<string, string>> = {
  rack: 'rack',
  'cloud.availability_zone': 'zone',
  'k8s.cluster.name': 'cluster',
};

type Common = Cascade['common'];

function thingOf({ kind, key, value }: Common): string | undefined {
  switch (kind) {
    case 'attribute':
      return `${KEY_LABELS[key ?? ''] ?? key ?? ''} ${value ?? ''}`;
    case 'profile':
      return `profile ${profileLabel(value ?? '')}`;
    case 'name':
      return `names that begin with ${value ?? ''}`;
    case 'fleet':
      return 'the whole fleet';
    default:
      return undefined;
  }
}

/** What members share: "rack rack-03", or "nothing known". */
export function commonOf(common: Common): string {
  return thingOf(common) ?? 'Nothing known';
}

/** How well what they share tells members from others. */
export function commonShares({ kind, inside, outside }: Common): string | undefined {
  if (kind === 'none' || kind === 'fleet' || !isKnown(inside)) return undefined;
  const others = isKnown(outside) ? `, ${percent(outside)} of the others` : '';
  return `${percent(inside)} of these servers are in it${others}`;
}

/** "15 min ahead", or "together with the next". */
export function leadOf({ leader }: Cascade): string {
  return leader.lead_minutes > 0
    ? `${formatDuration(leader.lead_minutes * SECONDS_PER_MINUTE)} ahead`
    : 'together with the next';
}

/** A direction by an arrow, with its word for those who do not see it. */
export function movesOf({ metrics }: Pick<Cascade, 'metrics'>): string {
  return metrics
    .map(({ metric, direction }) => `${metricLabel(metric)} ${direction === 'down' ? '↓ falls' : '↑ rises'}`)
    .join(', ');
}

/** "5 servers deviate together". */
export function cascadeTitle({ members }: Pick<Cascade, 'members'>): string {
  return `${counted(members.length, 'server')} deviate together`;
}
