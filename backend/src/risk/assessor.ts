import type { CascadeView, Membership } from '../cascade/types.ts';
import { LEVELS, levelOf } from '../catalog/levels.ts';
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { RISK_PARTS, TARGET_COUNT, type Thresholds } from '../catalog/targets.ts';
import { WINDOW_STEPS } from '../catalog/time.ts';
import type { ForecastChunk } from '../forecast/types.ts';
import { breachesOf, SERVER_QUANTILES } from './breaches.ts';
import type { Calibration } from './calibration.ts';
import { causeOf, causeTargetOf, causeWithCascade } from './cause.ts';
import { FailureModel } from './probability.ts';
import type { RuleBook, ServerRules } from './rules.ts';
import { partSeverities, scoreOf } from './score.ts';
import { addScoreSlopes } from './sensitivity.ts';
import { createTargetReadings, readTargets } from './severity.ts';
import type { RiskAssessment } from './types.ts';

/** Who a position of a chunk belongs to. */
export interface AssessedServer {
  readonly name: string;
  /** Position in PROFILES. */
  readonly profile: number;
}

/** How cascades raise scores. */
export interface CascadeInfluence {
  readonly cascades: Pick<CascadeView, 'membershipOf'>;
  /** Share of what is left to 100 that a cascade adds at most, 0–1. */
  readonly weight: number;
}

const NO_INFLUENCE: CascadeInfluence = { cascades: { membershipOf: () => undefined }, weight: 0 };

/** Turns forecasts into assessments, one server at a time, on reused working memory. */
export class Assessor {
  readonly #rules: RuleBook;
  readonly #influence: CascadeInfluence;
  readonly #readings = createTargetReadings();
  readonly #failures = new FailureModel();
  readonly #parts = new Float64Array(RISK_PARTS.length);
  calibration: Calibration;

  constructor(rules: RuleBook, calibration: Calibration, influence: CascadeInfluence = NO_INFLUENCE) {
    this.#rules = rules;
    this.#influence = influence;
    this.calibration = calibration;
  }

  /** Thresholds in use for a target of a server; null where it has none. */
  thresholdsOf(server: AssessedServer, target: number): Thresholds | null {
    const rules = this.#rules.rulesOf(server.name, server.profile);
    const warning = rules.warning[target];
    return Number.isNaN(warning) ? null : { warning, critical: rules.critical[target] };
  }

  /** Thresholds and weights in use for a server. */
  rulesOf(server: AssessedServer): ServerRules {
    return this.#rules.rulesOf(server.name, server.profile);
  }

  /**
   * The score alone, for the many forecasts an explanation tries.
   * @param quantiles [TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT] from `quantilesOffset`
   * @param windows [WINDOW_STEPS][METRIC_COUNT] from `windowOffset`
   */
  score(
    server: AssessedServer,
    quantiles: Float32Array,
    quantilesOffset: number,
    windows: Float32Array,
    windowOffset: number,
  ): number {
    const rules = this.#read(server, quantiles, quantilesOffset, windows, windowOffset);
    partSeverities(this.#readings.severity, this.#parts);
    return scoreOf(this.#parts, rules.weights, this.#liftOf(this.#membershipOf(server))).total;
  }

  /**
   * The target that contributes most to the score, or -1.
   * @param quantiles, windows as of score()
   */
  causeTarget(
    server: AssessedServer,
    quantiles: Float32Array,
    quantilesOffset: number,
    windows: Float32Array,
    windowOffset: number,
  ): number {
    const rules = this.#read(server, quantiles, quantilesOffset, windows, windowOffset);
    return causeTargetOf(this.#readings, rules);
  }

  /**
   * Adds the slope of the score by each quantile of a forecast to `out`.
   * @param quantiles, windows as of score()
   * @param out [TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT]
   */
  addSlopes(
    server: AssessedServer,
    quantiles: Float32Array,
    quantilesOffset: number,
    windows: Float32Array,
    windowOffset: number,
    out: Float64Array,
  ): void {
    const rules = this.#read(server, quantiles, quantilesOffset, windows, windowOffset);
    const lift = this.#liftOf(this.#membershipOf(server));
    addScoreSlopes(this.#readings, rules, quantiles, quantilesOffset, out, lift);
  }

  /**
   * @param position of the server in the chunk
   * @param severities TARGET_COUNT numbers to fill; the assessment keeps them
   */
  assess(
    server: AssessedServer,
    chunk: ForecastChunk,
    position: number,
    severities: Float64Array,
  ): RiskAssessment {
    const { quantiles, windows } = chunk;
    const readings = this.#readings;
    const offset = position * SERVER_QUANTILES;
    const rules = this.#rules.rulesOf(server.name, server.profile);
    const windowOffset = position * WINDOW_STEPS * METRIC_COUNT;
    readTargets(readings, rules, quantiles, offset, windows, windowOffset);
    severities.set(readings.severity);
    partSeverities(readings.severity, this.#parts);
    const cascade = this.#membershipOf(server) ?? null;
    const { total, parts } = scoreOf(this.#parts, rules.weights, this.#liftOf(cascade));
    const cause = causeOf(readings, rules, quantiles, offset);
    const { within30m, within3h, within8h } = this.#failures.probabilities(this.calibration, {
      profile: server.profile,
      window: windows,
      windowOffset,
      quantiles,
      quantilesOffset: offset,
      readings,
    });
    return {
      server: server.name,
      profile: server.profile,
      originStep: chunk.originStep,
      score: total,
      level: LEVELS[levelOf(total)].name,
      parts,
      severities,
      breaches: breachesOf(readings, quantiles, offset),
      causeTarget: cause.target,
      cause: causeWithCascade(cause.sentence, cascade),
      cascade,
      failureProbability30m: within30m,
      failureProbability3h: within3h,
      failureProbability8h: within8h,
    };
  }

  /** Fills the readings of one server. @returns the rules they were read by */
  #read(
    server: AssessedServer,
    quantiles: Float32Array,
    quantilesOffset: number,
    windows: Float32Array,
    windowOffset: number,
  ): ServerRules {
    const rules = this.rulesOf(server);
    readTargets(this.#readings, rules, quantiles, quantilesOffset, windows, windowOffset);
    return rules;
  }

  #membershipOf({ name }: AssessedServer): Membership | undefined {
    return this.#influence.cascades.membershipOf(name);
  }

  #liftOf(membership: Membership | null | undefined): number {
    return this.#influence.weight * (membership?.severity ?? 0);
  }
}

/** Memory for the severities of all servers of a chunk: one block instead of one per server. */
export function severityBlock(count: number): (position: number) => Float64Array {
  const block = new Float64Array(count * TARGET_COUNT);
  return (position) => block.subarray(position * TARGET_COUNT, (position + 1) * TARGET_COUNT);
}
