/** One incident from its hidden onset to the failure, or to the moment someone ends it. */

import { METRIC } from '../catalog/metrics.ts';
import { STEPS_PER_DAY } from './day.ts';
import type { IncidentDefinition, IncidentKind, IncidentScale } from './incidentKinds.ts';
import { INCIDENT_KINDS, INCIDENTS, VISIBLE_GROWTH } from './incidentKinds.ts';
import type { Pressure } from './pressure.ts';
import type { RandomStream } from './random.ts';
import type { ServerTraits } from './traits.ts';

/** The pace of an incident wavers around its mean by this much, in the logarithm. */
const PACE_NOISE = 0.35;
/** Close to the limit a server may give up before it: hazard per step at full growth. */
const EARLY_FAILURE_HAZARD = 0.05;

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
    return Math.min(1, this.#progress) ** this.#scale.curvature;
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
    if (!this.#definition.canFail) return 0;
    return this.#progress >= 1 ? 1 : EARLY_FAILURE_HAZARD * this.#growth ** 8;
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

/** Draws which incident starts when: the hidden hazard of onset, which follows fragility and latent load. */
export class OnsetHazard {
  readonly #random: RandomStream;
  readonly #rates: readonly { readonly kind: IncidentKind; readonly perStep: number }[];

  /** @param without kinds that do not happen here */
  constructor(traits: ServerTraits, random: RandomStream, without: readonly IncidentKind[]) {
    this.#random = random;
    const kinds = INCIDENT_KINDS.filter((kind) => canShow(kind, traits) && !without.includes(kind));
    this.#rates = kinds.map((kind) => {
      const { onsetsPerDay, canFail } = INCIDENTS[kind];
      const weight = (traits.incidentWeights[kind] ?? 1) * (canFail ? traits.fragility : 1);
      return { kind, perStep: (onsetsPerDay * weight) / STEPS_PER_DAY };
    });
  }

  /**
   * The incident that starts in this step, if any.
   * @param busy latent demand as a share of all cores
   */
  draw(busy: number): IncidentKind | undefined {
    const loadFactor = Math.min(3, 0.5 + 1.5 * busy);
    let rest = this.#random.unit();
    for (const { kind, perStep } of this.#rates) {
      rest -= INCIDENTS[kind].followsLoad ? perStep * loadFactor : perStep;
      if (rest < 0) return kind;
    }
    return undefined;
  }
}
