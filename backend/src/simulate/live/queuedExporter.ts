import type { InstrumentType, PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import type { Delivery } from './delivery.ts';

/** Reports kept while the receiver is away: at one every 15 seconds, more than four hours. */
const MAX_WAITING = 1000;
const SUCCESS = 0;

type ExportCallback = Parameters<PushMetricExporter['export']>[1];

/**
 * An exporter with a queue, for the SDK's periodic reader: the reader gives up on a slow export, the queue does not.
 * Reports leave in their order, one at a time.
 */
export class QueuedExporter implements PushMetricExporter {
  readonly #inner: PushMetricExporter;
  readonly #delivery: Delivery;
  readonly #print: (line: string) => void;
  readonly #onRefused: (error: unknown) => void;
  #waiting: ResourceMetrics[] = [];
  #dropped = 0;
  #draining: Promise<void> | undefined;

  constructor(
    inner: PushMetricExporter,
    delivery: Delivery,
    print: (line: string) => void,
    onRefused: (error: unknown) => void,
  ) {
    this.#inner = inner;
    this.#delivery = delivery;
    this.#print = print;
    this.#onRefused = onRefused;
  }

  selectAggregationTemporality(instrument: InstrumentType): AggregationTemporality {
    return this.#inner.selectAggregationTemporality?.(instrument) ?? AggregationTemporality.CUMULATIVE;
  }

  export(metrics: ResourceMetrics, callback: ExportCallback): void {
    this.#waiting.push(metrics);
    if (this.#waiting.length > MAX_WAITING) this.#dropOldest();
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
    });
    callback({ code: SUCCESS });
  }

  #dropOldest(): void {
    this.#waiting.shift();
    if (this.#dropped++ === 0) {
      this.#print(`More than ${MAX_WAITING} reports are waiting; the oldest are given up from now on.`);
    }
  }

  async #drain(): Promise<void> {
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        if (!(await this.#delivery.send(next))) return;
      }
    } catch (error) {
      this.#waiting = [];
      this.#onRefused(error);
    }
  }

  async forceFlush(): Promise<void> {
    await this.#draining;
  }

  async shutdown(): Promise<void> {
    await this.#draining;
    await this.#inner.shutdown();
  }
}
