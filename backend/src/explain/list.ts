/** GET /explain: the fast form, for the servers at most risk. */
import { LEVELS, levelOf } from '../catalog/levels.ts';
import { METRICS } from '../catalog/metrics.ts';
import { PROFILES } from '../catalog/profiles.ts';
import { TARGET_LIST } from '../catalog/targets.ts';
import type { Clock } from '../catalog/time.ts';
import type { FleetView, Server } from '../fleet/types.ts';
import { usesNetwork } from '../forecast/rerun.ts';
import type { RiskAssessment, RiskView } from '../risk/types.ts';
import { findDonors } from './donors.ts';
import { type GradientHost, NoGradientError } from './gradientHost.ts';
import { byMetric, integratedGradients } from './gradients.ts';
import type { ListFilter } from './routes.ts';
import type { ListAnswer } from './schemas.ts';
import { shortSentence, starsOf } from './sentences.ts';
import type { Subject } from './subject.ts';
import { reasonAgainst, type SubjectSources, subjectOf } from './subjects.ts';

type ListEntry = ListAnswer['explanations'][number];
type Features = ListEntry['shap'];

const TOP_FEATURES = 3;
const NO_DONORS =
  'There is nothing calmer to compare it with yet, so the features are the parts of the score.';
const BASELINE = 'Baselines forecast this server, so the features are the parts of the score.';

export interface ListDependencies {
  readonly sources: SubjectSources;
  readonly fleet: FleetView;
  readonly risk: RiskView;
  readonly clock: Clock;
  readonly gradients: GradientHost;
}

interface Kept {
  readonly originStep: number;
  readonly modelId: string | null;
  readonly entry: ListEntry;
}

/** The largest magnitudes as features, with their share of all. */
function topOf(names: readonly string[], values: ArrayLike<number>): Features['top_features'] {
  const magnitudes = Array.from(values, Math.abs);
  const total = magnitudes.reduce((sum, value) => sum + value, 0);
  if (total === 0) return [];
  return names
    .map((feature, i) => ({ feature, importance: magnitudes[i] / total }))
    .sort((a, b) => b.importance - a.importance)
    .slice(0, TOP_FEATURES)
    .filter(({ importance }) => importance > 0)
    .map((feature) => ({ ...feature, stars: starsOf(feature.importance) }));
}

/** Targets by the square of their severity, as the score is split. */
function byParts({ severities }: RiskAssessment): Features {
  const values = severities.map((severity) => (Number.isNaN(severity) ? 0 : severity * severity));
  return {
    method: 'risk_parts',
    top_features: topOf(
      TARGET_LIST.map(({ name }) => name),
      values,
    ),
  };
}

export class FastList {
  readonly #with: ListDependencies;
  readonly #kept = new Map<string, Kept>();
  /** Lists take turns: the second finds what the first computed. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(dependencies: ListDependencies) {
    this.#with = dependencies;
  }

  forget(server: Server): void {
    this.#kept.delete(server.name);
  }

  /** @throws the signal's reason, and the errors of ForecastReruns.run */
  answer(filter: ListFilter, signal: AbortSignal): Promise<ListAnswer> {
    const answered = this.#turn.then(() => this.#answer(filter, signal));
    this.#turn = answered.catch(() => undefined);
    return answered;
  }

  async #answer({ limit, level, server: part }: ListFilter, signal: AbortSignal): Promise<ListAnswer> {
    const { fleet, risk, clock, sources } = this.#with;
    const least = LEVELS.findIndex(({ name }) => name === level);
    const risky = [...risk.assessments()]
      .filter(({ score, server }) => levelOf(score) >= least && server.includes(part ?? ''))
      .sort((a, b) => b.score - a.score);
    const explanations: ListEntry[] = [];
    for (const assessment of risky) {
      if (explanations.length >= limit) break;
      signal.throwIfAborted();
      const server = fleet.byName(assessment.server);
      if (server === undefined || reasonAgainst(sources, server) !== null) continue;
      explanations.push(await this.#entry(server, assessment, signal));
    }
    const isFast = explanations.every(({ shap }) => shap.method === 'integrated_gradients');
    return {
      count: explanations.length,
      total: risky.length,
      timestamp: new Date(clock.now()).toISOString(),
      method: isFast ? 'integrated_gradients' : 'risk_parts',
      explanations,
    };
  }

  async #entry(server: Server, assessment: RiskAssessment, signal: AbortSignal): Promise<ListEntry> {
    const { sources } = this.#with;
    const subject = subjectOf(sources, server, signal);
    const { originStep } = assessment;
    const { modelId } = subject.inputs;
    const kept = this.#kept.get(server.name);
    if (kept?.originStep === originStep && kept.modelId === modelId) return kept.entry;
    const { shap, reason } = await this.#features(subject);
    const entry: ListEntry = {
      server_name: server.name,
      profile: PROFILES[server.profile].name,
      mode: sources.forecast.modeOf(server.index) === 'baseline' ? 'baseline' : 'model',
      prediction: { risk_score: assessment.score, alert_level: assessment.level },
      shap,
      sentence: shortSentence(assessment, server.timeZone),
      reason,
    };
    this.#kept.set(server.name, { originStep, modelId, entry });
    return entry;
  }

  async #features(subject: Subject): Promise<{ readonly shap: Features; readonly reason: string | null }> {
    const { fleet, risk, gradients } = this.#with;
    if (!usesNetwork(subject.inputs)) return { shap: byParts(subject.assessment), reason: BASELINE };
    const [donor] = await findDonors(subject, fleet, risk, 1);
    if (donor === undefined) return { shap: byParts(subject.assessment), reason: NO_DONORS };
    try {
      const values = byMetric(await integratedGradients(subject, donor.window, gradients));
      const features = topOf(
        METRICS.map(({ name }) => name),
        values,
      );
      return { shap: { method: 'integrated_gradients', top_features: features }, reason: null };
    } catch (error) {
      if (!(error instanceof NoGradientError)) throw error;
      const reason = `There is no gradient (${error.message}), so the features are the parts of the score.`;
      return { shap: byParts(subject.assessment), reason };
    }
  }
}
