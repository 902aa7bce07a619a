/**
 * Gradient boosting of regression trees on the logistic loss (Friedman 2001), with the second-order leaf values, the
 * split gain and the learned direction of missing values of Chen and Guestrin 2016, on features cut into bins.
 */

import { LEAF, type TreeEnsemble } from '../../risk/failure/trees.ts';
import { Random } from '../random.ts';

/** Rows by columns; what is known and what came of it. */
export interface LabelledRows {
  readonly count: number;
  readonly columns: number;
  /** [count][columns], NaN = not known. */
  readonly values: Float32Array;
  /** [count], 0 or 1. */
  readonly happened: Uint8Array;
}

export interface BoostingSettings {
  readonly rounds: number;
  readonly learningRate: number;
  readonly depth: number;
  /** Rows a leaf holds at least. */
  readonly leafRows: number;
  /** Added to the curvature of every leaf: keeps leaves of few rows near 0. */
  readonly shrinkage: number;
  /** Share of rows and of columns that each tree is grown on. */
  readonly rowShare: number;
  readonly columnShare: number;
  readonly seed: number;
}

/** Chosen by cross-validation over servers (models/experiments.md). */
export const BOOSTING: BoostingSettings = {
  rounds: 180,
  learningRate: 0.06,
  depth: 4,
  leafRows: 120,
  shrinkage: 8,
  rowShare: 0.5,
  columnShare: 0.3,
  seed: 1,
};

const BINS = 64;
/** Rows that the bins' edges are taken from. */
const EDGE_ROWS = 20_000;
/** Bin of what is not known; the others start at 1. */
const MISSING = 0;

interface Binned {
  readonly count: number;
  readonly columns: number;
  /** [columns][count]. */
  readonly bins: Uint8Array;
  /** By column: values below edges[b] lie in bins 1 … b + 1. */
  readonly edges: readonly Float32Array[];
}

function edgesOf({ values, count, columns }: LabelledRows, column: number): Float32Array {
  const stride = Math.max(1, Math.floor(count / EDGE_ROWS));
  const sample: number[] = [];
  for (let row = 0; row < count; row += stride) {
    const value = values[row * columns + column];
    if (!Number.isNaN(value)) sample.push(value);
  }
  const sorted = Float32Array.from(sample).sort();
  const edges = new Set<number>();
  for (let bin = 1; bin < BINS; bin++) {
    const value = sorted[Math.floor((bin * sorted.length) / BINS)];
    if (value !== undefined && value > sorted[0]) edges.add(value);
  }
  return Float32Array.from(edges);
}

function binOf(edges: Float32Array, value: number): number {
  if (Number.isNaN(value)) return MISSING;
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}

function binRows(rows: LabelledRows): Binned {
  const { count, columns, values } = rows;
  const bins = new Uint8Array(count * columns);
  const edges = Array.from({ length: columns }, (_, column) => edgesOf(rows, column));
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < count; row++) {
      bins[column * count + row] = binOf(edges[column], values[row * columns + column]);
    }
  }
  return { count, columns, bins, edges };
}

/** Sums over rows: of the loss's slope and of its curvature, and how many rows. */
interface Sums {
  slope: number;
  curvature: number;
  rows: number;
}

interface Split {
  readonly gain: number;
  readonly column: number;
  /** Highest bin that goes left. */
  readonly bin: number;
  readonly missingLeft: boolean;
}

const WIDTH = BINS + 1;

/** Grows one tree after the other. */
class Grower {
  readonly #data: Binned;
  readonly #settings: BoostingSettings;
  readonly #slope: Float64Array;
  readonly #curvature: Float64Array;
  readonly #slopes = new Float64Array(WIDTH);
  readonly #curvatures = new Float64Array(WIDTH);
  readonly #counts = new Float64Array(WIDTH);
  readonly nodes = {
    roots: [] as number[],
    feature: [] as number[],
    threshold: [] as number[],
    left: [] as number[],
    missingLeft: [] as number[],
  };

  constructor(data: Binned, settings: BoostingSettings) {
    this.#data = data;
    this.#settings = settings;
    this.#slope = new Float64Array(data.count);
    this.#curvature = new Float64Array(data.count);
  }

  /** Grows a tree that lowers the loss at these log odds. */
  grow(logOdds: Float64Array, happened: Uint8Array, random: Random): void {
    for (let row = 0; row < this.#data.count; row++) {
      const probability = 1 / (1 + Math.exp(-logOdds[row]));
      this.#slope[row] = probability - happened[row];
      this.#curvature[row] = probability * (1 - probability);
    }
    const { rowShare, columnShare } = this.#settings;
    const rows = everyOther(this.#data.count, rowShare, random);
    const columns = everyOther(this.#data.columns, columnShare, random);
    this.nodes.roots.push(this.nodes.feature.length);
    this.#push();
    this.#growNode(this.nodes.feature.length - 1, rows, columns, this.#settings.depth);
  }

  #push(): void {
    const { feature, threshold, left, missingLeft } = this.nodes;
    feature.push(LEAF);
    threshold.push(0);
    left.push(0);
    missingLeft.push(0);
  }

  #growNode(node: number, rows: Int32Array, columns: Int32Array, depth: number): void {
    const total = this.#sumsOf(rows);
    const split = depth > 0 ? this.#bestSplit(rows, columns, total) : undefined;
    if (split === undefined) {
      this.nodes.threshold[node] =
        (-this.#settings.learningRate * total.slope) / (total.curvature + this.#settings.shrinkage);
      return;
    }
    const { column, bin, missingLeft } = split;
    const [leftRows, rightRows] = this.#divide(rows, split);
    this.nodes.feature[node] = column;
    this.nodes.threshold[node] = this.#data.edges[column][bin - 1];
    this.nodes.missingLeft[node] = missingLeft ? 1 : 0;
    const left = this.nodes.feature.length;
    this.nodes.left[node] = left;
    this.#push();
    this.#push();
    this.#growNode(left, leftRows, columns, depth - 1);
    this.#growNode(left + 1, rightRows, columns, depth - 1);
  }

  #sumsOf(rows: Int32Array): Sums {
    const sums = { slope: 0, curvature: 0, rows: rows.length };
    for (const row of rows) {
      sums.slope += this.#slope[row];
      sums.curvature += this.#curvature[row];
    }
    return sums;
  }

