/** An explanation's parts as the API tells them. */
import { METRIC_COUNT, METRICS } from '../catalog/metrics.ts';
import { SCORE_PARTS, TARGET_LIST, TARGETS, targetValue } from '../catalog/targets.ts';
import { stepStartMs, WINDOW_STEPS } from '../catalog/time.ts';
import { FORECASTERS } from '../forecast/baselines.ts';
import type { RiskAssessment } from '../risk/types.ts';
import { type Attribution, effectOf, RESOLUTION_POINTS } from './attribution.ts';
import {
  actionFor,
  type Counterfactual,
  type CounterfactualSearch,
  changeInWords,
  impactInWords,
} from './counterfactuals.ts';
import type { Donor } from './donors.ts';
import { meanOf } from './families.ts';
import { featureName, type Group } from './groups.ts';
import { stepTime } from './localTime.ts';
import type { CounterfactualAnswer, ExplanationAnswer } from './schemas.ts';
import { starsOf } from './sentences.ts';
import type { Subject } from './subject.ts';

const MS_PER_SECOND = 1000;
const FULL = 100;
const TOP_FEATURES = 5;

const RISK_NOTE = 'The parts add up to the score to the last digit.';
const SHAP_NOTE = `Each value is how many points of risk a group of measurements adds when it is as it was instead of as it is with the donors, averaged over all orders. The mean risk with the donors plus the values is the risk. Less than ${RESOLUTION_POINTS} points count as no effect: noise in the measurements makes as much.`;

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The newest measured value of a target within half an hour; null without one. */
function newest(window: Float32Array, target: number): number | null {
  const CURRENT_STEPS = 6;
  for (let row = WINDOW_STEPS - 1; row >= WINDOW_STEPS - CURRENT_STEPS; row--) {
    const value = targetValue(TARGET_LIST[target], window, row * METRIC_COUNT);
    if (!Number.isNaN(value)) return value;
  }
  return null;
}

function breachesOf({ breaches, originStep }: RiskAssessment, target: number) {
  return breaches
    .filter((breach) => breach.target === target)
    .map(({ threshold, seconds, value }) => ({
      threshold,
      seconds,
      at: new Date(stepStartMs(originStep + 1) + seconds * MS_PER_SECOND).toISOString(),
      value,
    }));
}

/** The exact split of the score, and the metrics behind it. */
export function riskAnswer({ inputs, assessment, assessor }: Subject): ExplanationAnswer['risk'] {
  const { severities } = assessment;
  const rules = assessor.rulesOf(inputs.server);
  const targets = TARGET_LIST.flatMap((target, i) => {
    if (Number.isNaN(severities[i]) || target.part === null) return [];
    return [
      {
        metric: target.name,
        label: target.label,
        part: target.part,
        unit: target.unit,
        severity: severities[i],
        now: newest(inputs.window, i),
        warning: rules.warning[i],
        critical: rules.critical[i],
        forecaster: FORECASTERS[inputs.forecasters[i]],
        breaches: breachesOf(assessment, i),
      },
    ];
  }).sort((a, b) => b.severity - a.severity);
  return {
    score: assessment.score,
    level: assessment.level,
    parts: Object.fromEntries(SCORE_PARTS.map((part) => [part, assessment.parts[part]])),
    targets,
    note: RISK_NOTE,
  };
}

function donorAnswer({ kind, serverName, fromStep, toStep, risk }: Donor) {
  return {
    kind,
    server_name: serverName,
    from: stepTime(fromStep),
    to: stepTime(toStep),
    risk_score: risk,
  };
}

/** Mean of a group's shown target over its part of the window. */
function shownMean(window: Float32Array, { shown, window: part }: Group): number {
  if (shown === null) return Number.NaN;
  const { metric, derivation } = TARGET_LIST[shown];
  const mean = meanOf(window, metric, part.from, part.to);
  return derivation === 'complement' ? FULL - mean : mean;
}

function donorsMean(donors: readonly Donor[], group: Group): number {
  const means = donors.map(({ window }) => shownMean(window, group)).filter((mean) => !Number.isNaN(mean));
  return means.length === 0 ? Number.NaN : means.reduce((sum, mean) => sum + mean, 0) / means.length;
}

