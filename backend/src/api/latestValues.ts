/** The newest closed step of a server, as numbers and as the strings people read. */
import { METRIC, METRIC_COUNT, METRICS } from '../catalog/metrics.ts';
import { WINDOW_STEPS } from '../catalog/time.ts';
import type { FleetView } from '../fleet/types.ts';
import { displayed } from './format.ts';

const ROW_OFFSET = (WINDOW_STEPS - 1) * METRIC_COUNT;

/** Reads newest rows through one buffer; a row is good until the next call. */
export class LatestValues {
  readonly #fleet: FleetView;
  readonly #window = new Float32Array(WINDOW_STEPS * METRIC_COUNT);

  constructor(fleet: FleetView) {
    this.#fleet = fleet;
  }

  /** The 14 metrics of the newest closed step, NaN where not measured. */
  row(server: number): Float32Array {
    this.#fleet.copyWindow(server, this.#fleet.closedStep, this.#window, 0);
    return this.#window.subarray(ROW_OFFSET);
  }
}

export interface DisplayMetrics {
  readonly cpu: string | null;
  readonly memory: string | null;
  /** Always null: disk throughput is none of the 14 metrics. */
  readonly disk_io: null;
  readonly disk: string | null;
  readonly network_in: string | null;
  readonly network_out: string | null;
}

/** What a list of servers shows beside the name. */
export function displayMetrics(row: Float32Array): DisplayMetrics {
  const show = (metric: number, value = row[metric]) => displayed(value, METRICS[metric].unit);
  return {
    cpu: show(METRIC.cpuIdle, 100 - row[METRIC.cpuIdle]),
    memory: show(METRIC.memUsed),
    disk_io: null,
    disk: show(METRIC.diskUsage),
    network_in: show(METRIC.netIn),
    network_out: show(METRIC.netOut),
  };
}
