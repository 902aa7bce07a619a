/** What is usual for one server, on made-up weeks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { METRIC, METRIC_COUNT } from '../../../src/catalog/metrics.ts';
import { targetIndex } from '../../../src/catalog/targets.ts';
import { STEPS_AN_HOUR, stepOf, stepStartMs, WINDOW_STEPS } from '../../../src/catalog/time.ts';
import { RandomStream } from '../../../src/simulate/random.ts';
import { newDeviations, USUAL_SIZE, UsualValues } from '../../../src/watch/drift/usual.ts';

/** A Monday. */
const START = stepOf(Date.UTC(2026, 5, 1));
const DAY = WINDOW_STEPS;
const MEMORY = targetIndex('mem_used_pct');
const DISK = targetIndex('disk_usage_pct');
const NET = targetIndex('net_in_mb_s');

/** Usual deviations that a week without a change stays below. */
const QUIET = 5;

type Course = (step: number) => number;

/** One server whose memory follows a course; its network is the same at another scale, its disk stands still. */
class Scene {
  readonly usual: UsualValues;
  readonly deviations = newDeviations();
  readonly #random = new RandomStream(5, 'scene');
  readonly #window = new Float32Array(WINDOW_STEPS * METRIC_COUNT).fill(Number.NaN);
  step = START;

  constructor(usual = new UsualValues()) {
    this.usual = usual;
  }

