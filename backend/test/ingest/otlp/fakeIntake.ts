import { METRICS } from '../../../src/catalog/metrics.ts';
import {
  ADMISSION_REFUSED,
  type FleetIntake,
  type RecordOutcome,
  type ServerIdentity,
} from '../../../src/fleet/types.ts';

export interface Measurement {
  readonly server: string;
  readonly metric: string;
  readonly timeMs: number;
  readonly value: number;
}

/** Stands in for the fleet: keeps what it is given. */
export class FakeIntake implements FleetIntake {
  readonly measurements: Measurement[] = [];
  readonly identities = new Map<string, ServerIdentity>();
  readonly names: string[] = [];
  readonly #slots = new Map<string, number>();
  readonly #maxServers: number;
  commits = 0;

  constructor(maxServers = Number.POSITIVE_INFINITY) {
    this.#maxServers = maxServers;
  }

  admit(name: string, identity: ServerIdentity): number {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    if (this.names.length >= this.#maxServers) return ADMISSION_REFUSED;
    this.#slots.set(name, this.names.length);
    this.identities.set(name, identity);
    return this.names.push(name) - 1;
  }

  record(server: number, metric: number, timeMs: number, value: number): RecordOutcome {
    const { min, max, name } = METRICS[metric];
    if (!(value >= min && value <= max) || !Number.isFinite(value)) return 'out_of_range';
    this.measurements.push({ server: this.names[server], metric: name, timeMs, value });
    return 'accepted';
  }

  amend(server: number, metric: number, timeMs: number, recorded: number, value: number): void {
    const name = METRICS[metric].name;
    const at = this.measurements.findIndex(
      (one) =>
        one.server === this.names[server] &&
        one.metric === name &&
        one.timeMs === timeMs &&
        one.value === recorded,
    );
    if (at < 0) throw new Error(`There is no ${name} of ${recorded} to be amended.`);
    this.measurements[at] = { ...this.measurements[at], value };
  }

  commit(): void {
    this.commits++;
  }

  /** Values of a metric of a server, in the order they came. */
  values(server: string, metric: string): readonly number[] {
    return this.measurements
      .filter((measurement) => measurement.server === server && measurement.metric === metric)
      .map((measurement) => measurement.value);
  }

  /** Newest value of every metric of a server. */
  latest(server: string): Readonly<Record<string, number>> {
    const values: Record<string, number> = {};
    for (const measurement of this.measurements) {
      if (measurement.server === server) values[measurement.metric] = measurement.value;
    }
    return values;
  }
}
