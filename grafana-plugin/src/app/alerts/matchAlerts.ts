import type { FilterValues } from '../scenes/UrlFilters';

/** Choices of how soon a breach is expected, in seconds. */
export const LEADS = [
  { name: '30m', label: 'Within 30 minutes', seconds: 1_800 },
  { name: '1h', label: 'Within 1 hour', seconds: 3_600 },
  { name: '2h', label: 'Within 2 hours', seconds: 7_200 },
  { name: '4h', label: 'Within 4 hours', seconds: 14_400 },
] as const;

/** Choices of which alerts still ask for someone. */
export const ONLY = [
  { name: 'unmuted', label: 'Not muted' },
  { name: 'unjudged', label: 'Without a verdict' },
] as const;

/** What the filters look at, of an active or a past alert. */
export interface FilterableAlert {
  readonly server_name: string;
  readonly level: string;
  readonly lead_seconds: number | null;
  readonly message: string;
  readonly profile: string;
  /** Servers of a cascade. */
  readonly members?: readonly string[] | null;
  readonly isMuted: boolean;
  readonly isJudged: boolean;
}

function isLetThrough({ isMuted, isJudged }: FilterableAlert, only: string): boolean {
  return !(only === 'unmuted' && isMuted) && !(only === 'unjudged' && isJudged);
}

/** Whether the filters let an alert through. One without a breach in sight has no lead time. */
export function alertMatches(alert: FilterableAlert, filters: FilterValues): boolean {
  const { levels, profiles, lead, search, only } = filters;
  if (levels.length > 0 && !levels.includes(alert.level)) return false;
  if (profiles.length > 0 && !profiles.includes(alert.profile)) return false;
  const longest = LEADS.find(({ name }) => name === lead)?.seconds;
  if (longest !== undefined && (alert.lead_seconds === null || alert.lead_seconds > longest)) return false;
  if (!isLetThrough(alert, only)) return false;
  const needle = search.trim().toLowerCase();
  const text = `${alert.server_name} ${alert.message} ${alert.members?.join(' ') ?? ''}`;
  return needle === '' || text.toLowerCase().includes(needle);
}
