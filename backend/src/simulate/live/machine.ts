/** One machine of the live fleet: its simulated metrics at any time, and its reports about them. */

import type { Resource } from '@opentelemetry/resources';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { STEP_MS, STEP_SECONDS, stepOf, stepStartMs } from '../../catalog/time.ts';
import { attributesOf } from '../attributes.ts';
import type { SimulatedServer } from '../server.ts';
import { HostCounters } from './counters.ts';
import type { HostHardware } from './hostmetrics.ts';
import { HostReport, hardwareOf } from './hostmetrics.ts';

/** A report ready to be sent. */
export interface Report {
  readonly resourceMetrics: ResourceMetrics;
  readonly points: number;
}

export class Machine {
  readonly name: string;
  readonly #server: SimulatedServer;
  readonly #hardware: HostHardware;
  readonly #resource: Resource;
  readonly #counters: HostCounters;
  /** Rows of the step before, the step itself and the step after `#step`. */
  #rows: [Float64Array, Float64Array, Float64Array];
  #step: number;
  #lastMs: number;
  readonly #now = new Float64Array(METRIC_COUNT);

  /**
   * @param server has just simulated the step before `firstStep`
   * @param number decides where it stands
   */
  constructor(server: SimulatedServer, number: number, firstStep: number) {
    const { traits, profile, name } = server;
    this.name = name;
    this.#server = server;
    this.#hardware = hardwareOf(traits.cores, traits.hasSwap, !Number.isNaN(traits.javaShare));
    this.#step = firstStep;
    this.#lastMs = stepStartMs(firstStep);
    const before = server.row.slice();
    this.#rows = [before, this.#simulate(firstStep), this.#simulate(firstStep + 1)];
    this.#counters = new HostCounters(traits.cores, before, this.#lastMs);
    this.#resource = resourceFromAttributes({
      'host.name': name,
      'os.type': 'linux',
      'argus.profile': profile,
      'argus.time_zone': traits.timeZone,
      ...attributesOf(number),
    });
  }

  #simulate(step: number): Float64Array {
    this.#server.step(step);
    return this.#server.row.slice();
  }

  #moveTo(step: number): void {
    while (this.#step < step) {
      this.#step++;
      this.#rows = [this.#rows[1], this.#rows[2], this.#simulate(this.#step + 1)];
    }
  }

  /** Metrics between the middles of two steps, in `#now`; a reboot is not smoothed over. */
  #interpolate(timeMs: number): Float64Array {
    this.#moveTo(stepOf(timeMs));
    const share = (timeMs - stepStartMs(this.#step)) / STEP_MS - 0.5;
    const [before, current, after] = this.#rows;
    const other = share < 0 ? before : after;
    const weight = Math.abs(share);
    for (let metric = 0; metric < METRIC_COUNT; metric++) {
      this.#now[metric] = current[metric] + (other[metric] - current[metric]) * weight;
    }
    const uptime = METRIC_COUNT - 1;
    if (after[uptime] < current[uptime] || current[uptime] < before[uptime]) this.#now.set(current);
    return this.#now;
  }

  /**
   * Reports the machine as seen at some times, which lie after those of the report before.
   * @param smooth true: values between two steps, for points seconds apart; false: the step's own mean
   */
  report(timesMs: readonly number[], smooth: boolean): Report {
    const report = new HostReport(this.#hardware);
    for (const timeMs of timesMs) {
      const middleMs = (this.#lastMs + timeMs) / 2;
      this.#counters.advance(this.#metricsAt(middleMs, smooth), (timeMs - this.#lastMs) / 1000);
      const row = this.#metricsAt(timeMs, smooth);
      this.#counters.noticeReboot(row, timeMs);
      this.#lastMs = timeMs;
      report.add(timeMs, row, this.#counters);
    }
    return { resourceMetrics: report.toResourceMetrics(this.#resource), points: report.count };
  }

  #metricsAt(timeMs: number, smooth: boolean): Float64Array {
    if (smooth) return this.#interpolate(timeMs);
    this.#moveTo(stepOf(timeMs));
    return this.#rows[1];
  }
}

/** Time of the one point that stands for a whole past step: its last second, so that rates cover the step. */
export function historyPointMs(step: number): number {
  return stepStartMs(step) + (STEP_SECONDS - 1) * 1000;
}
