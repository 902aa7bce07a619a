import { labelOrigins, type OriginTable } from './origins.ts';
import type { Example, LearntScorer, Scorer } from './scorers/scorer.ts';
import type { Failures } from './truth.ts';

/** Servers are dealt to folds in turn; each is scored by what was fitted on the others. */
const FOLDS = 5;

/** A learnt scorer, ready for both spans. */
export interface Fitted {
  /** For validation, by position of the server. */
  readonly forValidation: (server: number) => Scorer;
  /** For the test. */
  readonly forTest: Scorer;
}

/** Fits on the validation span alone. */
export async function fitScorer(
  learnt: LearntScorer,
  validation: OriginTable,
  failures: Failures,
): Promise<Fitted> {
  const labels = labelOrigins(validation, failures);
  const examples = validation.servers.map((series, server): Example => {
    const [from, to] = [validation.starts[server], validation.starts[server + 1]];
    return { series, origins: validation.steps.subarray(from, to), labels: labels.subarray(from, to) };
  });
  const folds: Scorer[] = [];
  for (let fold = 0; fold < Math.min(FOLDS, examples.length); fold++) {
    const others = examples.filter((_, server) => server % FOLDS !== fold);
    folds.push(await learnt.fit(others));
  }
  return { forValidation: (server) => folds[server % FOLDS], forTest: await learnt.fit(examples) };
}
