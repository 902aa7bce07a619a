/** Where a replay's measurements come from. */

import { METRIC_COUNT } from '../../catalog/metrics.ts';
import type { Failures } from '../../training/backtest/truth.ts';
import type { ServerSeries } from '../../training/datasets/series.ts';
import type { StepSpan } from '../../training/datasets/windows.ts';

export interface Measurements {
  readonly servers: readonly ServerSeries[];
  /** What is odd about them, one sentence each. */
  readonly warnings: readonly string[];
}

export interface ReadRequest {
  /** Steps wanted; both inclusive. */
  readonly span: StepSpan;
  /** Servers wanted; null: all. */
  readonly names: readonly string[] | null;
  /** More servers than this need not be read. */
  readonly maxServers: number;
  readonly signal: AbortSignal;
}

export interface ReplaySource {
  /** What tells it from other sources. */
  readonly id: string;
  /** As it is called in messages: "The history". */
  readonly name: string;
  /** Failures that are known to have come; null where only measurements tell. */
  readonly failures: Failures | null;
  /** Span of what there is, where that is known before it is read. */
  readonly extent: StepSpan | null;
  read(request: ReadRequest): Promise<Measurements>;
}

/** The part of a series within a span; undefined where none is. */
export function cut(series: ServerSeries, { first, last }: StepSpan): ServerSeries | undefined {
  const from = Math.max(0, first - series.firstStep);
  const to = Math.min(series.steps, last + 1 - series.firstStep);
  if (to <= from) return undefined;
  return {
    ...series,
    firstStep: series.firstStep + from,
    steps: to - from,
    values: series.values.slice(from * METRIC_COUNT, to * METRIC_COUNT),
  };
}

/** Servers of a request, cut to its span. */
export function chosen(servers: readonly ServerSeries[], { span, names, maxServers }: ReadRequest) {
  const wanted = names === null ? null : new Set(names);
  return servers
    .filter(({ name }) => wanted === null || wanted.has(name))
    .flatMap((series) => cut(series, span) ?? [])
    .slice(0, maxServers);
}
