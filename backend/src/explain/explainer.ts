/** One full explanation: parts, Shapley values, attention, counterfactuals, and the sentence made from them. */
import { PROFILES } from '../catalog/profiles.ts';
import type { Clock } from '../catalog/time.ts';
import type { FleetView } from '../fleet/types.ts';
import { usesNetwork } from '../forecast/rerun.ts';
import type { ForecastView } from '../forecast/types.ts';
import type { RiskView } from '../risk/types.ts';
import { counterfactualAnswers, riskAnswer, shapAnswer } from './answers.ts';
import { type AttentionAnswer, attentionAnswer, noAttention } from './attention.ts';
import { type Attribution, attribute } from './attribution.ts';
import type { ExplainConfig } from './config.ts';
import { findCounterfactuals } from './counterfactuals.ts';
import { type Donor, findDonors } from './donors.ts';
import { stepTime } from './localTime.ts';
import type { ProfileRanges } from './ranges.ts';
import type { ExplainMethod, ExplanationAnswer, HeatAnswer } from './schemas.ts';
import { sentenceParts, wholeSentence } from './sentences.ts';
import type { Subject } from './subject.ts';
import { TOO_LONG, within } from './waiting.ts';

/** The time × metric picture, where there is a gradient graph. */
export type HeatSource = (subject: Subject, donor: Donor) => Promise<HeatAnswer | null>;

export interface ExplainerDependencies {
  readonly fleet: FleetView;
  readonly clock: Clock;
  readonly forecast: ForecastView;
  readonly risk: RiskView;
  readonly ranges: ProfileRanges;
  readonly config: ExplainConfig;
  readonly heat: HeatSource;
}

const NO_DONORS =
  'There is nothing calmer to compare it with yet: that takes 16 hours of its own measurements, or another server that measures the same metrics.';
const NO_NETWORK = 'Baselines forecast this server, which have no attention.';

const LIMITS = {
  ofForecast:
    'The explanation is of the forecast: it says what the forecast reacts to, which need not be what broke the server.',
  baseline:
    'Its forecasts come from baselines, which know each metric by its own past only; the values are of those baselines.',
  sampled: 'Not every combination was run: each value may be off by about its standard error.',
  fewDonors: (count: number) =>
    `It could be compared with ${count === 1 ? 'one calm window' : `${count} calm windows`} only.`,
  foreignDonors: 'Some donors are of another profile, as none of its own was calm and measured enough.',
  changed: (risk: number) =>
    `Measurements that came late, or another model, have changed the risk to ${risk.toFixed(1)} since the forecast that is shown.`,
  noHeat:
    'The picture by hour is missing: the gradient graph is being loaded or busy, the model has none, or a baseline forecasts.',
  counterfactuals:
    'A counterfactual is what the model says if a metric had been so for the last 8 hours; it is no promise.',
} as const;
/** How long the figures wait for the picture: it is drawn by a thread that lets everything else go first. */
const PICTURE_SECONDS = 0.1;
/** Scores that differ by less are the same forecast in other company: float32 sums. */
const SAME_SCORE = 0.05;

function limitsOf(
  subject: Subject,
  attribution: Attribution | null,
  heat: HeatAnswer | null,
  config: ExplainConfig,
): string[] {
  const limits: string[] = [LIMITS.ofForecast];
  if (!usesNetwork(subject.inputs)) limits.push(LIMITS.baseline);
  if (attribution !== null) {
    const { donors, risk, method } = attribution;
    if (method === 'sampled') limits.push(LIMITS.sampled);
    if (donors.length < config.donors) limits.push(LIMITS.fewDonors(donors.length));
    if (donors.some(({ kind }) => kind === 'fleet')) limits.push(LIMITS.foreignDonors);
    if (Math.abs(risk - subject.assessment.score) > SAME_SCORE) limits.push(LIMITS.changed(risk));
  }
  if (heat === null) limits.push(LIMITS.noHeat);
  limits.push(LIMITS.counterfactuals);
  return limits;
}

async function attentionOf({ inputs, reruns }: Subject): Promise<AttentionAnswer> {
  if (!usesNetwork(inputs)) return noAttention(NO_NETWORK);
  return attentionAnswer(await reruns.inspect(inputs), inputs.originStep, inputs.server.timeZone);
}

export class Explainer {
  readonly #with: ExplainerDependencies;

  constructor(dependencies: ExplainerDependencies) {
    this.#with = dependencies;
  }

  /**
   * Explains a server that has a forecast and an assessment.
   * @param method exact: every coalition is run, whatever the configuration allows
   * @throws the signal's reason, and the errors of ForecastReruns.run
   */
  async explain(subject: Subject, method: ExplainMethod): Promise<ExplanationAnswer> {
    const { clock, forecast, ranges, config } = this.#with;
    const start = performance.now();
    const { inputs, assessment } = subject;
    const { server, originStep } = inputs;
    const [attributed, attention, search] = await settled([
      this.#attributed(subject, method),
      attentionOf(subject),
      findCounterfactuals(subject, ranges.of(server, originStep)),
    ]);
    const { attribution, heat } = attributed;
    const parts = sentenceParts(assessment, attribution, server.timeZone);
    return {
      server_name: server.name,
      profile: PROFILES[server.profile].name,
      mode: forecast.modeOf(server.index) === 'baseline' ? 'baseline' : 'model',
      origin: stepTime(originStep + 1),
      computed_at: new Date(clock.now()).toISOString(),
      took_ms: Math.round(performance.now() - start),
      prediction: { risk_score: assessment.score, alert_level: assessment.level },
      sentence: wholeSentence(parts),
      sentence_parts: { ...parts },
      risk: riskAnswer(subject),
      shap: shapAnswer(subject, attribution, attribution === null ? NO_DONORS : null),
      heat,
      attention,
      ...counterfactualAnswers(search),
      limits: limitsOf(subject, attribution, heat, config),
    };
  }

  async #attributed(
    subject: Subject,
    method: ExplainMethod,
  ): Promise<{ readonly attribution: Attribution | null; readonly heat: HeatAnswer | null }> {
    const { fleet, risk, config, heat } = this.#with;
    const donors = await findDonors(subject, fleet, risk, config.donors);
    if (donors.length === 0) return { attribution: null, heat: null };
    // Baselines look at one metric at a time, so all their coalitions cost no more than a few.
    const isEvery = method === 'exact' || !usesNetwork(subject.inputs);
    const mostRuns = isEvery ? Number.POSITIVE_INFINITY : config.runs;
    const picture = heat(subject, donors[0]);
    // Its failure is told below; until then it must not count as one nobody looks at.
    picture.catch(() => undefined);
    const attribution = await attribute(subject, donors, mostRuns);
    const drawn = await within(picture, PICTURE_SECONDS);
    return { attribution, heat: drawn === TOO_LONG ? null : drawn };
  }
}

/** All results; on a failure it waits for the others, so that nothing runs on after the answer. */
async function settled<A, B, C>(
  work: readonly [Promise<A>, Promise<B>, Promise<C>],
): Promise<readonly [A, B, C]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
