/** Boosted regression trees: how a trained ensemble is stored, checked and read. Fitted by training/failure/. */

/** Nodes of all trees, one after the other; a tree's root comes before its other nodes. */
export interface TreeEnsemble {
  /** Log odds before any tree. */
  readonly base: number;
  /** Position of each tree's root. */
  readonly roots: readonly number[];
  /** Position of the feature that is asked for; LEAF at a leaf. */
  readonly feature: readonly number[];
  /** Values below it go left. At a leaf: what the leaf adds to the log odds. */
  readonly threshold: readonly number[];
  /** Left child; the right one follows it. 0 at a leaf. */
  readonly left: readonly number[];
  /** 1 where a missing value goes left. */
  readonly missingLeft: readonly number[];
}

export const LEAF = -1;

/** What a damaged ensemble lacks, in words; undefined for one that can be read. */
export function problemOf(trees: TreeEnsemble, features: number): string | undefined {
  const { feature, threshold, left, missingLeft, roots } = trees;
  const nodes = feature.length;
  if (!Number.isFinite(trees.base)) return 'base is no number';
  if ([threshold, left, missingLeft].some((list) => list.length !== nodes))
    return 'node lists differ in length';
  if (!threshold.every(Number.isFinite)) return 'threshold holds something that is no number';
  if (!roots.every((root) => Number.isInteger(root) && root >= 0 && root < nodes))
    return 'roots point nowhere';
  const isSound = feature.every((asked, node) => {
    if (asked === LEAF) return true;
    const child = left[node];
    // Children come after their parent, so that every walk ends.
    return Number.isInteger(asked) && asked >= 0 && asked < features && child > node && child + 1 < nodes;
  });
  return isSound ? undefined : 'a node asks for an unknown feature or points backwards';
}

/** An ensemble laid out for speed: typed arrays, no checks. */
export class TreeReader {
  readonly #base: number;
  readonly #roots: Int32Array;
  readonly #feature: Int32Array;
  readonly #threshold: Float32Array;
  readonly #left: Int32Array;
  readonly #missingLeft: Uint8Array;

  constructor(trees: TreeEnsemble) {
    this.#base = trees.base;
    this.#roots = Int32Array.from(trees.roots);
    this.#feature = Int32Array.from(trees.feature);
    this.#threshold = Float32Array.from(trees.threshold);
    this.#left = Int32Array.from(trees.left);
    this.#missingLeft = Uint8Array.from(trees.missingLeft);
  }

  /**
   * @param features read from `offset`; NaN = not known
   * @returns the log odds
   */
  logOdds(features: Float32Array, offset: number): number {
    let sum = this.#base;
    for (const root of this.#roots) sum += this.#leafOf(root, features, offset);
    return sum;
  }

  #leafOf(root: number, features: Float32Array, offset: number): number {
    let node = root;
    for (let asked = this.#feature[node]; asked !== LEAF; asked = this.#feature[node]) {
      const value = features[offset + asked];
      const goesLeft = Number.isNaN(value) ? this.#missingLeft[node] === 1 : value < this.#threshold[node];
      node = this.#left[node] + (goesLeft ? 0 : 1);
    }
    return this.#threshold[node];
  }
}

/** Log odds of the ensemble that sees most danger. */
export function highestLogOdds(
  readers: readonly TreeReader[],
  features: Float32Array,
  offset: number,
): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (const reader of readers) highest = Math.max(highest, reader.logOdds(features, offset));
  return highest;
}

/** Probability of given log odds. */
export function logistic(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}
