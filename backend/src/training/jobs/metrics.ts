import { Counter, Gauge, type Registry } from 'prom-client';
import type { TrainingOutcome } from './types.ts';

const OUTCOMES: readonly TrainingOutcome[] = ['taken', 'rejected', 'failed', 'cancelled', 'rolled_back'];

/** Trainings about themselves. */
export class TrainingMetrics {
  readonly #active: Gauge;
  readonly #finished: Counter<'outcome'>;
  readonly #seconds: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#active = new Gauge({
      name: 'argus_training_active',
      help: 'Whether a training is under way.',
      registers,
    });
    this.#finished = new Counter({
      name: 'argus_trainings_total',
      help: 'Trainings that ended, by outcome.',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of OUTCOMES) this.#finished.inc({ outcome }, 0);
    this.#seconds = new Gauge({
      name: 'argus_training_duration_seconds',
      help: 'How long the newest training took.',
      registers,
    });
  }

  began(): void {
    this.#active.set(1);
  }

  ended(): void {
    this.#active.set(0);
  }

  rolledBack(): void {
    this.#finished.inc({ outcome: 'rolled_back' });
  }

  finished(outcome: TrainingOutcome, seconds: number): void {
    this.#finished.inc({ outcome });
    this.#seconds.set(seconds);
  }
}