  #bestSplit(rows: Int32Array, columns: Int32Array, total: Sums): Split | undefined {
    if (rows.length < 2 * this.#settings.leafRows) return undefined;
    let best: Split | undefined;
    for (const column of columns) {
      this.#fillHistogram(column, rows);
      for (const missingLeft of this.#counts[MISSING] > 0 ? [true, false] : [true]) {
        best = this.#bestOfColumn(column, missingLeft, total, best);
      }
    }
    return best;
  }

  #fillHistogram(column: number, rows: Int32Array): void {
    const slopes = this.#slopes.fill(0);
    const curvatures = this.#curvatures.fill(0);
    const counts = this.#counts.fill(0);
    const start = column * this.#data.count;
    const { bins } = this.#data;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      const bin = bins[start + row];
      slopes[bin] += this.#slope[row];
      curvatures[bin] += this.#curvature[row];
      counts[bin]++;
    }
  }

  #bestOfColumn(
    column: number,
    missingLeft: boolean,
    total: Sums,
    best: Split | undefined,
  ): Split | undefined {
    const { leafRows, shrinkage } = this.#settings;
    const worth = (slope: number, curvature: number): number => (slope * slope) / (curvature + shrinkage);
    const whole = worth(total.slope, total.curvature);
    let found = best;
    let slope = missingLeft ? this.#slopes[MISSING] : 0;
    let curvature = missingLeft ? this.#curvatures[MISSING] : 0;
    let count = missingLeft ? this.#counts[MISSING] : 0;
    for (let bin = 1; bin <= this.#data.edges[column].length; bin++) {
      slope += this.#slopes[bin];
      curvature += this.#curvatures[bin];
      count += this.#counts[bin];
      if (count < leafRows) continue;
      if (total.rows - count < leafRows) break;
      const gain = worth(slope, curvature) + worth(total.slope - slope, total.curvature - curvature) - whole;
      if (gain > (found?.gain ?? 0)) found = { gain, column, bin, missingLeft };
    }
    return found;
  }

  #divide(rows: Int32Array, { column, bin, missingLeft }: Split): [Int32Array, Int32Array] {
    const start = column * this.#data.count;
    const goesLeft = (row: number): boolean => {
      const own = this.#data.bins[start + row];
      return own === MISSING ? missingLeft : own <= bin;
    };
    return [rows.filter(goesLeft), rows.filter((row) => !goesLeft(row))];
  }

  /** Adds what the newest tree says to the log odds of every row. */
  addNewest(logOdds: Float64Array): void {
    const { roots, feature, threshold, left, missingLeft } = this.nodes;
    const { bins, count, edges } = this.#data;
    for (let row = 0; row < count; row++) {
      let node = roots[roots.length - 1];
      while (feature[node] !== LEAF) {
        const bin = bins[feature[node] * count + row];
        // Values below the edge of position b − 1 are those of bins up to b.
        const goesLeft =
          bin === MISSING
            ? missingLeft[node] === 1
            : bin === 1 || edges[feature[node]][bin - 2] < threshold[node];
        node = left[node] + (goesLeft ? 0 : 1);
      }
      logOdds[row] += threshold[node];
    }
  }
}

/** Positions 0 … count − 1, each kept with the chance `share`; all where none was kept. */
function everyOther(count: number, share: number, random: Random): Int32Array {
  const all = Int32Array.from({ length: count }, (_, i) => i);
  const kept = all.filter(() => random.uniform() < share);
  return kept.length > 0 ? kept : all;
}

/**
 * Fits log odds of what happened.
 * @throws RangeError where there are no rows
 */
export function fitTrees(rows: LabelledRows, settings: BoostingSettings = BOOSTING): TreeEnsemble {
  if (rows.count === 0) throw new RangeError('Nothing to grow trees on.');
  const events = rows.happened.reduce((sum, value) => sum + value, 0);
  // Half an event either way keeps the odds finite where nothing or everything happened.
  const base = Math.log((events + 0.5) / (rows.count - events + 0.5));
  const grower = new Grower(binRows(rows), settings);
  const logOdds = new Float64Array(rows.count).fill(base);
  for (let round = 0; round < settings.rounds; round++) {
    grower.grow(logOdds, rows.happened, new Random(settings.seed, round));
    grower.addNewest(logOdds);
  }
  return { base, ...grower.nodes };
}
