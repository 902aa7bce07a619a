/** A data set seen as the fleet it was measured on, at one moment. */
import { stepStartMs, WINDOW_STEPS } from '../../catalog/time.ts';
import type { FleetView, Server } from '../../fleet/types.ts';
import { copyWindow, type Dataset, lastStepOf, measuredRows, type ServerSeries } from '../datasets/series.ts';

/** A server is shown from half a day of measurements on. */
const WARM_STEPS = WINDOW_STEPS / 2;

export class DatasetFleet implements FleetView {
  /** The moment: nothing after it is seen. */
  closedStep: number;
  readonly #series: readonly ServerSeries[];
  readonly #servers: readonly Server[];
  readonly #byName: ReadonlyMap<string, Server>;

  constructor({ servers, lastStep }: Dataset) {
    this.closedStep = lastStep;
    this.#series = servers;
    this.#servers = servers.map(({ name, profile, timeZone, country, firstStep }, index) => ({
      index,
      name,
      profile,
      timeZone,
      country,
      attributes: new Map(),
      firstSeenMs: stepStartMs(firstStep),
      lastSeenMs: stepStartMs(lastStep),
    }));
    this.#byName = new Map(this.#servers.map((server) => [server.name, server]));
  }

  get serverCount(): number {
    return this.#servers.length;
  }

  servers(): Iterable<Server> {
    return this.#servers;
  }

  byName(name: string): Server | undefined {
    return this.#byName.get(name);
  }

  byIndex(index: number): Server | undefined {
    return this.#servers[index];
  }

  copyWindow(server: number, lastStep: number, out: Float32Array, offset: number): void {
    copyWindow(this.#series[server], lastStep, out, offset);
  }

  measuredSteps(server: number, lastStep: number): number {
    const series = this.#series[server];
    const end = lastStep + 1 - series.firstStep;
    return measuredRows(series, end - WINDOW_STEPS, end);
  }

  isWarm(server: number, lastStep: number): boolean {
    return this.measuredSteps(server, lastStep) >= WARM_STEPS;
  }

  isStale(server: number): boolean {
    return lastStepOf(this.#series[server]) < this.closedStep;
  }

  onStepClosed(): () => void {
    return () => undefined;
  }

  onServerLeft(): () => void {
    return () => undefined;
  }
}
