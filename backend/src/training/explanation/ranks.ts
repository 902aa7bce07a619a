/** Agreement of two rankings. */
import { effectOf } from '../../explain/attribution.ts';

/** Differences below a tenth of a point of risk are none: nobody is shown them. */
const SHOWN_DIGIT = 10;

/** Ranks from 1, equal values sharing the mean of theirs. */
function ranksOf(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (value, i) => ({ value, i })).sort((a, b) => a.value - b.value);
  const ranks = new Float64Array(order.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && order[to].value === order[from].value) to++;
    for (let k = from; k < to; k++) ranks[order[k].i] = (from + to + 1) / 2;
    from = to;
  }
  return ranks;
}

/** Values to a tenth. */
export function toATenth(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values, (value) => Math.round(value * SHOWN_DIGIT) / SHOWN_DIGIT + 0);
}

/** Values as an explanation tells them: to a tenth, and 0 where it tells of no effect. */
export function told(values: ArrayLike<number>): Float64Array {
  return toATenth(values).map((value, i) => (effectOf(values[i]) === 'none' ? 0 : value));
}

/** Spearman's rank correlation with ties; 1 where both are all ties, 0 where one is. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [ranksOf(a), ranksOf(b)];
  const mean = (x.length + 1) / 2;
  let covariance = 0;
  let varianceX = 0;
  let varianceY = 0;
  for (let i = 0; i < x.length; i++) {
    covariance += (x[i] - mean) * (y[i] - mean);
    varianceX += (x[i] - mean) ** 2;
    varianceY += (y[i] - mean) ** 2;
  }
  if (varianceX === 0 && varianceY === 0) return 1;
  if (varianceX === 0 || varianceY === 0) return 0;
  return covariance / Math.sqrt(varianceX * varianceY);
}
