import type { FilterValues } from '../scenes/UrlFilters';

/** Choices of how soon a breach is expected, in seconds. */
export const LEADS = [
  { name: '30m', label: 'Within 30 minutes', seconds: 1_800 },
  { name: '1h', label: 'Within 1 hour', seconds: 3_600 },
  { name: '2h', label: 'Within 2 hours', seconds: 7_200 },
  { name: '4h', label: 'Within 4 hours', seconds: 14_400 },
] as const;

/** What the filters look at, of an active or a past alert. */
export interface FilterableAlert {
  readonly server_name: string;
  readonly level: string;
  readonly lead_seconds: number | null;
  readonly message: string;
}

/** Whether level, lead time and text let an alert through. One without a breach in sight has no lead time. */
export function alertMatches(alert: FilterableAlert, { levels, lead, search }: FilterValues): boolean {
  if (levels.length > 0 && !levels.includes(alert.level)) return false;
  const longest = LEADS.find(({ name }) => name === lead)?.seconds;
  if (longest !== undefined && (alert.lead_seconds === null || alert.lead_seconds > longest)) return false;
  const needle = search.trim().toLowerCase();
  return needle === '' || `${alert.server_name} ${alert.message}`.toLowerCase().includes(needle);
}
