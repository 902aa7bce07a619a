/** CPU of the processes of a kind on a server: each reports at times of its own, so the newest values are added. */

/** A process not heard of for this long has ended: three times the SDKs' usual interval. */
const FRESH_MS = 180_000;
/** Points of one server closer together than this are one measurement. */
const SAME_MOMENT_MS = 5_000;
/** Series kept per server; processes beyond it are left out of the sum. */
const MAX_PER_SERVER = 1024;
const MAX_PERCENT = 100;

interface Reading {
  readonly timeMs: number;
  /** Percent of one CPU where `perCpuCount`, else of the whole server. */
  readonly value: number;
  readonly rank: number;
  readonly perCpuCount: boolean;
}

interface Processes {
  readonly readings: Map<number, Reading>;
  /** Newest time not yet delivered; 0 where there is none. */
  dirtyMs: number;
}

/** Receives the percentage of a server's CPUs that all its processes of the kind use. */
export type DeliverShare = (server: number, timeMs: number, percent: number, rank: number) => void;

export class ProcessCpu {
  readonly #byServer = new Map<number, Processes>();
  readonly #dirty = new Set<number>();
  readonly #cpuCount: number[] = [];
  readonly #deliver: DeliverShare;

  constructor(deliver: DeliverShare) {
    this.#deliver = deliver;
  }

  /** Tells how many CPUs a server has; without it CPU seconds are no share. */
  setCpuCount(server: number, count: number): void {
    if (count > 0) this.#cpuCount[server] = count;
  }

  add(server: number, series: number, reading: Reading): void {
    const processes = this.#of(server);
    if (reading.timeMs - processes.dirtyMs > SAME_MOMENT_MS) this.#settle(server, processes);
    const known = processes.readings.get(series);
    if (known === undefined && processes.readings.size >= MAX_PER_SERVER) return;
    if (known !== undefined && known.timeMs > reading.timeMs) return;
    processes.readings.set(series, reading);
    processes.dirtyMs = Math.max(processes.dirtyMs, reading.timeMs);
    this.#dirty.add(server);
  }

  endRequest(): void {
    for (const server of this.#dirty) this.#settle(server, this.#of(server));
    this.#dirty.clear();
  }

  forget(server: number): void {
    this.#byServer.delete(server);
    this.#dirty.delete(server);
    delete this.#cpuCount[server];
  }

  #of(server: number): Processes {
    let processes = this.#byServer.get(server);
    if (processes === undefined) {
      processes = { readings: new Map(), dirtyMs: 0 };
      this.#byServer.set(server, processes);
    }
    return processes;
  }

  #settle(server: number, processes: Processes): void {
    const timeMs = processes.dirtyMs;
    if (timeMs === 0) return;
    processes.dirtyMs = 0;
    const cpuCount = this.#cpuCount[server];
    let rank = Number.POSITIVE_INFINITY;
    let percent = 0;
    for (const [series, reading] of processes.readings) {
      if (reading.timeMs < timeMs - FRESH_MS) {
        processes.readings.delete(series);
        continue;
      }
      if (reading.rank > rank || (reading.perCpuCount && cpuCount === undefined)) continue;
      // The better of two sources of the same processes counts alone.
      if (reading.rank < rank) percent = 0;
      rank = reading.rank;
      percent += reading.perCpuCount ? reading.value / cpuCount : reading.value;
    }
    if (rank !== Number.POSITIVE_INFINITY) {
      this.#deliver(server, timeMs, Math.min(percent, MAX_PERCENT), rank);
    }
  }
}
