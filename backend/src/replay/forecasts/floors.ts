/** Below which values a forecast of a target cannot matter to any of the rules asked about. */
import { TARGET_COUNT } from '../../catalog/targets.ts';
import { tailLength } from '../../risk/exceedance.ts';
import type { ServerRules } from '../../risk/rules.ts';

/** A band this many tail lengths below the warning threshold makes a danger of at most .1·e⁻⁴ = 0.2 %. */
const TAIL_LENGTHS = 4;
/** Thresholds down to this share of the lowest asked for are answered by what is kept. */
const ROOM = 0.85;

function floorOf(rules: ServerRules, target: number, share: number): number {
  const warning = rules.warning[target];
  if (Number.isNaN(warning)) return Number.POSITIVE_INFINITY;
  return share * warning - TAIL_LENGTHS * tailLength(warning, rules.critical[target]);
}

/** Floors that leave room for lower thresholds than those of the given rules. */
export function roomyFloors(all: readonly ServerRules[]): Float64Array {
  return Float64Array.from({ length: TARGET_COUNT }, (_, target) =>
    Math.min(...all.map((rules) => floorOf(rules, target, ROOM))),
  );
}

/** Floors that leave no room: what stays below them is of no account to the given rules. */
export function tightFloors(all: readonly ServerRules[]): Float64Array {
  return Float64Array.from({ length: TARGET_COUNT }, (_, target) =>
    Math.min(...all.map((rules) => floorOf(rules, target, 1))),
  );
}

/** Whether forecasts kept above `floors` are enough for all of the rules. */
export function areEnough(floors: Float64Array, all: readonly ServerRules[]): boolean {
  return tightFloors(all).every((needed, target) => floors[target] <= needed);
}
