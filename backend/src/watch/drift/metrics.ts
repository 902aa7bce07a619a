import { Counter, Gauge, type Registry } from 'prom-client';
import { stepStartMs } from '../../catalog/time.ts';
import { GROUPS } from './counts.ts';
import { type DriftState, SIGNALS } from './types.ts';

const SECOND_MS = 1000;

/** Drift as metrics; `profile` is fleet for all servers together. */
export class DriftMetrics {
  readonly #score: Gauge<'profile'>;
  readonly #signal: Gauge<'profile' | 'signal'>;
  readonly #detected: Gauge<'profile'>;
  readonly #learning: Gauge;
  readonly #reference: Gauge;
  readonly #detections: Counter;
  readonly #snapshotErrors: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#score = new Gauge({
      name: 'argus_drift_score',
      help: 'Weighted signals of drift, 0–1; absent while what is usual is being learned.',
      labelNames: ['profile'],
      registers,
    });
    this.#signal = new Gauge({
      name: 'argus_drift_signal',
      help: 'By how much a signal of drift exceeds what is usual.',
      labelNames: ['profile', 'signal'],
      registers,
    });
    this.#detected = new Gauge({
      name: 'argus_drift_detected',
      help: 'Whether the servers no longer behave as they did.',
      labelNames: ['profile'],
      registers,
    });
    this.#learning = new Gauge({
      name: 'argus_drift_learning',
      help: 'Whether what is usual is still being learned.',
      registers,
    });
    this.#reference = new Gauge({
      name: 'argus_drift_reference_timestamp_seconds',
      help: 'When the reference of drift began: at the first start, or with the newest model.',
      registers,
    });
    this.#detections = new Counter({
      name: 'argus_drift_detections_total',
      help: 'Drifts that were detected, each profile for itself.',
      registers,
    });
    this.#snapshotErrors = new Counter({
      name: 'argus_drift_snapshot_errors_total',
      help: 'Times what is known about drift could not be written to disk.',
      registers,
    });
  }

  update(state: DriftState): void {
    for (const gauge of [this.#score, this.#signal, this.#detected]) gauge.reset();
    for (const { group, score, signals, sinceStep } of state.groups) {
      const profile = GROUPS[group];
      this.#detected.set({ profile }, sinceStep === null ? 0 : 1);
      if (score !== null) this.#score.set({ profile }, score);
      for (const signal of SIGNALS) {
        const value = signals[signal]?.value;
        if (value !== undefined) this.#signal.set({ profile, signal }, value);
      }
    }
    this.#learning.set(state.status === 'learning' ? 1 : 0);
    if (state.referenceStep !== null) this.#reference.set(stepStartMs(state.referenceStep) / SECOND_MS);
  }

  detected(count: number): void {
    this.#detections.inc(count);
  }

  snapshotFailed(): void {
    this.#snapshotErrors.inc();
  }
}
