/** Fleets whose servers have measured a full day, without the cost of sending it. */
import { Value } from 'typebox/value';
import { METRIC_COUNT, METRICS } from '../../src/catalog/metrics.ts';
import { STEP_MS, stepStartMs, WINDOW_STEPS } from '../../src/catalog/time.ts';
import { type FleetConfig, fleetConfigSchema } from '../../src/fleet/config.ts';
import { Fleet } from '../../src/fleet/fleet.ts';

/** One for each profile that is told by its prefix, and one that has none. */
export const PREFIXES = ['ppdb', 'ppml', 'ppapi', 'ppcond', 'ppetl', 'pprisk', 'host'];

/** From 0 to 4.4; the same for the same place. */
export function noiseOf(slot: number, metric: number, step: number): number {
  return ((step * 31 + slot * 17 + metric * 13) % 23) / 5;
}

/** A daily course with a little noise around a middling level, in the metric's unit. */
export function usualValue(slot: number, metric: number, step: number): number {
  const day = Math.sin((2 * Math.PI * (step + slot)) / WINDOW_STEPS);
  return Math.min(40, METRICS[metric].max) + 15 * day + noiseOf(slot, metric, step);
}

export interface MeasuredServers {
  readonly count: number;
  /** Admits the server of this number. @returns its slot */
  admit(fleet: Fleet, index: number): number;
  /** Whether nothing was measured in a step. */
  isGap(slot: number, step: number): boolean;
  /** @param last the newest closed step */
  value(slot: number, metric: number, step: number, last: number): number;
}

/** Records all metrics of a server in a step, unless that is a gap. */
export function recordStep(
  fleet: Fleet,
  servers: MeasuredServers,
  slot: number,
  step: number,
  last = step,
): void {
  if (servers.isGap(slot, step)) return;
  const timeMs = stepStartMs(step) + STEP_MS / 2;
  for (let metric = 0; metric < METRIC_COUNT; metric++)
    fleet.record(slot, metric, timeMs, servers.value(slot, metric, step, last));
}

/** @param now the fleet's clock, in ms since the epoch; may be moved on later */
export function measuredFleet(now: { ms: number }, servers: MeasuredServers): Fleet {
  const config: FleetConfig = {
    ...(Value.Default(fleetConfigSchema, {}) as FleetConfig),
    newServersPerMinute: servers.count,
  };
  const fleet = new Fleet({ clock: { now: () => now.ms }, config });
  const last = fleet.closedStep;
  for (let index = 0; index < servers.count; index++) {
    const slot = servers.admit(fleet, index);
    for (let step = last - WINDOW_STEPS + 1; step <= last; step++)
      recordStep(fleet, servers, slot, step, last);
  }
  fleet.commit();
  return fleet;
}
