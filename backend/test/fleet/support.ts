import { Value } from 'typebox/value';
import { STEP_MS } from '../../src/catalog/time.ts';
import { type BackfillConfig, backfillConfigSchema } from '../../src/fleet/backfill/config.ts';
import { type FleetConfig, fleetConfigSchema } from '../../src/fleet/config.ts';
import { Fleet } from '../../src/fleet/fleet.ts';

/** A clock that stands where it is put. */
export class HeldClock {
  timeMs: number;

  constructor(timeMs: number) {
    this.timeMs = timeMs;
  }

  now(): number {
    return this.timeMs;
  }

  advance(ms: number): void {
    this.timeMs += ms;
  }
}

/** The start of a step in November 2026. */
export const START_STEP = Math.floor(Date.UTC(2026, 10, 24, 12) / STEP_MS);
export const START_MS = START_STEP * STEP_MS;

export function fleetConfig(overrides: Partial<FleetConfig> = {}): FleetConfig {
  return { ...Value.Parse(fleetConfigSchema, Value.Default(fleetConfigSchema, {})), ...overrides };
}

export function backfillConfig(
  settings: Partial<BackfillConfig> & { prometheusUrl: string },
): BackfillConfig {
  return Value.Parse(backfillConfigSchema, Value.Default(backfillConfigSchema, { ...settings }));
}

/** A fleet in memory at START_MS: the newest closed step is START_STEP − 2, for the grace of the last is not over. */
export function newFleet(overrides: Partial<FleetConfig> = {}): { fleet: Fleet; clock: HeldClock } {
  const clock = new HeldClock(START_MS);
  return { fleet: new Fleet({ clock, config: fleetConfig(overrides) }), clock };
}
