import type { OriginTable } from '../../../src/training/backtest/origins.ts';
import type { Failure, Failures } from '../../../src/training/backtest/truth.ts';
import type { StepSpan } from '../../../src/training/datasets/windows.ts';
import { seriesOf } from '../fixtures.ts';

const nothing = (): number => Number.NaN;

/** Servers named a, b, c …, each with every origin of the range. */
export function tableOf(servers: number, range: StepSpan, stride = 1): OriginTable {
  const origins: number[] = [];
  for (let step = Math.ceil(range.first / stride) * stride; step <= range.last; step += stride) {
    origins.push(step);
  }
  return {
    servers: Array.from({ length: servers }, (_, i) => seriesOf(0, nothing, nameOf(i))),
    starts: Int32Array.from({ length: servers + 1 }, (_, i) => i * origins.length),
    steps: Int32Array.from({ length: servers * origins.length }, (_, row) => origins[row % origins.length]),
    stride,
    range,
  };
}

export const nameOf = (server: number): string => String.fromCharCode(97 + server);

/** Scores that are 0 but where said: [server, step, score]. */
export function scoresOf(
  table: OriginTable,
  entries: readonly (readonly [server: number, step: number, score: number])[],
): Float32Array {
  const scores = new Float32Array(table.steps.length);
  for (const [server, step, score] of entries) scores[rowOf(table, server, step)] = score;
  return scores;
}

export function rowOf(table: OriginTable, server: number, step: number): number {
  const row = table.steps.indexOf(step, table.starts[server]);
  if (row < 0 || row >= table.starts[server + 1]) throw new Error(`no origin ${step} of ${nameOf(server)}`);
  return row;
}

export const failure = (step: number, kind = 'disk_fill', hasPrecursor: boolean | null = true): Failure => ({
  step,
  kind,
  hasPrecursor,
});

export function failuresAt(entries: Readonly<Record<string, readonly number[]>>): Failures {
  return new Map(Object.entries(entries).map(([name, steps]) => [name, steps.map((step) => failure(step))]));
}
