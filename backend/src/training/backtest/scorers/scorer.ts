import type { ServerRules } from '../../../risk/rules.ts';
import type { RiskAssessment } from '../../../risk/types.ts';
import type { ServerSeries } from '../../datasets/series.ts';
import type { Leads } from '../leads.ts';

/** What is known of a server at an origin. The arrays are reused for the next one. */
export interface ScoreContext {
  /** Its whole series: what lies after the origin must not be read. */
  readonly series: ServerSeries;
  readonly originStep: number;
  readonly rules: ServerRules;
  /** [WINDOW_STEPS][METRIC_COUNT] from `windowOffset`, NaN where not measured. */
  readonly window: Float32Array;
  readonly windowOffset: number;
  /** Finished forecast, [TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT] from `quantilesOffset`. */
  readonly quantiles: Float32Array;
  readonly quantilesOffset: number;
  /** What the risk stage makes of it. */
  readonly assessment: RiskAssessment;
}

/** Gives a number that is the higher, the likelier a failure in useful time is. */
export interface Scorer {
  readonly name: string;
  /** Where the number is a probability: of a failure within these steps. */
  readonly probabilityOf?: Leads;
  /** False: only its probabilities are judged, no alert is raised by it. */
  readonly raisesAlerts?: boolean;
  score(context: ScoreContext): number;
}

/** Origins of one server to learn from. */
export interface Example {
  readonly series: ServerSeries;
  /** Ascending. */
  readonly origins: Int32Array;
  /** By origin: 1 a failure in useful time, 0 none, −1 to be left out. */
  readonly labels: Int8Array;
}

/**
 * A scorer that has to be fitted. It is fitted on the validation span alone: once on all servers, for the test span, and
 * once for each fold of servers on the others, so that the threshold is chosen on scores of servers it did not see.
 */
export interface LearntScorer {
  readonly name: string;
  readonly probabilityOf?: Leads;
  fit(examples: readonly Example[]): Promise<Scorer>;
}
