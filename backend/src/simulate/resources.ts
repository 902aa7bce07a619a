/** From load and pressure to what a monitoring agent would measure. */

import { METRIC } from '../catalog/metrics.ts';
import { STEPS_PER_DAY } from './day.ts';
import type { Pressure } from './pressure.ts';
import type { RandomStream } from './random.ts';
import type { ServerTraits } from './traits.ts';

/** Below this share of busy cores work does not queue. */
const FREE_SHARE = 0.9;
/** Above this share of memory the kernel starts to swap. */
const SWAP_FROM_PCT = 90;

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const roundTo = (value: number, grid: number) => Math.round(value / grid) * grid;

/** Busy share of the cores: demand as it is while there is room, then ever closer to 1. */
function busyShare(demand: number): number {
  if (demand <= FREE_SHARE) return Math.max(0, demand);
  const room = 1 - FREE_SHARE;
  return FREE_SHARE + room * (1 - Math.exp(-(demand - FREE_SHARE) / room));
}

export class ResourceModel {
  readonly #traits: ServerTraits;
  readonly #random: RandomStream;
  #memoryLoad = 0;
  #memoryNoise = 0;
  #activity = 0;
  #sawtooth: number;
  #drift = 0;
  #warmth = 1;
  #disk: number;
  #swap: number;
  #back = 0;
  #front = 0;
  #netNoise = 0;
  #loadAverage = 0;
  #uptimeDays: number;
  #sysNoise = 0;

  constructor(traits: ServerTraits, random: RandomStream) {
    this.#traits = traits;
    this.#random = random;
    this.#sawtooth = random.unit();
    this.#disk = traits.diskBase + (traits.diskCeiling - traits.diskBase) * random.uniform([0, 0.7]);
    this.#swap = traits.swapBase;
    this.#uptimeDays = random.exponential(traits.rebootEveryDays);
  }

  get uptimeDays(): number {
    return this.#uptimeDays;
  }

  get diskPct(): number {
    return this.#disk;
  }

  /** The machine starts again: memory is cold, connections are gone, the clock of uptime starts over. */
  restart(): void {
    this.#uptimeDays = 0;
    this.#swap = 0;
    this.restartService();
  }

  /** Only the service starts again: memory and connections are released. */
  restartService(): void {
    this.#warmth = 0;
    this.#sawtooth = 0;
    this.#drift = 0;
    this.#back = 0;
    this.#front = 0;
  }

  /** Frees disk space down to a level, percent. */
  cleanDisk(toPct: number): void {
    this.#disk = Math.min(this.#disk, toPct);
  }

