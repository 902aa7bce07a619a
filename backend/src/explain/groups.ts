/** Choosing what an explanation tells apart: at most eight groups of metrics and part of the day. */
import { METRIC_COUNT, METRICS } from '../catalog/metrics.ts';
import { WINDOW_STEPS } from '../catalog/time.ts';
import { FAMILIES, type Family, meanOf, measuredMetrics, WINDOW_PARTS, type WindowPart } from './families.ts';

/** One player of the Shapley game. */
export interface Group {
  /** "memory/hour" */
  readonly id: string;
  readonly label: string;
  readonly family: string;
  /** Positions in METRICS, only measured ones. */
  readonly metrics: readonly number[];
  readonly window: WindowPart;
  /** Position in TARGETS of the value that is shown for it; null for a mixed group. */
  readonly shown: number | null;
}

/** Groups in all: 2^8 coalitions a donor. */
export const MOST_GROUPS = 8;
/** Families with a group of their own; the others share one. */
const NAMED_FAMILIES = 4;
/** In how many parts of the day the families are told apart, in this order until there are enough groups. */
const SPLITS: readonly { readonly rank: number; readonly parts: number }[] = [
  { rank: 0, parts: 2 },
  { rank: 0, parts: 3 },
  { rank: 1, parts: 2 },
  { rank: 2, parts: 2 },
  { rank: 1, parts: 3 },
  { rank: 2, parts: 3 },
  { rank: 3, parts: 2 },
  { rank: 3, parts: 3 },
];
const PARTS: Readonly<Record<number, readonly WindowPart[]>> = {
  1: [WINDOW_PARTS.day],
  2: [WINDOW_PARTS.context, WINDOW_PARTS.before],
  3: [WINDOW_PARTS.hour, WINDOW_PARTS.recent, WINDOW_PARTS.before],
};

/** How far the newest 8 hours lie from those of the donors, in widths of what the donors do. */
function shiftOf(metric: number, window: Float32Array, donors: readonly Float32Array[]): number {
  const { from, to } = WINDOW_PARTS.context;
  const own = meanOf(window, metric, from, to);
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (const donor of donors) {
    for (let row = 0; row < WINDOW_STEPS; row++) {
      const value = donor[row * METRIC_COUNT + metric];
      if (Number.isNaN(value)) continue;
      sum += value;
      squares += value * value;
      count++;
    }
  }
  if (count === 0 || Number.isNaN(own)) return 0;
  const mean = sum / count;
  const width = Math.sqrt(Math.max(0, squares / count - mean * mean)) + 0.01 * Math.abs(mean) + 1e-6;
  return Math.abs(own - mean) / width;
}

/** Severities closer than this are alike: noise must not change what an explanation tells apart. */
const SEVERITY_STEP = 0.05;
/** Widths by which a metric must lie off to count as unusual. */
const UNUSUAL = 3;

interface Ranked {
  readonly family: Family;
  readonly metrics: readonly number[];
  /** In whole steps. */
  readonly severity: number;
  readonly isUnusual: boolean;
}

/** Families that are measured: those in most danger first, then what is unusual, else in the order of the table. */
function rankedFamilies(
  window: Float32Array,
  severities: Float64Array,
  donors: readonly Float32Array[],
): readonly Ranked[] {
  const measured = measuredMetrics(window);
  return FAMILIES.flatMap((family) => {
    const metrics = family.metrics.filter((metric) => measured.includes(metric));
    if (metrics.length === 0) return [];
    // A severity of nothing is NaN, which is no danger.
    const severity = Math.max(0, ...family.targets.map((target) => severities[target] || 0));
    const isUnusual = metrics.some((metric) => shiftOf(metric, window, donors) > UNUSUAL);
    return [{ family, metrics, severity: Math.round(severity / SEVERITY_STEP), isUnusual }];
  }).sort((a, b) => b.severity - a.severity || Number(b.isUnusual) - Number(a.isUnusual));
}

function groupsOf({ family, metrics }: Ranked, parts: number): readonly Group[] {
  return PARTS[parts].map((window) => ({
    id: `${family.name}/${window.part}`,
    label: `${family.label}, ${window.label}`,
    family: family.name,
    metrics,
    window,
    shown: family.shown,
  }));
}

/**
 * The groups of one explanation. Together they hold every measured value of the window once.
 * @param window [WINDOW_STEPS][METRIC_COUNT]
 * @param severities by target, NaN where there is none
 * @param donors windows the server is compared with
 */
export function chooseGroups(
  window: Float32Array,
  severities: Float64Array,
  donors: readonly Float32Array[],
): readonly Group[] {
  const ranked = rankedFamilies(window, severities, donors);
  const hasRest = ranked.length > NAMED_FAMILIES + 1;
  const named = hasRest ? ranked.slice(0, NAMED_FAMILIES) : ranked;
  const rest = ranked.slice(named.length);
  const parts = named.map(() => 1);
  let total = named.length + (hasRest ? 1 : 0);
  for (const split of SPLITS) {
    if (total >= MOST_GROUPS) break;
    if (split.rank >= named.length || parts[split.rank] >= split.parts) continue;
    parts[split.rank]++;
    total++;
  }
  const groups = named.flatMap((one, rank) => groupsOf(one, parts[rank]));
  if (!hasRest) return groups;
  const metrics = rest.flatMap((one) => one.metrics).sort((a, b) => a - b);
  const names = rest.map(({ family }) => family.label.toLowerCase()).join(', ');
  return [
    ...groups,
    {
      id: 'others/day',
      label: `All other metrics (${names}), last 24 hours`,
      family: 'others',
      metrics,
      window: WINDOW_PARTS.day,
      shown: null,
    },
  ];
}

/** Name of a group as the seed's clients show it: "mem_used_pct (last hour)". */
export function featureName({ metrics, family, window }: Group): string {
  const names =
    family === 'others' ? 'other metrics' : metrics.map((metric) => METRICS[metric].name).join('+');
  const shown = family === 'cpu' ? 'cpu_used_pct' : names;
  return `${shown} (${window.label})`;
}