/** Groups with an effect, the largest first; then those without, in their own order, as none of them stands out. */
function byEffect({ values }: Attribution): readonly number[] {
  const told = Array.from(values, (value) => (effectOf(value) === 'none' ? 0 : Math.abs(value)));
  return told.map((_, i) => i).sort((a, b) => told[b] - told[a]);
}

function groupAnswers({ inputs }: Subject, attribution: Attribution): ExplanationAnswer['shap']['groups'] {
  const { groups, values, errors, donors } = attribution;
  const magnitude = values.reduce((sum, value) => sum + Math.abs(value), 0);
  const firstStep = inputs.originStep - WINDOW_STEPS + 1;
  return byEffect(attribution).map((i) => {
    const group = groups[i];
    return {
      id: group.id,
      label: group.label,
      family: group.family,
      metrics: group.metrics.map((metric) => METRICS[metric].name),
      window: {
        part: group.window.part,
        label: group.window.label,
        from: stepTime(firstStep + group.window.from),
        to: stepTime(firstStep + group.window.to),
      },
      value: values[i],
      effect: effectOf(values[i]),
      share: magnitude > 0 ? values[i] / magnitude : 0,
      standard_error: errors === null ? null : errors[i],
      server_mean: finite(shownMean(inputs.window, group)),
      donors_mean: finite(donorsMean(donors, group)),
      unit: group.shown === null ? null : TARGET_LIST[group.shown].unit,
    };
  });
}

function topFeatures(attribution: Attribution): ExplanationAnswer['shap']['top_features'] {
  const { groups, values } = attribution;
  const magnitude = values.reduce((sum, value) => sum + Math.abs(value), 0);
  return byEffect(attribution)
    .filter((i) => effectOf(values[i]) !== 'none')
    .slice(0, TOP_FEATURES)
    .map((i) => ({ feature: featureName(groups[i]), importance: Math.abs(values[i]) / magnitude }))
    .map((feature) => ({ ...feature, stars: starsOf(feature.importance) }));
}

/** The Shapley values, or why there are none. */
export function shapAnswer(
  subject: Subject,
  attribution: Attribution | null,
  reason: string | null,
): ExplanationAnswer['shap'] {
  if (attribution === null) {
    return {
      top_features: [],
      method: 'exact',
      runs: 0,
      base_value: null,
      risk: subject.assessment.score,
      standard_error: null,
      donors: [],
      groups: [],
      resolution: RESOLUTION_POINTS,
      note: SHAP_NOTE,
      reason,
    };
  }
  const { method, runs, base, risk, errors, donors } = attribution;
  return {
    top_features: topFeatures(attribution),
    method,
    runs,
    base_value: base,
    risk,
    standard_error: errors === null ? null : Math.max(...errors),
    donors: donors.map(donorAnswer),
    groups: groupAnswers(subject, attribution),
    resolution: RESOLUTION_POINTS,
    note: SHAP_NOTE,
    reason: null,
  };
}

function counterfactualOf(found: Counterfactual): CounterfactualAnswer {
  const { caps } = found;
  const action = caps.map(actionFor).join(' ');
  const scenario = caps.map(changeInWords).join(' and ');
  return {
    scenario: `${scenario[0].toUpperCase()}${scenario.slice(1)}`,
    impact: impactInWords(found),
    recommendation: action,
    action,
    changes: caps.map(({ target, from, to, range }) => ({
      metric: TARGET_LIST[target].name,
      label: TARGET_LIST[target].label,
      unit: TARGET_LIST[target].unit,
      from,
      to,
      range: [...range],
    })),
    what_if: caps.map(({ target, to }) => ({
      kind: 'held' as const,
      metric: TARGETS[target].name,
      at: to,
    })),
    risk_before: found.riskBefore,
    risk_after: found.riskAfter,
    level_before: found.levelBefore,
    level_after: found.levelAfter,
  };
}

/** The counterfactuals under both of their names. */
export function counterfactualAnswers(
  search: CounterfactualSearch,
): Pick<ExplanationAnswer, 'counterfactuals' | 'counterfactual'> {
  const scenarios = search.found.map(counterfactualOf);
  return {
    counterfactuals: scenarios,
    counterfactual: {
      scenarios,
      searched: search.searched,
      goal: search.goal,
      reason: search.reason,
    },
  };
}
