/** The smallest changes that would bring a server's risk under the next level, each run through the model. */
import { LEVELS, type LevelName, levelOf } from '../catalog/levels.ts';
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { TARGET_LIST, TARGETS, targetValue } from '../catalog/targets.ts';
import { CONTEXT_STEPS, WINDOW_STEPS } from '../catalog/time.ts';
import { nameOf, quantity } from '../risk/cause.ts';
import { capRows } from './edits.ts';
import type { SeenRanges } from './ranges.ts';
import { type Subject, scoreBesideOwn, scoresOf } from './subject.ts';

/** A metric held at or below a value, as if it had been so for the newest 8 hours. */
export interface Cap {
  /** Position in TARGETS. */
  readonly target: number;
  /** Newest value, or the highest of the newest 8 hours where that is higher. */
  readonly from: number;
  readonly to: number;
  /** What the profile has shown. */
  readonly range: readonly [number, number];
}

export interface Counterfactual {
  readonly caps: readonly Cap[];
  readonly riskBefore: number;
  readonly riskAfter: number;
  readonly levelBefore: LevelName;
  readonly levelAfter: LevelName;
}

export interface CounterfactualSearch {
  readonly found: readonly Counterfactual[];
  /** Windows the model was run on. */
  readonly searched: number;
  /** The level that was to be reached, and the score to stay under; null where nothing has to change. */
  readonly goal: { readonly level: LevelName; readonly below: number } | null;
  /** Why nothing was found, in a sentence; null where something was. */
  readonly reason: string | null;
}

/** Metrics changed at once: more is no advice. */
export const MOST_CHANGES = 3;
const MOST_SHOWN = 3;
/** Steps from the value as it is to the lowest its profile has shown. */
const GRID = 8;
/** Steps between the last of them that is not enough and the first that is. */
const FINE_GRID = 4;
/** A target below this severity is not what makes the risk. */
const LEAST_SEVERITY = 0.03;
/** Points by which a goal must be passed: the same window in other company may differ in the last digits. */
const CLEARANCE = 0.5;
const CONTEXT_START = WINDOW_STEPS - CONTEXT_STEPS;
const ACTIONABLE: readonly number[] = TARGET_LIST.flatMap(({ thresholds }, target) =>
  thresholds === null ? [] : [target],
);

/** How far one metric could be brought down. */
interface Lever {
  readonly target: number;
  readonly high: number;
  readonly low: number;
  readonly range: readonly [number, number];
}

function highestOfContext(window: Float32Array, target: number): number {
  let highest = Number.NaN;
  for (let row = CONTEXT_START; row < WINDOW_STEPS; row++) {
    const value = targetValue(TARGET_LIST[target], window, row * METRIC_COUNT);
    if (!(value <= highest) && !Number.isNaN(value)) highest = value;
  }
  return highest;
}

function leversOf({ inputs, assessment }: Subject, ranges: SeenRanges): readonly Lever[] {
  const { severities } = assessment;
  return ACTIONABLE.filter((target) => severities[target] >= LEAST_SEVERITY)
    .sort((a, b) => severities[b] - severities[a])
    .flatMap((target) => {
      const high = highestOfContext(inputs.window, target);
      const low = ranges.lowest[target];
      return low < high ? [{ target, high, low, range: [low, ranges.highest[target]] as const }] : [];
    });
}

/** Numbers people can use: whole ones from 10 on, else one decimal; never below what the profile has shown. */
function roundedCap(value: number, low: number): number {
  const factor = Math.abs(value) >= 10 ? 1 : 10;
  const rounded = Math.floor(value * factor) / factor;
  return rounded >= low ? rounded : Math.ceil(low * factor) / factor;
}

function capAt({ target, high, low, range }: Lever, share: number): Cap {
  return { target, from: high, to: roundedCap(high - share * (high - low), low), range };
}

/** Whether every value is one the profile has shown. */
function isInRange({ to, from, range: [low, high] }: Cap): boolean {
  return to >= low && to <= high && to < from;
}

/** Holds a window's newest 8 hours at or below the caps. */
export function applyCaps(caps: readonly Cap[], window: Float32Array): void {
  for (const { target, to } of caps) capRows(window, target, to, CONTEXT_START);
}

