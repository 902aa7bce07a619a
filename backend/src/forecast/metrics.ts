import type { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from 'prom-client';
import { TARGET_LIST } from '../catalog/targets.ts';

/** A chunk takes milliseconds on a GPU and about a second on a busy small machine. */
const CHUNK_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** A cycle of one server takes milliseconds; one that takes longer than a step overruns. */
const CYCLE_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

const MS_PER_SECOND = 1000;

/** What the forecast stage says about itself. */
export class ForecastMetrics {
  readonly #chunkDuration: Histogram;
  readonly #cycleDuration: Histogram;
  readonly #cycleTimestamp: Gauge;
  readonly #cycleServers: Gauge<'mode'>;
  readonly #overruns: Counter;
  readonly #failures: Counter<'reason'>;
  readonly #changes: Counter<'metric'>;
  readonly #modelInfo: Gauge<'id' | 'provider'>;
  readonly #modelCreated: Gauge;

  /** Registers the metrics; a registry takes one stage. */
  constructor(registry: Registry) {
    const registers = [registry];
    this.#chunkDuration = new Histogram({
      name: 'argus_forecast_duration_seconds',
      help: 'Time the network takes for one chunk of servers.',
      buckets: CHUNK_BUCKETS,
      registers,
    });
    this.#cycleDuration = new Histogram({
      name: 'argus_cycle_duration_seconds',
      help: 'Time from the start of a forecast cycle until its last forecast was consumed.',
      buckets: CYCLE_BUCKETS,
      registers,
    });
    this.#cycleTimestamp = new Gauge({
      name: 'argus_cycle_last_timestamp_seconds',
      help: 'Unix time at which the last forecast cycle finished.',
      registers,
    });
    this.#cycleServers = new Gauge({
      name: 'argus_cycle_servers',
      help: 'Servers forecast by the last cycle, by where their numbers came from.',
      labelNames: ['mode'],
      registers,
    });
    this.#overruns = new Counter({
      name: 'argus_cycle_overruns_total',
      help: 'Steps that were never forecast because an earlier cycle was still running.',
      registers,
    });
    this.#failures = new Counter({
      name: 'argus_forecast_failures_total',
      help: 'Chunks of servers whose forecast or whose use of it failed.',
      labelNames: ['reason'],
      registers,
    });
    this.#changes = new Counter({
      name: 'argus_forecaster_changes_total',
      help: "Times a server's metric was given to another forecaster: a baseline, or the network again.",
      labelNames: ['metric'],
      registers,
    });
    for (const { name } of TARGET_LIST) this.#changes.inc({ metric: name }, 0);
    this.#modelInfo = new Gauge({
      name: 'argus_model_info',
      help: 'The model in use; always 1.',
      labelNames: ['id', 'provider'],
      registers,
    });
    this.#modelCreated = new Gauge({
      name: 'argus_model_created_timestamp_seconds',
      help: 'Unix time at which the model in use was made; 0 without a model.',
      registers,
    });
    this.#failures.inc({ reason: 'network' }, 0);
    this.#failures.inc({ reason: 'consumer' }, 0);
  }

  /** @param createdMs when the model was made, in ms since the epoch */
  modelChanged(id: string, provider: string, createdMs: number): void {
    this.#modelInfo.reset();
    this.#modelInfo.set({ id, provider }, 1);
    this.#modelCreated.set(createdMs / MS_PER_SECOND);
  }

  chunkForecast(seconds: number): void {
    this.#chunkDuration.observe(seconds);
  }

  cycleFinished(
    seconds: number,
    timestampSeconds: number,
    servers: { model: number; baseline: number },
  ): void {
    this.#cycleDuration.observe(seconds);
    this.#cycleTimestamp.set(timestampSeconds);
    this.#cycleServers.set({ mode: 'model' }, servers.model);
    this.#cycleServers.set({ mode: 'baseline' }, servers.baseline);
  }

  /** @param target position in TARGETS */
  forecasterChanged(target: number): void {
    this.#changes.inc({ metric: TARGET_LIST[target].name });
  }

  stepsOverrun(count: number): void {
    this.#overruns.inc(count);
  }

  failed(reason: 'network' | 'consumer'): void {
    this.#failures.inc({ reason });
  }
}
