/** One simulated server: load, resources, incidents, outages and gaps, step after step. */

import type { HolidayCalendar } from '../catalog/calendar.ts';
import { METRIC, METRIC_COUNT } from '../catalog/metrics.ts';
import type { ProfileName } from '../catalog/profiles.ts';
import { STEPS_PER_DAY } from './day.ts';
import { courseScratch } from './hazard.ts';
import type { IncidentKind } from './incidentKinds.ts';
import type { IncidentRecord, ScriptedIncident } from './incidents.ts';
import { Incident, OnsetHazard } from './incidents.ts';
import type { Batching } from './load.ts';
import { LoadModel } from './load.ts';
import type { Pressure } from './pressure.ts';
import { clearPressure, noPressure } from './pressure.ts';
import { RandomStream } from './random.ts';
import { ResourceModel } from './resources.ts';
import type { ServerTraits } from './traits.ts';
import { drawTraits } from './traits.ts';

/** What a person would have called the server's state; for eyes only, never an input. */
export const STATUSES = [
  'healthy',
  'critical_issue',
  'heavy_load',
  'idle',
  'maintenance',
  'morning_spike',
  'offline',
  'recovery',
] as const;
export type Status = (typeof STATUSES)[number];

export interface ServerSettings {
  readonly seed: number;
  readonly number: number;
  readonly name: string;
  readonly profile: ProfileName;
  readonly firstStep: number;
  /** Steps at which a shared dependency draws the server into trouble. */
  readonly cascadeOnsets: ReadonlySet<number>;
  /** Step from which the world is different: other level, other habits; Infinity = never. */
  readonly regimeChangeStep: number;
  /** A software release after which the server works in turns. */
  readonly batching?: Batching;
  /** Kinds of incident that do not happen: a model can then be tested on kinds it never saw. */
  readonly withoutKinds?: readonly IncidentKind[];
  /** Days on which people do what they do on weekends; none where it is left out. */
  readonly holidays?: HolidayCalendar;
  /** Given incidents instead of drawn ones. */
  readonly script?: readonly ScriptedIncident[];
  /** Changes the drawn traits, for scenarios. */
  readonly adjustTraits?: (traits: ServerTraits) => ServerTraits;
}

/** One step as it was measured. */
export interface SimulatedStep {
  /** False where nothing at all was measured. */
  readonly measured: boolean;
  readonly status: Status;
}

const RECOVERY_STEPS = 9;
const MORNING_STEPS: readonly [number, number] = [84, 120];

export class SimulatedServer {
  readonly name: string;
  readonly profile: ProfileName;
  readonly traits: ServerTraits;
  /** The newest step's metrics in catalog order; NaN = not measured. */
  readonly row = new Float64Array(METRIC_COUNT);
  readonly #settings: ServerSettings;
  readonly #random: RandomStream;
  readonly #gaps: RandomStream;
  readonly #pressure: Pressure = noPressure();
  readonly #load: LoadModel;
  readonly #resources: ResourceModel;
  readonly #onset: OnsetHazard;
  readonly #records: IncidentRecord[] = [];
  readonly #courseScratch = courseScratch();
  #incident: Incident | undefined;
  #outageSteps = 0;
  #silentOutage = true;
  #maintenance = false;
  #recoverySteps = 0;
  #gapSteps = 0;
  #nextReboot: number;
  #busy = 0;

  constructor(settings: ServerSettings) {
    const { seed, number, profile, name } = settings;
    const stream = (purpose: string) => new RandomStream(seed, `${purpose} ${number}`);
    const traits = drawTraits(profile, stream('traits'));
    this.name = name;
    this.profile = profile;
    this.traits = settings.adjustTraits?.(traits) ?? traits;
    this.#settings = settings;
    this.#random = stream('life');
    this.#gaps = stream('gaps');
    this.#load = new LoadModel(this.traits, stream('load'), settings.firstStep, settings);
    this.#resources = new ResourceModel(this.traits, stream('resources'));
    this.#onset = new OnsetHazard(this.traits, stream('onset'), settings.withoutKinds ?? []);
    this.#nextReboot = this.#drawReboot();
  }

  /** Incidents that have ended so far, oldest first. */
  get records(): readonly IncidentRecord[] {
    return this.#records;
  }