  /**
   * Writes the 14 metrics of one step.
   * @param relativeLoad ordinary load relative to its mean
   * @param stepOfDay UTC, for what is cleaned up once a day
   */
  step(pressure: Pressure, relativeLoad: number, stepOfDay: number, row: Float64Array): void {
    this.#uptimeDays += 1 / STEPS_PER_DAY;
    this.#warmth += (1 - this.#warmth) / this.#traits.memoryWarmUpSteps;
    const busy = this.#cpu(pressure, row);
    this.#memory(pressure, busy, row);
    this.#diskUsage(pressure, relativeLoad, stepOfDay, row);
    this.#network(pressure, relativeLoad, row);
    this.#connections(pressure, relativeLoad, row);
    row[METRIC.uptimeDays] = roundTo(this.#uptimeDays, 0.001);
  }

  #cpu(pressure: Pressure, row: Float64Array): number {
    const traits = this.#traits;
    const random = this.#random;
    const demand = pressure.cpu + traits.cpuOverhead * random.logNormal(1, 0.1);
    const busy = busyShare(demand + pressure.sys);
    this.#sysNoise = 0.9 * this.#sysNoise + 0.1 * random.normal();
    const sysShare = clamp(traits.sysShare * Math.exp(0.5 * this.#sysNoise), 0.01, 0.9);
    const extraSys = pressure.sys / Math.max(0.001, demand + pressure.sys);
    const sys = busy * (sysShare * (1 - extraSys) + extraSys);
    const waiting = (traits.ioShare * demand * 0.3 + pressure.iowait) * random.logNormal(1, 0.35);
    const iowait = Math.min(waiting, 1) * (1 - busy);
    const grid = traits.grid;
    const sysPct = clamp(roundTo(100 * sys, grid), 0, 100);
    const userPct = clamp(roundTo(100 * (busy - sys), grid), 0, 100 - sysPct);
    const iowaitPct = clamp(roundTo(100 * iowait, grid), 0, 100 - sysPct - userPct);
    row[METRIC.cpuSys] = sysPct;
    row[METRIC.cpuUser] = userPct;
    row[METRIC.cpuIowait] = iowaitPct;
    row[METRIC.cpuIdle] = clamp(100 - sysPct - userPct - iowaitPct, 0, 100);
    row[METRIC.javaCpu] = roundTo(100 * (busy - sys) * traits.javaShare * random.uniform([0.95, 1]), grid);
    const queue = Math.max(0, demand + pressure.sys - FREE_SHARE) * 1.5 + pressure.queue + waiting * 0.6;
    const load = traits.cores * (busy * random.logNormal(1, 0.12) + queue);
    this.#loadAverage = 0.15 * this.#loadAverage + 0.85 * load;
    row[METRIC.loadAverage] = roundTo(Math.max(0, this.#loadAverage + 0.01 * random.normal()), 0.01);
    return busy;
  }

  #memory(pressure: Pressure, busy: number, row: Float64Array): void {
    const traits = this.#traits;
    const random = this.#random;
    this.#memoryLoad += (busy - this.#memoryLoad) * 0.3;
    let level = traits.memoryBase + traits.memorySpan * this.#patternShare(busy);
    level *= traits.coldMemoryShare + (1 - traits.coldMemoryShare) * this.#warmth;
    const keep = traits.memoryNoiseMemory;
    this.#memoryNoise = keep * this.#memoryNoise + Math.sqrt(1 - keep * keep) * random.normal();
    level = clamp(level + pressure.memory + traits.memoryNoise * this.#memoryNoise, 0.5, 93);
    const used = level + (Math.max(level, pressure.memoryLimit) - level) * clamp(pressure.memoryPull, 0, 1);
    row[METRIC.memUsed] = clamp(roundTo(used, Math.max(0.01, traits.grid / 5)), 0, 100);
    this.#swapUsage(pressure, used, row);
  }

  #patternShare(busy: number): number {
    const traits = this.#traits;
    const random = this.#random;
    switch (traits.memoryPattern) {
      case 'follows_load':
        return this.#memoryLoad;
      case 'sawtooth': {
        this.#sawtooth += (0.4 + 1.2 * busy + 0.1 * random.unit()) / traits.memoryPeriodSteps;
        if (this.#sawtooth >= 1) this.#sawtooth = random.uniform([0, 0.15]);
        return this.#sawtooth;
      }
      case 'drift':
        this.#drift = clamp(this.#drift + (0.3 + random.normal()) * 0.003, 0, 1);
        return this.#drift;
      case 'active': {
        // Pages touched in bursts and forgotten again: what a hypervisor calls active memory.
        this.#activity *= 1 - 1 / Math.min(60, traits.memoryPeriodSteps);
        const touched = random.chance(Math.min(0.5, 8 / traits.memoryPeriodSteps));
        if (touched) this.#activity = Math.min(1, this.#activity + 0.15 * random.pareto(1.3));
        return 0.5 * this.#activity + 0.5 * busy;
      }
      case 'constant':
        return 0.5 + 0.1 * busy;
    }
  }

  #swapUsage(pressure: Pressure, memoryPct: number, row: Float64Array): void {
    const random = this.#random;
    const wanted = this.#traits.swapBase + Math.max(0, memoryPct - SWAP_FROM_PCT) * 4;
    // Swap fills fast and is given back slowly.
    const rate = wanted > this.#swap ? 0.25 : 0.01;
    if (random.chance(0.3)) this.#swap += (wanted - this.#swap) * rate;
    const used = this.#swap + (Math.max(this.#swap, pressure.swapLimit) - this.#swap) * pressure.swapPull;
    row[METRIC.swapUsed] = this.#traits.hasSwap ? clamp(roundTo(used, 0.01), 0, 100) : Number.NaN;
  }

  #diskUsage(pressure: Pressure, relativeLoad: number, stepOfDay: number, row: Float64Array): void {
    const traits = this.#traits;
    const random = this.#random;
    const growth = (traits.diskGrowthPerDay / STEPS_PER_DAY) * (0.4 + 0.6 * Math.min(3, relativeLoad));
    this.#disk += growth * random.uniform([0.5, 1.5]);
    if (traits.diskPattern === 'rotates' && stepOfDay === traits.diskCleanUpStep) {
      this.#disk = Math.max(
        traits.diskBase,
        this.#disk - traits.diskGrowthPerDay * random.uniform([0.7, 1.2]),
      );
    }
    if (this.#disk > traits.diskCeiling) this.#disk = traits.diskBase + random.uniform([0, 8]);
    const scratch = traits.diskPattern === 'scratch' ? 12 * this.#memoryLoad : 0;
    const level = clamp(this.#disk + scratch + pressure.disk, 0, 94);
    const used = level + (Math.max(level, pressure.diskLimit) - level) * clamp(pressure.diskPull, 0, 1);
    row[METRIC.diskUsage] = clamp(roundTo(used, 0.01), 0, 100);
  }

  #network(pressure: Pressure, relativeLoad: number, row: Float64Array): void {
    const traits = this.#traits;
    const random = this.#random;
    this.#netNoise = 0.8 * this.#netNoise + 0.6 * random.normal();
    const follow = Math.max(0.02, relativeLoad) ** traits.netLoadExponent * pressure.trafficFactor;
    const direction = (scale: number, extra: number, pull: number) => {
      const own = 0.6 * this.#netNoise + 0.8 * random.normal();
      let rate = scale * follow * Math.exp(traits.netNoise * own - 0.3) + extra;
      if (traits.netZeroProbability > 0 && random.chance(traits.netZeroProbability)) rate = extra;
      rate = Math.min(rate, traits.linkMbS * 0.9);
      rate += (traits.linkMbS * 0.97 - rate) * clamp(pull, 0, 1);
      return roundTo(Math.max(0, rate), 0.0001);
    };
    row[METRIC.netIn] = direction(traits.netIn, pressure.netIn, pressure.netInPull);
    row[METRIC.netOut] = direction(traits.netOut, pressure.netOut, pressure.netOutPull);
  }

  #connections(pressure: Pressure, relativeLoad: number, row: Float64Array): void {
    const traits = this.#traits;
    const random = this.#random;
    const keep = traits.closeWaitPersistence;
    const follow = Math.min(6, Math.max(0.05, relativeLoad));
    const turnOver = (count: number, mean: number) =>
      Math.floor(count * keep + random.unit()) + random.poisson(mean * follow * (1 - keep));
    this.#back = Math.max(0, turnOver(this.#back, traits.backCloseWait));
    this.#front = Math.max(0, turnOver(this.#front, traits.frontCloseWait));
    row[METRIC.backCloseWait] = this.#back + Math.round(pressure.backCloseWait);
    row[METRIC.frontCloseWait] = this.#front + Math.round(pressure.frontCloseWait);
  }
}
