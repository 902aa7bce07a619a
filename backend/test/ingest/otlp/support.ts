import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import type { Clock } from '../../../src/catalog/time.ts';
import { type OtlpConfig, otlpConfigSchema } from '../../../src/ingest/config.ts';
import { ingestMetrics } from '../../../src/ingest/metrics.ts';
import { MetricsService } from '../../../src/ingest/otlp/metricsService.ts';
import type { PartialSuccess } from '../../../src/ingest/otlp/status.ts';
import { FakeIntake } from './fakeIntake.ts';
import { encodeRequest, type ResourceMessage } from './messages.ts';

/** A present in the middle of a step. */
export const NOW = Date.UTC(2026, 10, 24, 12, 2, 0);
export const MINUTE = 60_000;

export function otlpConfig(changes: Partial<OtlpConfig> = {}): OtlpConfig {
  const defaults = Value.Default(otlpConfigSchema, {}) as OtlpConfig;
  const anyPort = { host: '127.0.0.1', port: 0 };
  return { ...defaults, grpc: anyPort, http: anyPort, ...changes };
}

export class HeldClock implements Clock {
  nowMs: number;

  constructor(nowMs = NOW) {
    this.nowMs = nowMs;
  }

  now(): number {
    return this.nowMs;
  }
}

/** The service behind both transports, on a fake fleet and a clock that is held. */
export class Bench {
  readonly intake: FakeIntake;
  readonly clock = new HeldClock();
  readonly registry = new Registry();
  readonly service: MetricsService;

  constructor(changes: Partial<OtlpConfig> = {}, intake = new FakeIntake()) {
    this.intake = intake;
    this.service = new MetricsService(intake, this.clock, otlpConfig(changes), ingestMetrics(this.registry));
  }

  send(...resources: readonly ResourceMessage[]): PartialSuccess | null {
    return this.service.export(encodeRequest(resources));
  }

  /** Lets the time pass that measurements wait for missing series. */
  settle(): void {
    this.clock.nowMs += 11_000;
    this.service.flush();
  }
}
