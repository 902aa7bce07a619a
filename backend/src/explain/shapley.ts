/**
 * Shapley values of a game whose value is a risk, per player, exact or sampled.
 *
 * φ_i = Σ over coalitions S without i of |S|!·(n − |S| − 1)!/n! · (v(S ∪ i) − v(S)).
 * @see Shapley 1953, A Value for n-Person Games
 */

/** Values are whole multiples of this: sums of them are exact in binary. Well below a tick of the score. */
const GRAIN = 2 ** -30;

/** Coalitions of n players: bit i of a mask says that player i is present. */
export function coalitionCount(players: number): number {
  return 2 ** players;
}

/** |S|!·(n − |S| − 1)!/n! for each size of S. */
function weightsBySize(players: number): Float64Array {
  const weights = new Float64Array(players);
  weights[0] = 1 / players;
  for (let size = 1; size < players; size++) {
    weights[size] = (weights[size - 1] * size) / (players - size);
  }
  return weights;
}

function sizeOf(mask: number): number {
  let size = 0;
  for (let rest = mask; rest > 0; rest >>>= 1) size += rest & 1;
  return size;
}

/**
 * Exact values from every coalition.
 * @param values by mask, 2^players of them
 * @returns by player
 */
export function exactShapley(values: Float64Array, players: number): Float64Array {
  const weights = weightsBySize(players);
  const shares = new Float64Array(players);
  for (let mask = 0; mask < values.length; mask++) {
    const size = sizeOf(mask);
    for (let player = 0; player < players; player++) {
      const bit = 1 << player;
      if ((mask & bit) === 0) shares[player] += weights[size] * (values[mask | bit] - values[mask]);
    }
  }
  return shares;
}

/**
 * Rounds shares to whole grains so that their sum is the total to the last digit, in any order of adding; what rounding
 * leaves goes to the largest.
 * @param total a whole multiple of the grain, as differences of scores are
 */
export function exactSum(shares: Float64Array, total: number): Float64Array {
  const out = shares.map((share) => Math.round(share / GRAIN) * GRAIN);
  let largest = 0;
  let sum = 0;
  for (let i = 0; i < out.length; i++) {
    sum += out[i];
    if (Math.abs(out[i]) > Math.abs(out[largest])) largest = i;
  }
  if (out.length > 0) out[largest] += Math.round((total - sum) / GRAIN) * GRAIN;
  return out;
}

/** The mean of donors' risks as a whole multiple of the grain. */
export function grained(value: number): number {
  return Math.round(value / GRAIN) * GRAIN;
}

/** Numbers in [0, 1) that are the same on every run. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled(players: number, random: () => number): number[] {
  const order = Array.from({ length: players }, (_, i) => i);
  for (let i = players - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Which coalitions are to be run where not all can be. */
export interface SamplingPlan {
  /** Orders in which the players enter, for each donor; each stands beside its reverse. */
  readonly orders: readonly (readonly (readonly number[])[])[];
  /** Masks to run, for each donor, each once. */
  readonly masks: readonly (readonly number[])[];
}

function masksOf(order: readonly number[]): number[] {
  let mask = 0;
  return [
    0,
    ...order.map((player) => {
      mask |= 1 << player;
      return mask;
    }),
  ];
}

/**
 * Draws orders in pairs with their reverse, the same number for each donor, until the runs would be more than `runs`.
 * The same arguments give the same plan.
 * @see Castro et al. 2009 (orders), Mitchell et al. 2022 (antithetic pairs)
 */
export function planSampling(players: number, donors: number, runs: number, seed = 1): SamplingPlan {
  const random = mulberry32(seed);
  const orders: number[][][] = Array.from({ length: donors }, () => []);
  const masks = Array.from({ length: donors }, () => new Set<number>());
  const total = (): number => masks.reduce((sum, one) => sum + one.size, 0);
  const most = Math.min(runs, donors * coalitionCount(players));
  // A round adds at most two orders a donor; the first two are made in any case, so that there is an error to state.
  for (let round = 0; round < 2 || total() + donors * 2 * players <= most; round++) {
    if (round >= coalitionCount(players)) break;
    for (let donor = 0; donor < donors; donor++) {
      const order = shuffled(players, random);
      for (const one of [order, order.toReversed()]) {
        orders[donor].push(one);
        for (const mask of masksOf(one)) masks[donor].add(mask);
      }
    }
  }
  return { orders, masks: masks.map((one) => [...one]) };
}

export interface SampledShapley {
  readonly shares: Float64Array;
  /** Standard error of each share, from the spread of the pairs. */
  readonly errors: Float64Array;
}

/**
 * Values from a plan's runs. They sum to the risk minus the donors' mean as exact ones do: each order does.
 * @param value of a donor's coalition, for every mask of the plan
 */
export function sampledShapley(
  plan: SamplingPlan,
  players: number,
  value: (donor: number, mask: number) => number,
): SampledShapley {
  const shares = new Float64Array(players);
  const variances = new Float64Array(players);
  for (const [donor, orders] of plan.orders.entries()) {
    const pairs = orders.length / 2;
    const sums = new Float64Array(players);
    const squares = new Float64Array(players);
    for (let pair = 0; pair < pairs; pair++) {
      const gains = new Float64Array(players);
      for (const order of [orders[2 * pair], orders[2 * pair + 1]]) {
        let mask = 0;
        for (const player of order) {
          const next = mask | (1 << player);
          gains[player] += (value(donor, next) - value(donor, mask)) / 2;
          mask = next;
        }
      }
      for (let i = 0; i < players; i++) {
        sums[i] += gains[i];
        squares[i] += gains[i] * gains[i];
      }
    }
    for (let i = 0; i < players; i++) {
      const mean = sums[i] / pairs;
      shares[i] += mean / plan.orders.length;
      const variance = Math.max(0, squares[i] / pairs - mean * mean) / Math.max(1, pairs - 1);
      variances[i] += variance / plan.orders.length ** 2;
    }
  }
  return { shares, errors: variances.map(Math.sqrt) };
}
