import { judgeAlerts, raiseAlerts } from './alerts.ts';
import type { FrozenScores } from './canaries.ts';
import type { OriginTable } from './origins.ts';
import type { Failures } from './truth.ts';

export interface KindRecall {
  readonly kind: string;
  readonly failures: number;
  /** Whether a failure of this kind came before the test span: what is learnt there could have known it. */
  readonly seenBefore: boolean;
  /** Failures caught, by scorer. */
  readonly caught: Readonly<Record<string, number>>;
}

/** Event recall by what went wrong, the most frequent kind first. */
export function recallByKind(
  table: OriginTable,
  scorers: readonly (FrozenScores & { readonly name: string })[],
  failures: Failures,
  testFirst: number,
): readonly KindRecall[] {
  const judged = scorers.map(({ scores, threshold }) =>
    judgeAlerts(table, raiseAlerts(table, scores, threshold), failures),
  );
  const before = new Set<string>();
  for (const { name } of table.servers) {
    for (const { kind, step } of failures.get(name) ?? []) if (step < testFirst) before.add(kind);
  }
  const events = judged[0]?.failures ?? [];
  return [...new Set(events.map(({ failure }) => failure.kind))]
    .map((kind) => ({
      kind,
      failures: events.filter(({ failure }) => failure.kind === kind).length,
      seenBefore: before.has(kind),
      caught: Object.fromEntries(
        scorers.map(({ name }, i) => [
          name,
          judged[i].failures.filter(({ failure, leadSteps }) => failure.kind === kind && leadSteps > 0)
            .length,
        ]),
      ),
    }))
    .sort((a, b) => b.failures - a.failures || a.kind.localeCompare(b.kind));
}
