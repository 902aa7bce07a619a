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
  /** [count], how many rows each stands for; 1 by default. */
  readonly weights?: Float32Array;
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
  /** Positions of the columns that may be asked for; all by default. */
  readonly columns?: readonly number[];
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
  columnShare: 0.15,
  seed: 1,
};

const BINS = 64;
/** Rows that the bins' edges are taken from. */
const EDGE_ROWS = 20_000;
/** A smaller gain is rounding. */
const LEAST_GAIN = 1e-9;
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

/** Cuts the columns that may be asked for; the others stay empty. */
function binRows(rows: LabelledRows, allowed: ArrayLike<number>): Binned {
  const { count, columns, values } = rows;
  const bins = new Uint8Array(count * columns);
  const edges: Float32Array[] = Array.from({ length: columns }, () => new Float32Array());
  for (const column of Array.from(allowed)) {
    edges[column] = edgesOf(rows, column);
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

/** Numbers of one bin in a histogram: sum of slopes, sum of curvatures, rows. */
const FIELDS = 3;
const CURVATURE = 1;
const ROWS = 2;
const WIDTH = (BINS + 1) * FIELDS;

/** What a tree is grown on: the columns drawn for it, and a histogram over them for every node that may be split. */
interface Branch {
  readonly node: number;
  readonly rows: Int32Array;
  /** [columns][bins][FIELDS]. */
  readonly histogram: Float64Array;
  readonly depth: number;
}

/** Grows one tree after the other. */
class Grower {
  readonly #data: Binned;
  readonly #settings: BoostingSettings;
  readonly #slope: Float64Array;
  readonly #curvature: Float64Array;
  readonly #allowed: Int32Array;
  #columns: Int32Array = new Int32Array();
  readonly nodes = {
    roots: [] as number[],
    feature: [] as number[],
    threshold: [] as number[],
    left: [] as number[],
    missingLeft: [] as number[],
  };

  constructor(rows: LabelledRows, settings: BoostingSettings) {
    this.#allowed = Int32Array.from(settings.columns ?? positionsTo(rows.columns));
    const data = binRows(rows, this.#allowed);
    this.#data = data;
    this.#settings = settings;
    this.#slope = new Float64Array(data.count);
    this.#curvature = new Float64Array(data.count);
  }

  /** Grows a tree that lowers the loss at these log odds. */
  grow(logOdds: Float64Array, { happened, weights }: LabelledRows, random: Random): void {
    for (let row = 0; row < this.#data.count; row++) {
      const probability = 1 / (1 + Math.exp(-logOdds[row]));
      const weight = weights === undefined ? 1 : weights[row];
      this.#slope[row] = weight * (probability - happened[row]);
      this.#curvature[row] = weight * probability * (1 - probability);
    }
    const { rowShare, columnShare, depth } = this.#settings;
    const rows = everyOther(positionsTo(this.#data.count), rowShare, random);
    this.#columns = everyOther(this.#allowed, columnShare, random);
    this.nodes.roots.push(this.nodes.feature.length);
    const node = this.#push();
    this.#growBranch({ node, rows, histogram: this.#histogramOf(rows), depth });
  }

  #push(): number {
    const { feature, threshold, left, missingLeft } = this.nodes;
    threshold.push(0);
    left.push(0);
    missingLeft.push(0);
    return feature.push(LEAF) - 1;
  }

  #growBranch(branch: Branch): void {
    const { node, rows, histogram, depth } = branch;
    const total = totalOf(histogram);
    const split = depth > 0 ? this.#bestSplit(histogram, total) : undefined;
    if (split === undefined) {
      this.nodes.threshold[node] =
        (-this.#settings.learningRate * total.slope) / (total.curvature + this.#settings.shrinkage);
      return;
    }
    const { column, bin, missingLeft } = split;
    this.nodes.feature[node] = column;
    this.nodes.threshold[node] = this.#data.edges[column][bin - 1];
    this.nodes.missingLeft[node] = missingLeft ? 1 : 0;
    const left = this.#push();
    const right = this.#push();
    this.nodes.left[node] = left;
    const [leftRows, rightRows] = this.#divide(rows, split);
    // One child is counted, the smaller; the other is what is left of the parent, in the parent's own memory.
    const smaller = this.#histogramOf(leftRows.length < rightRows.length ? leftRows : rightRows);
    for (let i = 0; i < histogram.length; i++) histogram[i] -= smaller[i];
    const [leftCounts, rightCounts] =
      leftRows.length < rightRows.length ? [smaller, histogram] : [histogram, smaller];
    this.#growBranch({ node: left, rows: leftRows, histogram: leftCounts, depth: depth - 1 });
    this.#growBranch({ node: right, rows: rightRows, histogram: rightCounts, depth: depth - 1 });
  }

  #histogramOf(rows: Int32Array): Float64Array {
    const histogram = new Float64Array(this.#columns.length * WIDTH);
    const { bins, count } = this.#data;
    const slope = this.#slope;
    const curvature = this.#curvature;
    for (let position = 0; position < this.#columns.length; position++) {
      const start = this.#columns[position] * count;
      const base = position * WIDTH;
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i];
        const at = base + bins[start + row] * FIELDS;
        histogram[at] += slope[row];
        histogram[at + CURVATURE] += curvature[row];
        histogram[at + ROWS]++;
      }
    }
    return histogram;
  }

  #bestSplit(histogram: Float64Array, total: Sums): Split | undefined {
    if (total.rows < 2 * this.#settings.leafRows) return undefined;
    let best: Split | undefined;
    for (let position = 0; position < this.#columns.length; position++) {
      const bins = histogram.subarray(position * WIDTH, (position + 1) * WIDTH);
      for (const missingLeft of bins[ROWS] > 0 ? [true, false] : [true]) {
        best = this.#bestOfColumn(this.#columns[position], bins, missingLeft, total, best);
      }
    }
    return best;
  }

  #bestOfColumn(
    column: number,
    bins: Float64Array,
    missingLeft: boolean,
    total: Sums,
    best: Split | undefined,
  ): Split | undefined {
    const { leafRows, shrinkage } = this.#settings;
    const worth = (slope: number, curvature: number): number => (slope * slope) / (curvature + shrinkage);
    const whole = worth(total.slope, total.curvature);
    let found = best;
    let slope = missingLeft ? bins[0] : 0;
    let curvature = missingLeft ? bins[CURVATURE] : 0;
    let rows = missingLeft ? bins[ROWS] : 0;
    for (let bin = 1; bin <= this.#data.edges[column].length; bin++) {
      const at = bin * FIELDS;
      slope += bins[at];
      curvature += bins[at + CURVATURE];
      rows += bins[at + ROWS];
      if (rows < leafRows) continue;
      if (total.rows - rows < leafRows) break;
      const gain = worth(slope, curvature) + worth(total.slope - slope, total.curvature - curvature) - whole;
      if (gain > (found?.gain ?? LEAST_GAIN)) found = { gain, column, bin, missingLeft };
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

/** Sums over a node's rows: every column holds them all, so the first one does. */
function totalOf(histogram: Float64Array): Sums {
  const total = { slope: 0, curvature: 0, rows: 0 };
  for (let at = 0; at < WIDTH; at += FIELDS) {
    total.slope += histogram[at];
    total.curvature += histogram[at + CURVATURE];
    total.rows += histogram[at + ROWS];
  }
  return total;
}

function positionsTo(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** Positions, each kept with the chance `share`; all where none was kept. */
function everyOther(all: Int32Array, share: number, random: Random): Int32Array {
  const kept = all.filter(() => random.uniform() < share);
  return kept.length > 0 ? kept : all;
}

/**
 * Fits log odds of what happened.
 * @throws RangeError where there are no rows
 */
export function fitTrees(rows: LabelledRows, settings: BoostingSettings = BOOSTING): TreeEnsemble {
  if (rows.count === 0) throw new RangeError('Nothing to grow trees on.');
  const weightOf = (row: number): number => rows.weights?.[row] ?? 1;
  let events = 0;
  let total = 0;
  for (let row = 0; row < rows.count; row++) {
    events += weightOf(row) * rows.happened[row];
    total += weightOf(row);
  }
  // Half an event either way keeps the odds finite where nothing or everything happened.
  const base = Math.log((events + 0.5) / (total - events + 0.5));
  const grower = new Grower(rows, settings);
  const logOdds = new Float64Array(rows.count).fill(base);
  for (let round = 0; round < settings.rounds; round++) {
    grower.grow(logOdds, rows, new Random(settings.seed, round));
    grower.addNewest(logOdds);
  }
  return { base, ...grower.nodes };
}
