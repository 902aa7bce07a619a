/** The cumulative sums of one machine since its boot, as a kernel keeps them. */

import { METRIC } from '../../catalog/metrics.ts';

const BYTES_PER_MB = 1e6;
const SECONDS_PER_DAY = 86_400;
/** Kernel time is not all "system": what interrupts take is told apart. */
const SOFTIRQ_SHARE = 0.1;
const INTERRUPT_SHARE = 0.03;
const JAVA_SYSTEM_SHARE = 0.08;
/** Loopback carries about as much as half of what leaves the machine. */
const LOOPBACK_SHARE = 0.5;

export class HostCounters {
  /** Seconds of all cores by state, in the Collector's vocabulary. */
  readonly cpu = { user: 0, system: 0, idle: 0, interrupt: 0, nice: 0, softirq: 0, steal: 0, wait: 0 };
  readonly java = { user: 0, system: 0 };
  /** Bytes. */
  readonly network = { received: 0, transmitted: 0, loopback: 0 };
  bootMs: number;
  readonly #cores: number;
  #uptimeDays = 0;

  /** @param row the machine's metrics now; what it counted since its boot is made up from them */
  constructor(cores: number, row: Float64Array, nowMs: number) {
    this.#cores = cores;
    this.bootMs = nowMs;
    this.#boot(row, nowMs);
    this.advance(row, this.#uptimeDays * SECONDS_PER_DAY);
  }

  #boot(row: Float64Array, nowMs: number): void {
    this.#uptimeDays = row[METRIC.uptimeDays];
    this.bootMs = nowMs - Math.round(this.#uptimeDays * SECONDS_PER_DAY) * 1000;
    for (const sums of [this.cpu, this.java, this.network]) {
      for (const key of Object.keys(sums)) (sums as Record<string, number>)[key] = 0;
    }
  }

  /** Starts over where the machine was rebooted since the last call. */
  noticeReboot(row: Float64Array, nowMs: number): void {
    if (row[METRIC.uptimeDays] < this.#uptimeDays) this.#boot(row, nowMs);
    this.#uptimeDays = row[METRIC.uptimeDays];
  }

  /** Adds what a machine with these metrics does in some seconds. */
  advance(row: Float64Array, seconds: number): void {
    const coreSeconds = (seconds * this.#cores) / 100;
    const { cpu, java, network } = this;
    const system = row[METRIC.cpuSys] * coreSeconds;
    cpu.user += row[METRIC.cpuUser] * coreSeconds;
    cpu.idle += row[METRIC.cpuIdle] * coreSeconds;
    cpu.wait += row[METRIC.cpuIowait] * coreSeconds;
    cpu.softirq += system * SOFTIRQ_SHARE;
    cpu.interrupt += system * INTERRUPT_SHARE;
    cpu.system += system * (1 - SOFTIRQ_SHARE - INTERRUPT_SHARE);
    const javaSeconds = row[METRIC.javaCpu] * coreSeconds;
    java.user += javaSeconds * (1 - JAVA_SYSTEM_SHARE);
    java.system += javaSeconds * JAVA_SYSTEM_SHARE;
    network.received += row[METRIC.netIn] * BYTES_PER_MB * seconds;
    network.transmitted += row[METRIC.netOut] * BYTES_PER_MB * seconds;
    network.loopback += row[METRIC.netOut] * BYTES_PER_MB * seconds * LOOPBACK_SHARE;
  }
}
