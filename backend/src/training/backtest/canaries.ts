import { Random } from '../random.ts';
import { raiseAlerts, scoreAlerts } from './alerts.ts';
import { averagePrecision, rankByScore } from './averagePrecision.ts';
import { labelOrigins, type OriginTable, POSITIVE } from './origins.ts';
import type { Failures } from './truth.ts';

/** Figures under a truth that is none: they have to fall to those of chance. */
export interface CanaryScores {
  readonly prAuc: number | null;
  /** Share of positive origins: the PR-AUC of chance. */
  readonly baseRate: number;
  readonly recall: number | null;
  /** Recall that as many alerts have by chance. */
  readonly chanceRecall: number;
}

/** Frozen scores of one scorer. */
export interface FrozenScores {
  readonly scores: Float32Array;
  readonly threshold: number;
}

/** One permutation of a few dozen failures may be lucky. */
const PERMUTATIONS = 20;
const SEED = 1;
export const SHIFT_STEPS = 288;

/** Mean over permutations that give every server the failures of another one; null where there is only one server. */
export function permutedServers(
  table: OriginTable,
  failures: Failures,
  frozen: readonly FrozenScores[],
): readonly CanaryScores[] | null {
  const names = table.servers.map(({ name }) => name);
  if (names.length < 2) return null;
  const rankings = frozen.map(({ scores }) => rankByScore(scores));
  const runs = Array.from({ length: PERMUTATIONS }, (_, run) => {
    const others = cycleOf(names, new Random(SEED, run));
    const permuted = new Map(names.map((name, i) => [name, failures.get(others[i]) ?? []]));
    return scoreAgainst(table, permuted, frozen, rankings);
  });
  return frozen.map((_, scorer) => meanOf(runs.map((run) => run[scorer])));
}

/** Every failure a day later: the time of day stays right, the server too, and nothing else. */
export function shiftedByADay(
  table: OriginTable,
  failures: Failures,
  frozen: readonly FrozenScores[],
): readonly CanaryScores[] {
  const shifted = new Map(
    [...failures].map(([server, known]) => [
      server,
      known.map((failure) => ({ ...failure, step: failure.step + SHIFT_STEPS })),
    ]),
  );
  const rankings = frozen.map(({ scores }) => rankByScore(scores));
  return scoreAgainst(table, shifted, frozen, rankings);
}

function scoreAgainst(
  table: OriginTable,
  failures: Failures,
  frozen: readonly FrozenScores[],
  rankings: readonly Uint32Array[],
): readonly CanaryScores[] {
  const labels = labelOrigins(table, failures);
  const baseRate = baseRateOf(labels);
  return frozen.map(({ scores, threshold }, scorer) => {
    const { recall, chanceRecall } = scoreAlerts(table, raiseAlerts(table, scores, threshold), failures);
    return { prAuc: averagePrecision(scores, labels, rankings[scorer]), baseRate, recall, chanceRecall };
  });
}

/** Share of positives among the origins that are not left out; 0 of none. */
export function baseRateOf(labels: Int8Array): number {
  let positives = 0;
  let counted = 0;
  for (const label of labels) {
    if (label === POSITIVE) positives++;
    if (label >= 0) counted++;
  }
  return counted > 0 ? positives / counted : 0;
}

/** A random permutation that is one cycle, so that nobody stays in place (Sattolo, 1986). */
export function cycleOf<T>(items: readonly T[], random: Random): readonly T[] {
  const permuted = [...items];
  for (let i = permuted.length - 1; i > 0; i--) {
    const other = random.below(i);
    [permuted[i], permuted[other]] = [permuted[other], permuted[i]];
  }
  return permuted;
}

function meanOf(runs: readonly CanaryScores[]): CanaryScores {
  const mean = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
  };
  return {
    prAuc: mean(runs.map(({ prAuc }) => prAuc)),
    baseRate: mean(runs.map(({ baseRate }) => baseRate)) ?? 0,
    recall: mean(runs.map(({ recall }) => recall)),
    chanceRecall: mean(runs.map(({ chanceRecall }) => chanceRecall)) ?? 0,
  };
}
