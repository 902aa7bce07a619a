import { ATTENTION, severityRank, stateOf } from '../components/states';
import type { FilterValues } from '../scenes/UrlFilters';

/** What the filters look at. */
export interface Filterable {
  readonly server: string;
  readonly profile: string;
  readonly level: string | null;
  readonly mode: string | null;
  readonly cause: string | null;
}

/** Whether the text, the profile and the chosen levels let a server through; without any, every one. */
export function matches(row: Filterable, { levels, profiles, search }: FilterValues): boolean {
  if (levels.length > 0 && !levels.includes(stateOf(row))) return false;
  if (profiles.length > 0 && !profiles.includes(row.profile)) return false;
  const needle = search.trim().toLowerCase();
  return needle === '' || `${row.server} ${row.cause ?? ''}`.toLowerCase().includes(needle);
}

/** Levels of the list: those chosen; without a choice what needs attention, or all where a name is looked for. */
export function listedLevels({ levels, search }: FilterValues): readonly string[] {
  if (levels.length > 0 || search.trim() !== '') return levels;
  return ATTENTION;
}

/** Worst first. */
export function bySeverity(
  a: { state: string; risk: number | null },
  b: { state: string; risk: number | null },
) {
  const difference = severityRank(b.state) - severityRank(a.state);
  return difference === 0 ? (b.risk ?? -1) - (a.risk ?? -1) : difference;
}
