/** One incident from its hidden onset to the failure, or to the moment someone ends it. */

import { METRIC } from '../catalog/metrics.ts';
import { STEPS_PER_DAY } from './day.ts';
import { failureAhead, failureHazard, failuresOfNewcomers, growthAt } from './hazard.ts';
import type { IncidentDefinition, IncidentKind, IncidentScale } from './incidentKinds.ts';
import { INCIDENT_KINDS, INCIDENTS, VISIBLE_GROWTH } from './incidentKinds.ts';
import type { Pressure } from './pressure.ts';
import type { RandomStream } from './random.ts';
import type { ServerTraits } from './traits.ts';

/** The pace of an incident wavers around its mean by this much, in the logarithm. */
const PACE_NOISE = 0.35;
/** Mean of the log-normal pace. */
const MEAN_PACE = Math.exp(PACE_NOISE ** 2 / 2);

/** An entry of the truth: what happened to a server and when. */
export interface IncidentRecord {
  readonly kind: IncidentKind;
  /** Step at which it began, hidden from everyone. */
  readonly onsetStep: number;
  /** Step of the first visible symptom; the failure's own step where there was none. */
  readonly firstSymptomStep: number;
  /** Step of the failure, or of the end for what did not fail. */
  readonly endStep: number;
  readonly failed: boolean;
  readonly hasPrecursor: boolean;
}

export type IncidentOutcome = 'goes_on' | 'failed' | 'rescued' | 'over';

/** An incident that is given rather than drawn, for scenarios. */
export interface ScriptedIncident {
  readonly kind: IncidentKind;
  readonly startStep: number;
  readonly durationSteps: number;
  readonly limit: number;
  readonly strength: number;
  readonly curvature: number;
  /** Step at which it is ended by hand; Infinity = never. */
  readonly rescueStep: number;
}

export class Incident {
  readonly kind: IncidentKind;
  readonly #definition: IncidentDefinition;
  readonly #random: RandomStream;
  readonly #scale: IncidentScale;
  readonly #durationSteps: number;
  readonly #rescueHazard: number;
  readonly #script: ScriptedIncident | undefined;
  readonly #onsetStep: number;
  #progress = 0;
  #firstSymptomStep = -1;

