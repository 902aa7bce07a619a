/** What the servers of a profile have really shown in the last 24 hours: changes stay within it, or say that they do not. */
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { TARGET_COUNT, TARGET_LIST, targetValue } from '../catalog/targets.ts';
import { WINDOW_STEPS } from '../catalog/time.ts';
import type { FleetView, Server } from '../fleet/types.ts';
import { WINDOW_SIZE } from '../forecast/batch.ts';

export interface SeenRanges {
  /** By target, in target units; NaN where no server of the profile measures it. */
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
}

/** Servers of a profile that are looked at: more change the range little and cost time. */
const SERVERS_LOOKED_AT = 40;
/** Profiles kept at once; there are seven. */
const KEPT = 32;

/** Servers of a profile, the given one first, evenly drawn where there are many. */
function sample(fleet: FleetView, server: Server): readonly Server[] {
  const others = [...fleet.servers()].filter(
    (other) => other.profile === server.profile && other.index !== server.index,
  );
  const stride = Math.max(1, Math.ceil(others.length / (SERVERS_LOOKED_AT - 1)));
  return [server, ...others.filter((_, i) => i % stride === 0)];
}

function widen({ lowest, highest }: SeenRanges, window: Float32Array): void {
  for (let row = 0; row < WINDOW_STEPS; row++) {
    for (let target = 0; target < TARGET_COUNT; target++) {
      const value = targetValue(TARGET_LIST[target], window, row * METRIC_COUNT);
      // NaN, before the first and where nothing was measured, fails every comparison.
      if (!(value >= lowest[target])) lowest[target] = Number.isNaN(value) ? lowest[target] : value;
      if (!(value <= highest[target])) highest[target] = Number.isNaN(value) ? highest[target] : value;
    }
  }
}

/** Looks a profile's ranges up once a step. */
export class ProfileRanges {
  readonly #fleet: FleetView;
  readonly #known = new Map<string, SeenRanges>();

  constructor(fleet: FleetView) {
    this.#fleet = fleet;
  }

  /** Ranges of the server's profile, the server itself included. */
  of(server: Server, originStep: number): SeenRanges {
    const key = `${server.name}\n${originStep}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const ranges: SeenRanges = {
      lowest: new Float64Array(TARGET_COUNT).fill(Number.NaN),
      highest: new Float64Array(TARGET_COUNT).fill(Number.NaN),
    };
    const window = new Float32Array(WINDOW_SIZE);
    for (const { index } of sample(this.#fleet, server)) {
      this.#fleet.copyWindow(index, originStep, window, 0);
      widen(ranges, window);
    }
    if (this.#known.size >= KEPT) this.#known.clear();
    this.#known.set(key, ranges);
    return ranges;
  }
}
