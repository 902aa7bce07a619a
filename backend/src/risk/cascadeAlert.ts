import { cascadeSentence } from '../cascade/describe.ts';
import { SIGNALS } from '../cascade/signals.ts';
import type { Cascade } from '../cascade/types.ts';
import { HEALTHY, LEVELS } from '../catalog/levels.ts';
import { TARGET_LIST } from '../catalog/targets.ts';
import { durationInWords } from './cause.ts';
import type { Alert, RiskAssessment } from './types.ts';

/** Servers that deviate together are worth a look, however calm their forecasts. */
const LEAST_LEVEL = LEVELS.findIndex(({ name }) => name === 'degraded');

/** Target that most members deviate in; -1 where it is not forecast. */
function causeTargetOf({ channels }: Cascade): number {
  const [first] = channels;
  if (first === undefined) return -1;
  const { metric, complement } = SIGNALS[first.channel.signal];
  const derivation = complement ? 'complement' : 'same';
  return TARGET_LIST.findIndex((target) => target.metric === metric && target.derivation === derivation);
}

/**
 * The one alert about a cascade: as bad as its worst member, at least degraded.
 * @param known the alert as it was before, where there was one
 */
export function cascadeAlert(
  cascade: Cascade,
  known: Alert | undefined,
  assessmentOf: (server: string) => RiskAssessment | undefined,
  nowMs: number,
): Alert {
  const assessments = cascade.members.flatMap(({ server }) => assessmentOf(server) ?? []);
  const score = assessments.reduce((worst, assessment) => Math.max(worst, assessment.score), 0);
  const ranks = assessments.map(({ level }) => LEVELS.findIndex(({ name }) => name === level));
  const level = LEVELS[Math.max(LEAST_LEVEL, ...ranks)];
  const leads = assessments.flatMap(({ breaches }) => breaches.map(({ seconds }) => seconds));
  const profile = cascade.members.find(({ server }) => server === cascade.leader.server)?.profile;
  return {
    id: cascade.id,
    kind: 'cascade',
    server: cascade.leader.server,
    profile: profile ?? cascade.members[0]?.profile ?? 0,
    level: level.name,
    score,
    openedAtMs: known?.openedAtMs ?? nowMs,
    updatedAtMs: nowMs,
    resolvedAtMs: null,
    message: `${level.label}, risk ${Math.floor(score)}: ${cascadeSentence(cascade)}`,
    leadSeconds: leads.length === 0 ? null : Math.min(...leads),
    causeTarget: causeTargetOf(cascade),
    cascade: cascade.id,
    group: cascade,
  };
}

export function endedCascadeAlert(alert: Alert, nowMs: number): Alert {
  const openSeconds = (nowMs - alert.openedAtMs) / 1000;
  return {
    ...alert,
    level: LEVELS[HEALTHY].name,
    updatedAtMs: nowMs,
    resolvedAtMs: nowMs,
    leadSeconds: null,
    message: `Resolved after ${durationInWords(openSeconds)}: the servers no longer deviate together`,
  };
}
