import type { Cascade, CascadeView } from '../cascade/types.ts';
import type { Thresholds } from '../catalog/targets.ts';
import type { FleetView, Server } from '../fleet/types.ts';
import type { ForecastChunk } from '../forecast/types.ts';
import type { Departure } from './alertMessage.ts';
import type { AlertEventListener, Alerts } from './alerts.ts';
import { type Assessor, severityBlock } from './assessor.ts';
import { type Calibration, UNCALIBRATED } from './calibration.ts';
import type { RiskMetrics } from './metrics.ts';
import type { Alert, AlertEvent, RiskAssessment, RiskView } from './types.ts';

/** An assessment older than this many steps is no longer shown. */
const MAX_AGE_STEPS = 6;
/** Cycles a server with an open alert may be missing from the fleet, as after a restart, before it counts as gone. */
const MAX_ABSENT_CYCLES = 3;

export interface RiskEngineDependencies {
  readonly fleet: FleetView;
  readonly assessor: Assessor;
  readonly alerts: Alerts;
  readonly cascades: Pick<CascadeView, 'active'>;
  readonly metrics: RiskMetrics;
}

/** Assesses forecasts as they come, shows a cycle's results once it is complete, and lets alerts follow. */
export class RiskEngine implements RiskView {
  readonly #fleet: FleetView;
  readonly #assessor: Assessor;
  readonly #alerts: Alerts;
  readonly #cascades: Pick<CascadeView, 'active'>;
  readonly #metrics: RiskMetrics;
  readonly #shown = new Map<string, RiskAssessment>();
  readonly #slotsLeft = new Set<number>();
  readonly #absentCycles = new Map<string, number>();
  readonly #unsubscribe: () => void;
  #fresh = new Map<string, RiskAssessment>();

  constructor(dependencies: RiskEngineDependencies) {
    this.#fleet = dependencies.fleet;
    this.#assessor = dependencies.assessor;
    this.#alerts = dependencies.alerts;
    this.#cascades = dependencies.cascades;
    this.#metrics = dependencies.metrics;
    this.#metrics.calibrated.set(this.calibrated ? 1 : 0);
    this.#unsubscribe = this.#fleet.onServerLeft((server) => this.#onServerLeft(server));
  }

  /** False while failure probabilities come from the default table. */
  get calibrated(): boolean {
    return this.#assessor.calibration.calibrated;
  }

  /** Takes the table of a newly loaded model; null: it brought none. */
  setCalibration(calibration: Calibration | null): void {
    this.#assessor.calibration = calibration ?? UNCALIBRATED;
    this.#metrics.calibrated.set(this.calibrated ? 1 : 0);
  }

  /** Assesses the servers of a chunk. Synchronous: the chunk may be reused when it returns. */
  assess(chunk: ForecastChunk): void {
    const severitiesOf = severityBlock(chunk.count);
    for (let position = 0; position < chunk.count; position += 1) {
      const slot = chunk.servers[position];
      const server = this.#fleet.byIndex(slot);
      // A slot given up during the cycle may belong to another server by now.
      if (server === undefined || this.#slotsLeft.has(slot)) continue;
      // A catch-up cycle for newcomers starts from older steps than others have been assessed at.
      if ((this.#shown.get(server.name)?.originStep ?? 0) > chunk.originStep) continue;
      const assessment = this.#assessor.assess(server, chunk, position, severitiesOf(position));
      this.#fresh.set(server.name, assessment);
    }
  }

  /**
   * Shows the assessments of a finished cycle and lets alerts follow them.
   * @returns a promise that resolves once the cycle's alert events are on disk and announced; it never rejects
   */
  async endCycle(originStep: number): Promise<void> {
    const fresh = this.#fresh;
    this.#fresh = new Map();
    this.#slotsLeft.clear();
    for (const [name, assessment] of fresh) {
      this.#shown.set(name, assessment);
      this.#absentCycles.delete(name);
    }
    const departed = this.#removeDeparted(originStep);
    for (const name of departed.keys()) fresh.delete(name);
    const followed = this.#alerts.update(fresh.values(), this.#cascades.active(), (name) =>
      this.#shown.get(name),
    );
    await Promise.all([this.#alerts.depart(departed), followed]);
  }

  /**
   * Thresholds in use for a server; null where the target has none.
   * @param target position in TARGETS
   */
  thresholdsOf(server: Server, target: number): Thresholds | null {
    return this.#assessor.thresholdsOf(server, target);
  }

  /** Assesses forecasts that are never served, by the same rules and tables. */
  get assessor(): Assessor {
    return this.#assessor;
  }

  assessmentOf(server: string): RiskAssessment | undefined {
    return this.#shown.get(server);
  }

  assessments(): Iterable<RiskAssessment> {
    return this.#shown.values();
  }

  activeAlerts(): readonly Alert[] {
    return this.#alerts.active();
  }

  /** Cascades whose alerts are open, as they were last seen: what to go on with after a restart. */
  openCascades(): readonly Cascade[] {
    return this.#alerts.active().flatMap(({ group }) => group ?? []);
  }

  /** Newest alert events, oldest first, those from before a restart included. */
  recentAlertEvents(): readonly AlertEvent[] {
    return this.#alerts.recent();
  }

  /** @returns a function that ends the subscription */
  onAlertEvent(listener: AlertEventListener): () => void {
    return this.#alerts.onEvent(listener);
  }

  /** Ends the subscription to the fleet and waits for events on their way to disk. */
  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#alerts.settled();
  }

  #onServerLeft(server: Server): void {
    this.#slotsLeft.add(server.index);
    this.#fresh.delete(server.name);
    this.#shown.delete(server.name);
    void this.#alerts.depart(new Map([[server.name, 'left']]));
  }

  #departureOf(name: string): Departure | undefined {
    const server = this.#fleet.byName(name);
    if (server === undefined) return 'left';
    return this.#fleet.isStale(server.index) ? 'stale' : undefined;
  }

  /** Takes servers that went away, and assessments that are too old, out of what is shown. */
  #removeDeparted(originStep: number): ReadonlyMap<string, Departure> {
    const departed = new Map<string, Departure>();
    for (const [name, assessment] of this.#shown) {
      const departure = this.#departureOf(name);
      if (departure !== undefined) departed.set(name, departure);
      const isOld = originStep - assessment.originStep > MAX_AGE_STEPS;
      if (departure !== undefined || isOld) this.#shown.delete(name);
    }
    for (const name of this.#alerts.serversWithAlert()) {
      if (this.#shown.has(name) || departed.has(name)) continue;
      const departure = this.#departureOf(name);
      if (departure === 'stale' || (departure === 'left' && this.#isGone(name)))
        departed.set(name, departure);
    }
    return departed;
  }

  /** True once a server with an open alert has been missing for several cycles. */
  #isGone(name: string): boolean {
    const cycles = (this.#absentCycles.get(name) ?? 0) + 1;
    this.#absentCycles.set(name, cycles);
    if (cycles < MAX_ABSENT_CYCLES) return false;
    this.#absentCycles.delete(name);
    return true;
  }
}