  constructor(
    kind: IncidentKind,
    onsetStep: number,
    traits: ServerTraits,
    random: RandomStream,
    script: ScriptedIncident | undefined = undefined,
  ) {
    this.kind = kind;
    this.#onsetStep = onsetStep;
    this.#definition = INCIDENTS[kind];
    this.#random = random;
    this.#script = script;
    this.#durationSteps = script?.durationSteps ?? random.logUniform(this.#definition.durationSteps);
    this.#scale = script ?? {
      strength: random.uniform([0.4, 1.6]),
      limit: random.logUniform(this.#definition.limit),
      curvature: random.logUniform(this.#definition.curvature),
    };
    this.#rescueHazard = this.#definition.rescueFactor / traits.rescueMeanSteps;
  }

  get #growth(): number {
    return growthAt(this.#progress, this.#scale.curvature);
  }

  /** How far its symptoms have grown, 0 to 1. */
  get growth(): number {
    return this.#growth;
  }

  get remedy(): IncidentDefinition['remedy'] {
    return this.#definition.remedy;
  }

  /** Probability that the next step is the failure: the hidden hazard, known to nobody who only sees metrics. */
  get hazard(): number {
    return failureHazard(this.#definition.canFail, this.#progress, this.#scale.curvature);
  }

  /** Probability of its failure 30 minutes to 8 hours from now, as only the simulator can know it. */
  failureAhead(scratch: Float64Array): number {
    return failureAhead(
      {
        canFail: this.#definition.canFail,
        progress: this.#progress,
        curvature: this.#scale.curvature,
        durationSteps: this.#durationSteps,
        rescueHazard: this.#rescueHazard,
        meanPace: MEAN_PACE,
      },
      scratch,
    );
  }

  /** Moves on by one step and adds the symptoms. */
  step(step: number, pressure: Pressure): IncidentOutcome {
    const random = this.#random;
    const outcome = this.#outcome(step);
    if (outcome !== 'goes_on') return outcome;
    const pace = this.#script === undefined ? random.logNormal(1, PACE_NOISE) : 1;
    this.#progress += pace / this.#durationSteps;
    if (this.#firstSymptomStep < 0 && this.#growth > VISIBLE_GROWTH) this.#firstSymptomStep = step;
    this.#definition.apply(this.#growth, this.#scale, pressure);
    return 'goes_on';
  }

  #outcome(step: number): IncidentOutcome {
    if (this.#script !== undefined) return this.#scriptedOutcome(step, this.#script);
    if (this.#random.chance(this.hazard)) return 'failed';
    if (this.#progress >= 1) return 'over';
    const visible = this.#firstSymptomStep >= 0;
    return visible && this.#random.chance(this.#rescueHazard) ? 'rescued' : 'goes_on';
  }

  #scriptedOutcome(step: number, script: ScriptedIncident): IncidentOutcome {
    if (step >= script.rescueStep) return 'rescued';
    return this.#progress >= 1 && !this.#definition.canFail ? 'over' : 'goes_on';
  }

  /** The truth about an incident that ended at a step. */
  record(endStep: number, failed: boolean): IncidentRecord {
    const hasPrecursor = this.#firstSymptomStep >= 0 && this.#firstSymptomStep < endStep;
    return {
      kind: this.kind,
      onsetStep: this.#onsetStep,
      firstSymptomStep: hasPrecursor ? this.#firstSymptomStep : endStep,
      endStep,
      failed,
      hasPrecursor,
    };
  }
}

/** Kinds whose leading symptom a server does not measure cannot be told from a crash, and do not start there. */
const LEADING_METRICS: Readonly<Partial<Record<IncidentKind, readonly number[]>>> = {
  memory_leak: [METRIC.memUsed],
  disk_fill: [METRIC.diskUsage],
  connection_leak: [METRIC.backCloseWait, METRIC.frontCloseWait],
  network_saturation: [METRIC.netIn, METRIC.netOut],
  swap_storm: [METRIC.swapUsed, METRIC.memUsed],
  cascade: [METRIC.backCloseWait],
};

function canShow(kind: IncidentKind, traits: ServerTraits): boolean {
  const metrics = LEADING_METRICS[kind];
  if (metrics === undefined) return true;
  const hidden = (metric: number) =>
    traits.unmeasured.includes(metric) || (metric === METRIC.swapUsed && !traits.hasSwap);
  return !metrics.some(hidden);
}

interface OnsetRate {
  readonly kind: IncidentKind;
  readonly perStep: number;
  /** Failures 30 minutes to 8 hours ahead that a rate of one onset a step leads to. */
  readonly failuresAhead: number;
}

/** Draws which incident starts when: the hidden hazard of onset, which follows fragility and latent load. */
export class OnsetHazard {
  readonly #random: RandomStream;
  readonly #rates: readonly OnsetRate[];

  /** @param without kinds that do not happen here */
  constructor(traits: ServerTraits, random: RandomStream, without: readonly IncidentKind[]) {
    this.#random = random;
    const kinds = INCIDENT_KINDS.filter((kind) => canShow(kind, traits) && !without.includes(kind));
    this.#rates = kinds.map((kind) => {
      const { onsetsPerDay, canFail } = INCIDENTS[kind];
      const weight = (traits.incidentWeights[kind] ?? 1) * (canFail ? traits.fragility : 1);
      const rescueHazard = INCIDENTS[kind].rescueFactor / traits.rescueMeanSteps;
      return {
        kind,
        perStep: (onsetsPerDay * weight) / STEPS_PER_DAY,
        failuresAhead: failuresOfNewcomers(INCIDENTS[kind], rescueHazard, MEAN_PACE),
      };
    });
  }

  /**
   * Probability that an incident which has not begun fails 30 minutes to 8 hours from now, at the present load.
   * Cascades are left out: they come from the group.
   */
  failureAhead(busy: number): number {
    const loadFactor = loadFactorOf(busy);
    const expected = this.#rates.reduce(
      (sum, { kind, perStep, failuresAhead }) =>
        sum + perStep * failuresAhead * (INCIDENTS[kind].followsLoad ? loadFactor : 1),
      0,
    );
    return 1 - Math.exp(-expected);
  }

  /**
   * The incident that starts in this step, if any.
   * @param busy latent demand as a share of all cores
   */
  draw(busy: number): IncidentKind | undefined {
    const loadFactor = loadFactorOf(busy);
    let rest = this.#random.unit();
    for (const { kind, perStep } of this.#rates) {
      rest -= INCIDENTS[kind].followsLoad ? perStep * loadFactor : perStep;
      if (rest < 0) return kind;
    }
    return undefined;
  }
}

/** Factor on the onset rate of incidents that follow load; 1 where a third of all cores is asked for. */
function loadFactorOf(busy: number): number {
  return Math.min(3, 0.5 + 1.5 * busy);
}