  /** @returns distances of the memory from what is usual, hour by hour */
  run(days: number, course: Course, zone = 'UTC'): number[] {
    const distances: number[] = [];
    for (const end = this.step + days * DAY; this.step < end; this.step++) {
      this.#window.copyWithin(0, METRIC_COUNT);
      const row = this.#window.subarray((WINDOW_STEPS - 1) * METRIC_COUNT);
      row.fill(Number.NaN);
      const value = course(this.step);
      row[METRIC.memUsed] = value + this.#random.normal();
      row[METRIC.netIn] = value / 1000;
      row[METRIC.diskUsage] = 40;
      if (this.usual.take(0, zone, this.step, this.#window, 0, this.deviations))
        distances.push(this.deviations.distance[MEMORY]);
    }
    return distances;
  }
}

const hourOf = (step: number) => (step % DAY) / STEPS_AN_HOUR;
const isWeekend = (step: number) => [0, 6].includes(new Date(stepStartMs(step)).getUTCDay());
const daily: Course = (step) => 40 + 20 * Math.sin((2 * Math.PI * hourOf(step)) / 24);
const weekly: Course = (step) => (isWeekend(step) ? 20 : daily(step));
const greatest = (distances: readonly number[]) => Math.max(...distances.map(Math.abs));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('what is usual for a server', () => {
  it('is not known before a day was learned and a second one compared with it', () => {
    const scene = new Scene();
    assert.ok(scene.run(2, daily).every(Number.isNaN));
    assert.ok(scene.run(1.5, daily).slice(-12).every(Number.isFinite));
  });

  it('has the daily cycle and the weekend in it: neither is a deviation', () => {
    const scene = new Scene();
    scene.run(14, weekly);
    assert.ok(greatest(scene.run(7, weekly)) < QUIET);
    assert.equal(scene.deviations.distance[DISK], 0);
  });

  it('shows a level that changed at once, by as much as it changed, also in another unit', () => {
    const scene = new Scene();
    scene.run(14, weekly);
    scene.run(0.5, (step) => weekly(step) + 10);
    const { distance, value, usual } = scene.deviations;
    assert.ok(distance[MEMORY] > 4, `${distance[MEMORY]}`);
    assert.ok(Math.abs(value[MEMORY] - usual[MEMORY] - 10) < 2);
    assert.ok(distance[NET] > 1 && usual[NET] < 0.1);
    assert.ok(Number.isNaN(distance[targetIndex('swap_used_pct')]), 'what is not measured has no deviation');
  });

  it('becomes used to a new level in about a week', () => {
    const scene = new Scene();
    scene.run(14, daily);
    const raised: Course = (step) => daily(step) + 15;
    const [first, later] = [mean(scene.run(1, raised)), mean(scene.run(11, raised).slice(-24))];
    assert.ok(first > 4 && Math.abs(later) < first / 3, `${first} ${later}`);
  });

  it('goes by the clock of the server', () => {
    const scene = new Scene();
    const shifted: Course = (step) => weekly(step + 9 * STEPS_AN_HOUR);
    scene.run(14, shifted, 'Asia/Tokyo');
    assert.ok(greatest(scene.run(7, shifted, 'Asia/Tokyo')) < QUIET);
    assert.ok(greatest(scene.run(7, weekly, 'Asia/Tokyo')) > 2 * QUIET, 'UTC weekends are none in Tokyo');
  });

  it('begins anew with what comes, compares nothing for a day, and knows weekends at the new level', () => {
    const scene = new Scene();
    const raised: Course = (step) => weekly(step) + 15;
    scene.run(16, weekly);
    scene.run(0.5, raised);
    scene.usual.renew();
    assert.ok(scene.run(0.8, raised).every(Number.isNaN), 'the day of the change is not learned');
    // From Wednesday to Friday, then the first weekend of the new reference.
    const days = scene.run(1.7, raised).filter(Number.isFinite);
    assert.ok(days.length > 12 && greatest(days) < QUIET);
    const weekend = scene.run(2, raised).filter(Number.isFinite);
    assert.ok(weekend.length > 40 && greatest(weekend) < QUIET, 'a weekend is no surprise');
  });

  it('survives a restart, number by number', () => {
    const scene = new Scene();
    scene.run(10, weekly);
    const numbers = new Float32Array(USUAL_SIZE);
    scene.usual.copy(0, numbers, 0);
    const restored = new UsualValues();
    restored.restore(0, numbers);
    const again = new Float32Array(USUAL_SIZE);
    restored.copy(0, again, 0);
    assert.deepEqual(again, numbers);
  });

  it('is forgotten with the server', () => {
    const scene = new Scene();
    scene.run(10, daily);
    scene.usual.forget(0);
    assert.ok(scene.run(1, daily).every(Number.isNaN));
  });
});

describe('the usual loss of a forecast', () => {
  const usualAfter = (losses: readonly number[]): UsualValues => {
    const scene = new Scene();
    scene.run(1, daily);
    for (const loss of losses) scene.usual.logRelativeLoss(0, MEMORY, 0, loss, 0.01);
    return scene.usual;
  };

  it('is not known before enough were scored', () => {
    const usual = usualAfter(new Array<number>(19).fill(1));
    assert.ok(Number.isNaN(usual.logRelativeLoss(0, MEMORY, 0, 1, 0.01)));
    assert.ok(Number.isFinite(usual.logRelativeLoss(0, MEMORY, 0, 1, 0.01)));
    assert.ok(Number.isNaN(usual.logRelativeLoss(0, MEMORY, 1, 1, 0.01)), 'each horizon has its own');
  });

  it('is what a loss is compared with, within a factor of ten', () => {
    const usual = usualAfter(new Array<number>(50).fill(1));
    assert.ok(Math.abs(usual.logRelativeLoss(0, MEMORY, 0, 1, 0.01)) < 0.01);
    assert.ok(Math.abs(usual.logRelativeLoss(0, MEMORY, 0, 2, 0.01) - Math.log(2)) < 0.05);
    assert.equal(usual.logRelativeLoss(0, MEMORY, 0, 1e6, 0.01), Math.log(10));
  });

  it('is not moved by what is negligible', () => {
    const usual = usualAfter(new Array<number>(50).fill(0));
    assert.ok(usual.logRelativeLoss(0, MEMORY, 0, 1e-5, 0.01) < 0.01);
  });
});
