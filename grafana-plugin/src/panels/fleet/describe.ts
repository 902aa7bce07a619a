import { formatDuration, formatProbability, formatRisk } from '../../shared/format';
import { profileLabel, targetLabel } from '../../shared/metrics';
import { type FleetServer, modeLabel } from './servers';

/** What the soonest expected breach is: "Memory used critical in 40 min"; undefined where none is expected. */
export function breachText(server: FleetServer): string | undefined {
  const { timeToBreachSeconds, breachMetric, breachThreshold } = server;
  if (timeToBreachSeconds === null) return undefined;
  const what = breachMetric === '' ? 'A threshold' : targetLabel(breachMetric);
  const when = timeToBreachSeconds <= 0 ? 'now' : `in ${formatDuration(timeToBreachSeconds)}`;
  return [what, breachThreshold, when].filter((part) => part !== '').join(' ');
}

/** Level as a word, or why there is none. */
export function stateText({ level, mode }: FleetServer): string {
  return (
    level?.label ?? (mode === '' || mode === 'model' || mode === 'baseline' ? 'No score' : modeLabel(mode))
  );
}

/** A server in a sentence, for screen readers. It begins with the words that a cell shows. */
export function describeServer(server: FleetServer): string {
  const { name, profile, risk, cause, reason } = server;
  const breach = breachText(server);
  const score = risk === null ? '' : ` ${formatRisk(risk)}`;
  return [
    `${name}${score}, ${stateText(server).toLowerCase()}, ${profileLabel(profile)}`,
    breach,
    cause === '' ? reason : cause,
  ]
    .filter((part) => part !== undefined && part !== '')
    .join('. ');
}

export interface ServerFact {
  readonly name: string;
  readonly value: string;
}

/** What the tooltip lists of a server. */
export function serverFacts(server: FleetServer): ServerFact[] {
  const { probability30m, probability8h, mode } = server;
  const breach = breachText(server);
  return [
    ...(breach === undefined ? [] : [{ name: 'Next breach', value: breach }]),
    ...(probability30m === null
      ? []
      : [{ name: 'Failure in 30 min', value: formatProbability(probability30m) }]),
    ...(probability8h === null ? [] : [{ name: 'Failure in 8 h', value: formatProbability(probability8h) }]),
    ...(mode === '' ? [] : [{ name: 'Numbers from', value: modeLabel(mode) }]),
  ];
}
