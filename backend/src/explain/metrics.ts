/** Self-monitoring of the explanation stage. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type ExplainOutcome = 'computed' | 'cached' | 'pending' | 'busy' | 'cancelled' | 'failed';

export interface ExplainMetrics {
  readonly requests: Counter<'outcome'>;
  readonly duration: Histogram;
  readonly runs: Counter;
  readonly waiting: Gauge;
}

/** Makes the stage's metrics on a registry. */
export function createExplainMetrics(registry: Registry): ExplainMetrics {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'argus_explain_requests_total',
      help: 'Explanations asked for, by what became of them.',
      labelNames: ['outcome'],
      registers,
    }),
    duration: new Histogram({
      name: 'argus_explain_duration_seconds',
      help: 'Time to compute one explanation, without waiting for its turn.',
      buckets: [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4],
      registers,
    }),
    runs: new Counter({
      name: 'argus_explain_runs_total',
      help: 'Windows forecast to explain something.',
      registers,
    }),
    waiting: new Gauge({
      name: 'argus_explain_waiting',
      help: 'Explanations that wait for their turn.',
      registers,
    }),
  };
}
