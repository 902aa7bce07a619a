/** Tail probabilities that say whether more came together than chance explains. */

/** ln Γ(x), x > 0, by the Lanczos approximation (g = 7, 9 terms; Press et al., Numerical Recipes, 6.1). */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

function logGamma(x: number): number {
  let sum: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i] / (x - 1 + i);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/** A term this much smaller than the sum no longer changes it. */
const NEGLIGIBLE = 1e-16;

/** P(X ≥ count) for a Poisson variable of this mean. */
export function poissonTail(count: number, mean: number): number {
  if (count <= 0) return 1;
  if (mean <= 0) return 0;
  if (count <= mean) return 1;
  let term = Math.exp(count * Math.log(mean) - mean - logGamma(count + 1));
  let sum = term;
  for (let k = count + 1; term > sum * NEGLIGIBLE; k++) {
    term *= mean / k;
    sum += term;
  }
  return Math.min(1, sum);
}

/**
 * P(X ≥ hits) where `drawn` of `total` are drawn without regard to the `marked` among them (one-sided Fisher's exact
 * test).
 */
export function hypergeometricTail(hits: number, drawn: number, marked: number, total: number): number {
  let sum = 0;
  const most = Math.min(drawn, marked);
  const all = logChoose(total, drawn);
  for (let k = Math.max(hits, drawn + marked - total); k <= most; k++) {
    sum += Math.exp(logChoose(marked, k) + logChoose(total - marked, drawn - k) - all);
  }
  return Math.min(1, sum);
}