  /**
   * Probability of a failure 30 minutes to 8 hours after the newest step, to someone who knows the hidden state. While
   * the server is down nothing can fail before it is back; the chance of what comes then is that of a quiet server.
   */
  get failureAhead(): number {
    const quiet = this.#onset.failureAhead(this.#busy);
    if (this.#incident === undefined) return quiet;
    return 1 - (1 - this.#incident.failureAhead(this.#courseScratch)) * (1 - quiet);
  }

  /** Simulates one step into `row`. Steps must come one after the other, from the first. */
  step(step: number): SimulatedStep {
    const pressure = this.#pressure;
    clearPressure(pressure);
    if (step === this.#settings.regimeChangeStep) this.#load.changeRegime();
    const relativeLoad = this.#load.step(step, pressure);
    this.#busy = pressure.cpu;
    if (this.#outageSteps > 0) return this.#outage(step);
    this.#live(step);
    if (this.#outageSteps > 0) return this.#outage(step);
    if (this.#recoverySteps > 0) this.#recover();
    this.#resources.step(pressure, relativeLoad, step % STEPS_PER_DAY, this.row);
    for (const metric of this.traits.unmeasured) this.row[metric] = Number.NaN;
    const status = this.#status(step);
    return { measured: !this.#inGap(), status };
  }

  #live(step: number): void {
    this.#startIncident(step);
    const incident = this.#incident;
    if (incident !== undefined) this.#advance(incident, step);
    if (this.#incident !== undefined || this.#settings.script !== undefined) return;
    if (--this.#nextReboot > 0) return;
    this.#maintenance = true;
    this.#silentOutage = this.#random.chance(0.5);
    this.#outageSteps = this.#random.integer([1, 4]);
    this.#nextReboot = this.#drawReboot();
  }

  #drawReboot(): number {
    return Math.ceil(this.#random.exponential(this.traits.rebootEveryDays) * STEPS_PER_DAY);
  }

  #startIncident(step: number): void {
    const { script, cascadeOnsets } = this.#settings;
    if (script !== undefined) {
      const next = script.find(({ startStep }) => startStep === step);
      if (next !== undefined) this.#incident = new Incident(next.kind, step, this.traits, this.#random, next);
      return;
    }
    const drawn = this.#onset.draw(this.#busy);
    const kind = cascadeOnsets.has(step) ? 'cascade' : drawn;
    if (kind === undefined || this.#incident !== undefined) return;
    this.#incident = new Incident(kind, step, this.traits, this.#random);
  }

  #advance(incident: Incident, step: number): void {
    const crashes = incident.kind === 'crash';
    const outcome = crashes ? 'failed' : incident.step(step, this.#pressure);
    if (outcome === 'goes_on') return;
    this.#records.push(incident.record(step, outcome === 'failed'));
    this.#incident = undefined;
    if (outcome === 'failed') this.#fail(incident);
    else this.#relieve(incident);
  }

  #fail(incident: Incident): void {
    this.#maintenance = false;
    this.#silentOutage = incident.kind === 'crash' || this.#random.chance(0.7);
    this.#outageSteps = Math.min(72, Math.ceil(this.#random.logNormal(5, 0.9)));
    if (incident.kind === 'disk_fill') this.#cleanDisk();
  }

  #relieve(incident: Incident): void {
    switch (incident.remedy) {
      case 'restart_service':
        this.#resources.restartService();
        if (incident.kind === 'deploy' && this.#random.chance(0.3)) {
          this.#load.shiftLevel(this.#random.logNormal(1, 0.2));
        }
        break;
      case 'reboot':
        this.#resources.restart();
        break;
      case 'clean_disk':
        this.#cleanDisk();
        break;
      case 'none':
        break;
    }
  }

  #cleanDisk(): void {
    this.#resources.cleanDisk(this.traits.diskBase + this.#random.uniform([0, 15]));
  }

  /** Down: nothing is measured, or an agent reports a machine that does nothing. */
  #outage(step: number): SimulatedStep {
    this.#outageSteps--;
    const status = this.#maintenance ? 'maintenance' : 'offline';
    if (this.#outageSteps === 0) {
      this.#resources.restart();
      this.#recoverySteps = this.#maintenance ? 2 : RECOVERY_STEPS;
    }
    if (this.#silentOutage) {
      this.row.fill(Number.NaN);
      return { measured: false, status };
    }
    clearPressure(this.#pressure);
    this.#pressure.trafficFactor = 0.01;
    this.#resources.step(this.#pressure, 0, step % STEPS_PER_DAY, this.row);
    for (const metric of this.traits.unmeasured) this.row[metric] = Number.NaN;
    return { measured: true, status };
  }

  /** Caches are cold and what waited comes in at once. */
  #recover(): void {
    const share = this.#recoverySteps / RECOVERY_STEPS;
    this.#recoverySteps--;
    this.#pressure.cpu += 0.25 * share;
    this.#pressure.iowait += 0.15 * share;
    this.#pressure.netIn += this.traits.netIn * share;
  }

  #inGap(): boolean {
    if (this.#gapSteps > 0) {
      this.#gapSteps--;
      return true;
    }
    if (this.#gaps.chance(this.traits.gapsPerDay / STEPS_PER_DAY)) {
      this.#gapSteps = Math.min(288, Math.ceil(2 * this.#gaps.pareto(1.1)));
    }
    return this.#gaps.chance(this.traits.dropProbability);
  }

  #status(step: number): Status {
    if (this.#recoverySteps > 0) return 'recovery';
    if (this.#incident !== undefined && this.#incident.hazard > 0 && this.#incident.growth > 0.7) {
      return 'critical_issue';
    }
    const used = 100 - this.row[METRIC.cpuIdle];
    if (used > 80) return 'heavy_load';
    if (used < 3) return 'idle';
    const stepOfDay = step % STEPS_PER_DAY;
    const morning = stepOfDay >= MORNING_STEPS[0] && stepOfDay < MORNING_STEPS[1];
    return morning && used > 40 ? 'morning_spike' : 'healthy';
  }
}
