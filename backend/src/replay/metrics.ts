import { Counter, Gauge, type Registry } from 'prom-client';
import type { ReplayEnd } from './jobs/process.ts';

const OUTCOMES: readonly ReplayEnd['kind'][] = ['done', 'failed', 'cancelled'];

/** Metrics of the replay stage. */
export class ReplayMetrics {
  readonly #replays: Counter<'outcome'>;
  readonly #seconds: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#replays = new Counter({
      name: 'argus_replays_total',
      help: 'Replays of the past that ended, by outcome: done, failed, cancelled.',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of OUTCOMES) this.#replays.inc({ outcome }, 0);
    this.#seconds = new Gauge({
      name: 'argus_replay_duration_seconds',
      help: 'How long the newest finished replay took.',
      registers,
    });
  }

  ended(outcome: ReplayEnd['kind'], seconds: number): void {
    this.#replays.inc({ outcome });
    if (outcome === 'done') this.#seconds.set(seconds);
  }
}
