/** An explanation in plain words: a table of templates, filled with the numbers. */
import { stepStartMs } from '../catalog/time.ts';
import { adviceOn } from '../risk/advice.ts';
import { durationInWords, UNMEASURED_CAUSE } from '../risk/cause.ts';
import type { RiskAssessment } from '../risk/types.ts';
import { type Attribution, effectOf, RESOLUTION_POINTS } from './attribution.ts';
import { FAMILIES, type WindowPart } from './families.ts';
import type { Group } from './groups.ts';
import { clockTime, toldZone } from './localTime.ts';

const MS_PER_SECOND = 1000;
/** A second group is named where it carries this share of the first. */
const WORTH_NAMING = 0.4;

/** "in the last hour" */
const WHEN: Readonly<Record<WindowPart['part'], string>> = {
  hour: 'in the last hour',
  recent: '1 to 8 hours ago',
  context: 'in the last 8 hours',
  before: '8 to 24 hours ago',
  day: 'over the last 24 hours',
};

const EVIDENCE = {
  none: 'There is nothing calmer yet to compare it with.',
  noHigher: 'The risk is no higher than in calmer times.',
  spread: (total: number) =>
    `The ${total} points of risk above calmer times come from many small parts, none of which stands out.`,
  one: (what: string, points: number, total: number) =>
    `${what} makes ${points} of the ${total} points of risk above calmer times.`,
  two: (what: string, points: number, total: number, second: string, secondPoints: number) =>
    `${what} makes ${points} and ${second} ${secondPoints} of the ${total} points of risk above calmer times.`,
} as const;

const TIME = {
  past: 'It is past its threshold already.',
  expected: (at: string, zone: string, duration: string) => `Expected at ${at} (${zone}), in ${duration}.`,
  none: 'The median forecast passes no threshold of it in the next 8 hours.',
} as const;

const NOTHING_TO_DO = 'Nothing has to be done.';
const MEASURE = 'Send at least one metric that has thresholds, such as memory or disk use.';

export interface SentenceParts {
  readonly cause: string;
  readonly evidence: string;
  readonly time: string;
  readonly action: string;
}

/** A first letter in capitals, and a full stop. */
function asSentence(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

function subjectOf({ family, window }: Group): string {
  const label = FAMILIES.find(({ name }) => name === family)?.label ?? 'The other metrics';
  return `${label} ${WHEN[window.part]}`;
}

function inside(subject: string): string {
  const isAcronym = subject[1] === subject[1].toUpperCase();
  return isAcronym ? subject : `${subject[0].toLowerCase()}${subject.slice(1)}`;
}

function evidenceOf(attribution: Attribution | null): string {
  if (attribution === null) return EVIDENCE.none;
  const { groups, values, risk, base } = attribution;
  const total = Math.round(risk - base);
  const order = groups.map((_, i) => i).sort((a, b) => values[b] - values[a]);
  const [first, second] = order;
  if (total < RESOLUTION_POINTS) return EVIDENCE.noHigher;
  if (first === undefined || effectOf(values[first]) === 'none') return EVIDENCE.spread(total);
  const what = subjectOf(groups[first]);
  const points = Math.round(values[first]);
  if (second === undefined || values[second] < Math.max(RESOLUTION_POINTS, WORTH_NAMING * values[first])) {
    return EVIDENCE.one(what, points, total);
  }
  return EVIDENCE.two(what, points, total, inside(subjectOf(groups[second])), Math.round(values[second]));
}

function timeOf({ breaches, causeTarget, originStep }: RiskAssessment, timeZone: string): string {
  const ofCause = breaches.filter(({ target }) => target === causeTarget);
  const next = ofCause.find(({ seconds }) => seconds > 0);
  if (next !== undefined) {
    const atMs = stepStartMs(originStep + 1) + next.seconds * MS_PER_SECOND;
    return TIME.expected(clockTime(atMs, timeZone), toldZone(timeZone), durationInWords(next.seconds));
  }
  return ofCause.length > 0 ? TIME.past : TIME.none;
}

/**
 * Cause, evidence, time and what to do. Cause and advice are the words of the server's alert.
 * @param attribution null where there was nothing to compare with
 */
export function sentenceParts(
  assessment: RiskAssessment,
  attribution: Attribution | null,
  timeZone: string,
): SentenceParts {
  const { cause } = assessment;
  const shared = { cause: asSentence(cause), evidence: evidenceOf(attribution) };
  if (cause === UNMEASURED_CAUSE) return { ...shared, time: TIME.none, action: MEASURE };
  const action = adviceOn(assessment);
  return { ...shared, time: timeOf(assessment, timeZone), action: action ?? NOTHING_TO_DO };
}

/** The parts in one go. The cause tells the time already. */
export function wholeSentence({ cause, evidence, action }: SentenceParts): string {
  return [cause, evidence, action].join(' ');
}

/** Cause and what to do, for lists, where nothing is attributed exactly. */
export function shortSentence(assessment: RiskAssessment, timeZone: string): string {
  const { cause, action } = sentenceParts(assessment, null, timeZone);
  return `${cause} ${action}`;
}

const STARS = 5;

/** "★★★★☆" for an importance from 0 to 1; anything at all gets one star. */
export function starsOf(importance: number): string {
  const full = importance > 0 ? Math.min(STARS, Math.max(1, Math.round(importance * STARS))) : 0;
  return '★'.repeat(full) + '☆'.repeat(STARS - full);
}
