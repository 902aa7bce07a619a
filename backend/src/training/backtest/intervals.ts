import { Random } from '../random.ts';
import { judgeAlerts, raiseAlerts } from './alerts.ts';
import { averagePrecision, rankByScore } from './averagePrecision.ts';
import type { FrozenScores } from './canaries.ts';
import { forEachOrigin, type OriginTable } from './origins.ts';
import type { Failures } from './truth.ts';

/** 5th and 95th percentile. */
export type Interval = readonly [low: number, high: number];

/** How far figures would differ with other servers of the same fleet; null where a figure is not defined. */
export interface Intervals {
  readonly prAuc: Interval | null;
  readonly recall: Interval | null;
}

const RESAMPLES = 200;
const SEED = 2;
const TAIL = 0.05;

/**
 * Percentile bootstrap over servers (Efron, 1979): origins of one server are not independent, servers are. The threshold
 * stays frozen.
 */
export function intervalsOf(
  table: OriginTable,
  frozen: readonly FrozenScores[],
  labels: Int8Array,
  failures: Failures,
): readonly Intervals[] {
  const weights = new Uint8Array(labels.length);
  const rankings = frozen.map(({ scores }) => rankByScore(scores));
  const caught = frozen.map((one) => caughtByServer(table, one, failures));
  const prAuc: number[][] = frozen.map(() => []);
  const recall: number[][] = frozen.map(() => []);
  for (let resample = 0; resample < RESAMPLES; resample++) {
    const drawn = drawServers(table.servers.length, new Random(SEED, resample));
    forEachOrigin(table, (row, server) => {
      weights[row] = drawn[server];
    });
    frozen.forEach(({ scores }, i) => {
      const area = averagePrecision(scores, labels, rankings[i], weights);
      if (area !== null) prAuc[i].push(area);
      const share = weighted(caught[i].caught, drawn) / weighted(caught[i].failures, drawn);
      if (!Number.isNaN(share)) recall[i].push(share);
    });
  }
  return frozen.map((_, i) => ({ prAuc: middleOf(prAuc[i]), recall: middleOf(recall[i]) }));
}

interface Caught {
  readonly failures: Uint32Array;
  readonly caught: Uint32Array;
}

function caughtByServer(table: OriginTable, { scores, threshold }: FrozenScores, truth: Failures): Caught {
  const failures = new Uint32Array(table.servers.length);
  const caught = new Uint32Array(table.servers.length);
  for (const { server, leadSteps } of judgeAlerts(table, raiseAlerts(table, scores, threshold), truth)
    .failures) {
    failures[server]++;
    if (leadSteps > 0) caught[server]++;
  }
  return { failures, caught };
}

/** How often each server was drawn, with replacement. */
function drawServers(count: number, random: Random): Uint8Array {
  const drawn = new Uint8Array(count);
  for (let i = 0; i < count; i++) drawn[random.below(count)]++;
  return drawn;
}

function weighted(counts: Uint32Array, drawn: Uint8Array): number {
  return counts.reduce((sum, count, server) => sum + count * drawn[server], 0);
}

function middleOf(values: readonly number[]): Interval | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
  return [at(TAIL), at(1 - TAIL)];
}
