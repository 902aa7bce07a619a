import type { Clock } from '../../catalog/time.ts';
import type { FleetIntake } from '../../fleet/types.ts';
import type { OtlpConfig } from '../config.ts';
import type { IngestMetrics } from '../metrics.ts';
import { HostMapper } from './hostMapper.ts';
import { MetricsReader } from './metricsReader.ts';
import { PointBatch } from './pointBatch.ts';
import { Rejections } from './rejections.ts';
import type { PartialSuccess } from './status.ts';

/** Takes ExportMetricsServiceRequest messages, whatever transport they came by. */
export class MetricsService {
  readonly #config: OtlpConfig;
  readonly #metrics: IngestMetrics;
  readonly #reader: MetricsReader;
  readonly #mapper: HostMapper;
  readonly #batch = new PointBatch();

  constructor(intake: FleetIntake, clock: Clock, config: OtlpConfig, metrics: IngestMetrics) {
    this.#config = config;
    this.#metrics = metrics;
    this.#reader = new MetricsReader(config);
    this.#mapper = new HostMapper(intake, clock, config);
  }

  /**
   * Reads a message completely, then uses it: one that is malformed changes nothing.
   * @returns what was refused, or null where everything was taken
   * @throws MalformedMessageError, MessageTooLargeError
   */
  export(message: Buffer): PartialSuccess | null {
    const batch = this.#batch;
    const rejections = new Rejections();
    try {
      this.#metrics.bytes.inc(message.length);
      this.#reader.decode(message, batch);
      this.#mapper.apply(batch, rejections);
      this.#count(batch, rejections);
    } finally {
      batch.clear();
    }
    const rejected = rejections.total;
    if (rejected === 0) return null;
    return { rejectedDataPoints: rejected, errorMessage: rejections.message(this.#config) };
  }

  /** Delivers measurements that have waited long enough for missing series. */
  flush(): void {
    this.#mapper.flush();
  }

  flushAll(): void {
    this.#mapper.flushAll();
  }

  forget(server: number): void {
    this.#mapper.forget(server);
    this.#metrics.series.set(this.#mapper.seriesCount);
  }

  #count(batch: PointBatch, rejections: Rejections): void {
    let unmapped = 0;
    let dropped = 0;
    for (const span of batch.spans) {
      if (span.identity.problem === null) unmapped += span.unmapped;
      dropped += span.identity.droppedAttributes;
    }
    const all = batch.length + batch.spans.reduce((sum, span) => sum + span.unmapped, 0);
    this.#metrics.points.inc(all - rejections.total);
    this.#metrics.pointsUnmapped.inc(unmapped);
    this.#metrics.attributesDropped.inc(dropped);
    for (const [reason, count] of rejections.byReason) this.#metrics.pointsRejected.inc({ reason }, count);
    this.#metrics.series.set(this.#mapper.seriesCount);
  }
}
