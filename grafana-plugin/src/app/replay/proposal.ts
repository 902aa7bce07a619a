/** What is typed on the Replay page, and the risk section it makes. */
import type { ReplaySettings, ReplayTarget, RiskSettings, ThresholdPair } from '../../data/replay';

/** Thresholds everywhere, or those of one profile over them. */
export const EVERYWHERE = '';

export interface PairText {
  readonly warning: string;
  readonly critical: string;
}

/** What the form holds: texts, so that a number may be half typed. */
export interface Proposal {
  /** By scope (EVERYWHERE or a profile) and metric; what is missing is as today. */
  readonly pairs: Readonly<Record<string, Readonly<Record<string, PairText>>>>;
  readonly minimumLevel: string;
  readonly holdCycles: string;
  readonly hysteresisPoints: string;
}

export interface ProposalProblems {
  /** By scope and metric. */
  readonly pairs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly holdCycles?: string;
  readonly hysteresisPoints?: string;
}

const MOST_CYCLES = 96;
const MOST_POINTS = 20;

export function proposalOf({ alerts }: RiskSettings): Proposal {
  return {
    pairs: {},
    minimumLevel: alerts.minimumLevel,
    holdCycles: String(alerts.holdCycles),
    hysteresisPoints: String(alerts.hysteresisPoints),
  };
}

/** What the configuration says of a metric in a scope; undefined: nothing. */
export function configured(
  risk: RiskSettings,
  scope: string,
  metric: string,
): ThresholdPair | null | undefined {
  const rules = scope === EVERYWHERE ? risk : risk.profiles[scope];
  return rules?.thresholds?.[metric];
}

/** What holds today: of a profile; everywhere, what all profiles share, or undefined where they differ. */
export function effectiveToday(
  { effective }: Pick<ReplaySettings, 'effective'>,
  scope: string,
  metric: string,
): ThresholdPair | null | undefined {
  const rules = scope === EVERYWHERE ? effective : effective.filter(({ profile }) => profile === scope);
  const pairs = rules.map(({ thresholds }) => thresholds[metric] ?? null);
  const [first] = pairs;
  const isShared = pairs.every(
    (pair) => pair?.warning === first?.warning && pair?.critical === first?.critical,
  );
  return isShared ? first : undefined;
}

/** The texts of a pair: as typed, else as configured. */
export function pairText(proposal: Proposal, risk: RiskSettings, scope: string, metric: string): PairText {
  const typed = proposal.pairs[scope]?.[metric];
  if (typed !== undefined) return typed;
  const pair = configured(risk, scope, metric);
  return pair == null
    ? { warning: '', critical: '' }
    : { warning: String(pair.warning), critical: String(pair.critical) };
}

export function withPair(proposal: Proposal, scope: string, metric: string, pair: PairText): Proposal {
  return { ...proposal, pairs: { ...proposal.pairs, [scope]: { ...proposal.pairs[scope], [metric]: pair } } };
}

function isEmpty({ warning, critical }: PairText): boolean {
  return warning.trim() === '' && critical.trim() === '';
}

function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

function pairProblem(pair: PairText, max: number | null): string | undefined {
  if (isEmpty(pair)) return undefined;
  const [warning, critical] = [numberOf(pair.warning), numberOf(pair.critical)];
  if (!Number.isFinite(warning) || !Number.isFinite(critical)) return 'Both as numbers, or neither';
  const highest = max ?? Number.POSITIVE_INFINITY;
  if (Math.min(warning, critical) < 0 || Math.max(warning, critical) > highest) {
    return max === null ? 'Not below 0' : `From 0 to ${max}`;
  }
  return critical <= warning ? 'Critical must be above warning' : undefined;
}

function pairProblems(proposal: Proposal, targets: readonly ReplayTarget[]): ProposalProblems['pairs'] {
  const found = Object.entries(proposal.pairs).map(([scope, pairs]) => {
    const problems = Object.entries(pairs).flatMap(([metric, pair]) => {
      const max = targets.find(({ name }) => name === metric)?.max ?? null;
      const problem = pairProblem(pair, max);
      return problem === undefined ? [] : [[metric, problem] as const];
    });
    return [scope, Object.fromEntries(problems)] as const;
  });
  return Object.fromEntries(found.filter(([, problems]) => Object.keys(problems).length > 0));
}

export function problemsOf(proposal: Proposal, targets: readonly ReplayTarget[]): ProposalProblems {
  const cycles = numberOf(proposal.holdCycles);
  const points = numberOf(proposal.hysteresisPoints);
  const isCycles = Number.isInteger(cycles) && cycles >= 1 && cycles <= MOST_CYCLES;
  const isPoints = points >= 0 && points <= MOST_POINTS;
  return {
    pairs: pairProblems(proposal, targets),
    ...(isCycles ? {} : { holdCycles: `A whole number from 1 to ${MOST_CYCLES}` }),
    ...(isPoints ? {} : { hysteresisPoints: `A number from 0 to ${MOST_POINTS}` }),
  };
}

export function hasProblems({ pairs, holdCycles, hysteresisPoints }: ProposalProblems): boolean {
  return Object.keys(pairs).length > 0 || holdCycles !== undefined || hysteresisPoints !== undefined;
}

type Thresholds = NonNullable<RiskSettings['thresholds']>;

function thresholdsWith(
  thresholds: Thresholds | undefined,
  pairs: Readonly<Record<string, PairText>> | undefined,
): Thresholds {
  const changed: Thresholds = { ...thresholds };
  for (const [metric, pair] of Object.entries(pairs ?? {})) {
    if (isEmpty(pair)) delete changed[metric];
    else changed[metric] = { warning: Number(pair.warning), critical: Number(pair.critical) };
  }
  return changed;
}

/** Today's risk section with what was typed put in. @param proposal without problems */
export function riskOf(proposal: Proposal, risk: RiskSettings): RiskSettings {
  const scopes = Object.keys(proposal.pairs).filter((scope) => scope !== EVERYWHERE);
  const profiles = { ...risk.profiles };
  for (const scope of scopes) {
    const rules = risk.profiles[scope];
    profiles[scope] = { ...rules, thresholds: thresholdsWith(rules?.thresholds, proposal.pairs[scope]) };
  }
  return {
    ...risk,
    thresholds: thresholdsWith(risk.thresholds, proposal.pairs[EVERYWHERE]),
    profiles,
    alerts: {
      ...risk.alerts,
      minimumLevel: proposal.minimumLevel,
      holdCycles: Number(proposal.holdCycles),
      hysteresisPoints: Number(proposal.hysteresisPoints),
    },
  };
}
