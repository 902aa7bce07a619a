/** Sends reports through the SDK's real OTLP exporters and does not give up on what can still arrive. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Metadata } from '@grpc/grpc-js';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { DeliveryRefusedError } from '../errors.ts';
import type { EndpointOptions } from './options.ts';

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 15_000;
/** The HTTP exporters try again by themselves for this long. */
const EXPORT_TIMEOUT_MS = 8000;
/** What is under way when the sending ends may still arrive for this long. */
const LAST_CHANCE_MS = 1500;
/** A fleet whose points are refused has the same to say for every server: one line in this time is enough. */
const QUIET_MS = 10_000;
const SUCCESS = 0;
/** gRPC status codes after which the OTLP specification lets a client try again. */
const RETRYABLE_GRPC_CODES: ReadonlySet<number> = new Set([1, 4, 8, 10, 11, 14, 15]);
const FIRST_HTTP_STATUS = 100;
const RETRYABLE_HTTP_STATUS: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Makes the SDK's exporter for a protocol. The API key travels as `x-api-key`. */
export function createExporter({
  endpoint,
  protocol,
  apiKey,
}: Required<EndpointOptions>): PushMetricExporter {
  const common = { url: endpoint, timeoutMillis: EXPORT_TIMEOUT_MS };
  const headers: Record<string, string> = apiKey === '' ? {} : { 'x-api-key': apiKey };
  switch (protocol) {
    case 'grpc': {
      const metadata = new Metadata();
      for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
      return new GrpcExporter({ ...common, metadata });
    }
    case 'http/protobuf':
      return new ProtobufExporter({ ...common, headers });
    case 'http/json':
      return new JsonExporter({ ...common, headers });
  }
}

/** Whether sending the same again may succeed: the receiver is busy or away, not at odds with what was sent. */
function isRetryable(error: Error): boolean {
  const code = 'code' in error && typeof error.code === 'number' ? error.code : undefined;
  // No number: a connection that was refused, reset or timed out, or the SDK's own retries running out.
  if (code === undefined) return true;
  return code < FIRST_HTTP_STATUS ? RETRYABLE_GRPC_CODES.has(code) : RETRYABLE_HTTP_STATUS.has(code);
}

/** The SDK has one place for diagnostics in a process: the first sender sets it up, the last one clears it. */
let diagnosticsUsers = 0;

/**
 * Prints what the SDK only tells its diagnostics, above all that points were refused (partial success).
 * @returns ends the printing; to be called once
 */
export function reportDiagnostics(print: (line: string) => void): () => void {
  const ignore = () => {};
  let quietUntilMs = 0;
  let untold = 0;
  const say = (message: string, ...details: unknown[]) => {
    // What is deprecated concerns who maintains this, not who runs it.
    if (message.includes('deprecated')) return;
    if (Date.now() < quietUntilMs) {
      untold++;
      return;
    }
    const more = untold === 0 ? '' : ` (and ${untold} more since the last such line)`;
    print(`OpenTelemetry: ${[message, ...details.map(String)].join(' ')}${more}`);
    quietUntilMs = Date.now() + QUIET_MS;
    untold = 0;
  };
  diag.setLogger(
    { error: say, warn: say, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  diagnosticsUsers++;
  return () => {
    if (--diagnosticsUsers === 0) diag.disable();
  };
}

export class Delivery {
  readonly #exporter: PushMetricExporter;
  readonly #endpoint: string;
  readonly #print: (line: string) => void;
  readonly #signal: AbortSignal;
  /** True while the endpoint is known not to answer, so that one line is printed and not one per report. */
  #isDown = false;
  /** Resolves some time after the sending was told to end. */
  readonly #lastChance: Promise<undefined>;

  /** @param signal ends all waiting; reports that were not delivered by then are given up */
  constructor(
    exporter: PushMetricExporter,
    endpoint: string,
    signal: AbortSignal,
    print: (line: string) => void,
  ) {
    this.#exporter = exporter;
    this.#endpoint = endpoint;
    this.#signal = signal;
    this.#print = print;
    this.#lastChance = new Promise((resolve) => {
      const giveUp = () => setTimeout(() => resolve(undefined), LAST_CHANCE_MS).unref();
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Releases the exporter; waits a little for what is under way. */
  async close(): Promise<void> {
    await Promise.race([this.#exporter.shutdown(), this.#lastChance]);
  }

  #export(metrics: ResourceMetrics): Promise<Error | 'arrived'> {
    return new Promise((resolve) => {
      this.#exporter.export(metrics, ({ code, error }) =>
        resolve(code === SUCCESS ? 'arrived' : (error ?? new Error('the export failed without a reason'))),
      );
    });
  }

  /**
   * Sends until it has arrived. The SDK's gRPC exporter makes a single attempt whatever the answer, so the waiting
   * and trying again is done here.
   * @returns false where it was told to stop before the report had arrived
   * @throws ARGUS_SIMULATE_REFUSED where sending again cannot help
   */
  async send(metrics: ResourceMetrics): Promise<boolean> {
    let backoffMs = FIRST_BACKOFF_MS;
    while (!this.#signal.aborted) {
      const outcome = await Promise.race([this.#export(metrics), this.#lastChance]);
      if (outcome === undefined) return false;
      if (outcome === 'arrived') {
        this.#noteUp();
        return true;
      }
      if (!isRetryable(outcome)) throw new DeliveryRefusedError(this.#endpoint, outcome.message);
      this.#noteDown(outcome, backoffMs);
      await this.#wait(backoffMs);
      backoffMs = Math.min(LONGEST_BACKOFF_MS, backoffMs * 2);
    }
    return false;
  }

  async #wait(backoffMs: number): Promise<void> {
    try {
      // Half of it at random: many clients must not come back in the same moment.
      await sleep(backoffMs * (0.5 + Math.random() / 2), undefined, { signal: this.#signal });
    } catch {
      // Told to stop: the caller's loop ends.
    }
  }

  #noteDown(error: Error, backoffMs: number): void {
    if (this.#isDown) return;
    this.#isDown = true;
    const seconds = backoffMs / 1000;
    this.#print(
      `${this.#endpoint} does not take the metrics (${error.message}); trying again, first in ${seconds} s. Nothing is lost.`,
    );
  }

  #noteUp(): void {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#print(`${this.#endpoint} takes the metrics again.`);
  }
}
