import type { ReportCard } from '../../data/reportCard';
import { NOT_KNOWN } from '../../shared/format';
import { forecasterLabel, formatSkill } from '../components/forecasters';
import { counted, formatMetric, percent } from '../components/format';

export type ReportRow = ReportCard['rows'][number];
export type Aspect = 'skill' | 'coverage' | 'loss';

export const ASPECTS: readonly {
  readonly value: Aspect;
  readonly label: string;
  readonly description: string;
}[] = [
  {
    value: 'skill',
    label: 'Skill',
    description:
      'How much smaller the loss of the model is than that of the best baseline. Above 0 % the model is better; where it is not, the baseline forecasts.',
  },
  {
    value: 'coverage',
    label: 'Coverage',
    description: 'How much of what came lay within the band. It is a band of 80 %: near 80 % is right.',
  },
  {
    value: 'loss',
    label: 'Loss',
    description:
      'Mean pinball loss of the model, and after the slash of the best baseline. Smaller is better.',
  },
];

const RIGHT_COVERAGE = 0.8;
const COVERAGE_TOLERANCE = 0.05;
/** A skill that reads as 0 % is neither better nor worse. */
const SAME = 0.005;

export interface Reading {
  readonly text: string;
  readonly verdict: 'good' | 'bad' | 'neutral';
  /** The figures behind it, a sentence. */
  readonly detail: string;
}

const NONE: Reading = { text: NOT_KNOWN, verdict: 'neutral', detail: 'Not scored yet.' };

function skillVerdict(skill: number | null): Reading['verdict'] {
  if (skill === null || Math.abs(skill) < SAME) return 'neutral';
  return skill > 0 ? 'good' : 'bad';
}

function coverageVerdict(coverage: number): Reading['verdict'] {
  return Math.abs(coverage - RIGHT_COVERAGE) <= COVERAGE_TOLERANCE ? 'good' : 'bad';
}

/** One figure of the report card in words. */
export function readingOf(row: ReportRow | undefined, aspect: Aspect): Reading {
  if (row === undefined) return NONE;
  const own = formatMetric(row.metric, row.pinball.model);
  const rival = formatMetric(row.metric, row.pinball[row.best_baseline]);
  const best = forecasterLabel(row.best_baseline);
  const detail = `Loss ${own}; best baseline (${best}) ${rival}. ${percent(row.coverage)} within the band, ${percent(row.coverage_uncorrected)} before its correction. ${counted(row.scored, 'forecast')} scored.`;
  switch (aspect) {
    case 'skill':
      return { text: formatSkill(row.skill), verdict: skillVerdict(row.skill), detail };
    case 'coverage':
      return { text: percent(row.coverage), verdict: coverageVerdict(row.coverage), detail };
    case 'loss':
      return { text: `${own} / ${rival}`, verdict: skillVerdict(row.skill), detail };
  }
}

/** Who forecasts a metric now: "Model on 38 servers, Same time yesterday on 2". */
export function sourceSentence(source: ReportCard['sources'][number] | undefined): string {
  if (source === undefined || source.servers === 0) return 'Not forecast';
  const used = Object.entries(source.by_forecaster).filter(([, servers]) => servers > 0);
  const [only] = used;
  if (used.length === 1 && only !== undefined) return `${forecasterLabel(only[0])} on all`;
  return used
    .sort(([, a], [, b]) => b - a)
    .map(([name, servers]) => `${forecasterLabel(name)} on ${servers}`)
    .join(', ');
}