/** Tries changes by the model and keeps count. */
class Trials {
  readonly #subject: Subject;
  searched = 0;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  async scores(changes: readonly (readonly Cap[])[]): Promise<Float64Array> {
    this.searched += changes.length;
    const { window } = this.#subject.inputs;
    return scoresOf(this.#subject, changes.length, (index, out, offset) => {
      out.set(window, offset);
      const row = out.subarray(offset, offset + window.length);
      applyCaps(changes[index], row);
    });
  }

  /** The change with the risk that a what-if gives it. */
  async confirmed(tried: Tried): Promise<Tried> {
    this.searched += 2;
    const window = this.#subject.inputs.window.slice();
    applyCaps(tried.caps, window);
    return { ...tried, score: await scoreBesideOwn(this.#subject, window) };
  }

  /** The smallest share of the way down at which a set of levers brings the score below the goal. */
  async smallest(levers: readonly Lever[], below: number): Promise<Tried | null> {
    const first = await this.#along(levers, 0, 1, GRID, below);
    if (first === null) return null;
    const step = 1 / GRID;
    return (await this.#along(levers, first.share - step, first.share, FINE_GRID, below)) ?? first;
  }

  async #along(
    levers: readonly Lever[],
    from: number,
    to: number,
    steps: number,
    below: number,
  ): Promise<Tried | null> {
    const tries = Array.from({ length: steps }, (_, i) => {
      const share = from + ((to - from) * (i + 1)) / steps;
      return { share, caps: levers.map((lever) => capAt(lever, share)) };
    }).filter(({ caps }) => caps.every(isInRange));
    const scores = await this.scores(tries.map(({ caps }) => caps));
    const hit = tries.findIndex((_, i) => scores[i] < below - CLEARANCE);
    return hit < 0 ? null : { ...tries[hit], score: scores[hit] };
  }
}

interface Tried {
  readonly share: number;
  readonly caps: readonly Cap[];
  readonly score: number;
}

/** Each metric by itself; where none is enough, the two and then the three in most danger together. */
async function search(trials: Trials, levers: readonly Lever[], below: number): Promise<readonly Tried[]> {
  const alone = await Promise.all(levers.map((lever) => trials.smallest([lever], below)));
  const found = alone.filter((tried) => tried !== null);
  if (found.length > 0) return found.sort((a, b) => a.share - b.share).slice(0, MOST_SHOWN);
  for (let together = 2; together <= Math.min(MOST_CHANGES, levers.length); together++) {
    const tried = await trials.smallest(levers.slice(0, together), below);
    if (tried !== null) return [tried];
  }
  return [];
}

/** The level below the present one, and the score from which the present one begins. */
function goalOf(score: number): CounterfactualSearch['goal'] {
  const level = levelOf(score);
  return level === 0 ? null : { level: LEVELS[level - 1].name, below: LEVELS[level].from };
}

/**
 * Searches for changes that bring the risk under the next level, and to healthy where that takes other ones.
 * @param ranges values the server's profile has shown
 */
export async function findCounterfactuals(
  subject: Subject,
  ranges: SeenRanges,
): Promise<CounterfactualSearch> {
  const { score } = subject.assessment;
  const goal = goalOf(score);
  if (goal === null) {
    return { found: [], searched: 0, goal, reason: 'The risk is healthy; nothing has to change.' };
  }
  const trials = new Trials(subject);
  const levers = leversOf(subject, ranges);
  const found = [...(await search(trials, levers, goal.below))];
  const healthy = LEVELS[1].from;
  const best = found.at(0);
  if (goal.below !== healthy && best !== undefined && best.score >= healthy) {
    const further = await trials.smallest(
      levers.filter(({ target }) => best.caps.some((cap) => cap.target === target)),
      healthy,
    );
    if (further !== null) found.push(further);
  }
  const levelBefore = LEVELS[levelOf(score)].name;
  const shown = await Promise.all(found.slice(0, MOST_SHOWN).map((tried) => trials.confirmed(tried)));
  return {
    found: shown.map((tried) => ({
      caps: tried.caps,
      riskBefore: score,
      riskAfter: tried.score,
      levelBefore,
      levelAfter: LEVELS[levelOf(tried.score)].name,
    })),
    searched: trials.searched,
    goal,
    reason: found.length > 0 ? null : nothingFound(goal, levers.length),
  };
}

function nothingFound({ below }: { readonly below: number }, levers: number): string {
  if (levers === 0) {
    return 'No change found: the metrics that make the risk are already as low as servers of this profile have them.';
  }
  return `No change of at most ${MOST_CHANGES} metrics, within what servers of this profile have shown in the last 24 hours, brings the risk below ${below}.`;
}

type TargetName = (typeof TARGETS)[number]['name'];

/** What people do to bring a metric to a value. */
const ACTIONS: Readonly<Record<TargetName, (to: string, by: string) => string>> = {
  cpu_used_pct: (to) => `Stop, move or postpone work until CPU used stays below ${to}.`,
  mem_used_pct: (to) => `Restart the service whose memory grows, so that memory used stays below ${to}.`,
  swap_used_pct: (to) => `Free memory by restarting the service that grew, until swap used is below ${to}.`,
  disk_usage_pct: (to, by) =>
    `Free ${by} of the fullest file system, so that disk used is below ${to}: delete or move logs and old data, or enlarge it.`,
  net_in_mb_s: (to) => `Limit, move or postpone transfers until network in stays below ${to}.`,
  net_out_mb_s: (to) => `Limit, move or postpone transfers until network out stays below ${to}.`,
  back_close_wait: (to) =>
    `Cut back-end connections in CLOSE_WAIT below ${to}: restart the service that leaves them open.`,
  front_close_wait: (to) =>
    `Cut front-end connections in CLOSE_WAIT below ${to}: restart the service that leaves them open.`,
  load_average: (to) => `Take work off the server until the load average stays below ${to}.`,
};

/** What to do for a change, in words. */
export function actionFor({ target, from, to }: Cap): string {
  const { name } = TARGETS[target];
  const amount = TARGET_LIST[target].unit === 'connections' ? String(Math.round(to)) : quantity(target, to);
  return ACTIONS[name](amount, quantity(target, from - to));
}

/** "memory used at most 71 % (now 88 %)" */
export function changeInWords({ target, from, to }: Cap): string {
  return `${nameOf(target)} at most ${quantity(target, to)} (now up to ${quantity(target, from)})`;
}

/** "Risk falls from 83 (critical) to 47 (healthy)" */
export function impactInWords({ riskBefore, riskAfter, levelBefore, levelAfter }: Counterfactual): string {
  return `Risk falls from ${Math.floor(riskBefore)} (${levelBefore}) to ${Math.floor(riskAfter)} (${levelAfter})`;
}
