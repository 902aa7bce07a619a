import { REFUSAL_REASONS, type RefusalReason } from './admission.ts';

/** Running totals of the fleet; plain numbers, because they are counted on the hot path. */
export interface FleetStats {
  points: number;
  latePoints: number;
  stepsClosed: number;
  left: number;
  readonly refused: Record<RefusalReason, number>;
}

export function newFleetStats(): FleetStats {
  const none = Object.fromEntries(REFUSAL_REASONS.map((reason) => [reason, 0]));
  return {
    points: 0,
    latePoints: 0,
    stepsClosed: 0,
    left: 0,
    refused: none as Record<RefusalReason, number>,
  };
}
