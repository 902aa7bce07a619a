/** Expected breaches as the API shows them. */
import { TARGETS } from '../catalog/targets.ts';
import { stepStartMs } from '../catalog/time.ts';
import type { Breach, RiskAssessment } from '../risk/types.ts';
import { isoTime } from './format.ts';

const MS_PER_SECOND = 1000;

export interface BreachAnswer {
  readonly metric: string;
  readonly threshold: 'warning' | 'critical';
  readonly seconds: number;
  readonly at: string;
  readonly value: number;
}

/** A breach with the time it is expected at; seconds count from the end of the step the forecast started from. */
export function breachAnswer({ originStep }: RiskAssessment, breach: Breach): BreachAnswer {
  return {
    metric: TARGETS[breach.target].name,
    threshold: breach.threshold,
    seconds: breach.seconds,
    at: isoTime(stepStartMs(originStep + 1) + breach.seconds * MS_PER_SECOND),
    value: breach.value,
  };
}

/** The breach that comes first; of two at one moment the critical one. */
export function soonestBreach(risk: RiskAssessment): BreachAnswer | null {
  let soonest: Breach | undefined;
  for (const breach of risk.breaches) {
    const isSooner = soonest === undefined || breach.seconds < soonest.seconds;
    const isWorse = breach.seconds === soonest?.seconds && breach.threshold === 'critical';
    if (isSooner || isWorse) soonest = breach;
  }
  return soonest === undefined ? null : breachAnswer(risk, soonest);
}
