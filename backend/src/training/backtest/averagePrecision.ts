import { LEFT_OUT, POSITIVE } from './origins.ts';

/** Rows by falling score. Computed once where one column meets several labels. */
export function rankByScore(scores: Float32Array): Uint32Array {
  return Uint32Array.from(scores, (_, row) => row).sort((a, b) => scores[b] - scores[a]);
}

/**
 * Area under the precision-recall curve as average precision: Σ (R(n) − R(n−1))·P(n) over the distinct scores, falling.
 * Equal scores stand or fall together, so their order does not matter (Davis and Goadrich, 2006, on why not by trapezia).
 * @param labels 1 positive, 0 negative, −1 left out
 * @param ranking what rankByScore gives
 * @param weights how often each row counts; once by default
 * @returns null without a positive
 */
export function averagePrecision(
  scores: Float32Array,
  labels: Int8Array,
  ranking = rankByScore(scores),
  weights?: Uint8Array,
): number | null {
  const weightOf = (row: number): number => (weights === undefined ? 1 : weights[row]);
  let positives = 0;
  labels.forEach((label, row) => {
    if (label === POSITIVE) positives += weightOf(row);
  });
  if (positives === 0) return null;
  let found = 0;
  let taken = 0;
  let sum = 0;
  for (let i = 0; i < ranking.length; ) {
    const score = scores[ranking[i]];
    const before = found;
    for (; i < ranking.length && scores[ranking[i]] === score; i++) {
      const row = ranking[i];
      if (labels[row] === LEFT_OUT) continue;
      taken += weightOf(row);
      found += labels[row] * weightOf(row);
    }
    if (found > before) sum += ((found - before) / positives) * (found / taken);
  }
  return sum;
}
