import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METRIC } from '../../../src/catalog/metrics.ts';
import { SCENARIOS } from '../../../src/simulate/live/options.ts';
import type { Trouble } from '../../../src/simulate/live/scenarios.ts';
import { assignTroubles, planMachine } from '../../../src/simulate/live/scenarios.ts';
import { RandomStream } from '../../../src/simulate/random.ts';
import { FIRST_STEP, runServer } from '../helper.ts';

const HOUR = 12;
/** A day of warm-up, a day of history, then the present, then eight hours. */
const NOW = 2 * 288;
const END = NOW + 8 * HOUR;
const SEEDS = [1, 2, 3];
const MACHINES = 20;

function run(trouble: Trouble | undefined, number: number, seed: number): readonly Float64Array[] {
  const plan = planMachine(trouble, FIRST_STEP + NOW, new RandomStream(seed, `plan ${number}`));
  return runServer(number, END, { seed, script: plan.script, adjustTraits: plan.adjust }).rows;
}

function everyMachine(trouble: Trouble | undefined, check: (rows: readonly Float64Array[]) => void): void {
  for (const seed of SEEDS)
    for (let number = 0; number < MACHINES; number++) check(run(trouble, number, seed));
}

/** First step from which on a metric is at or above a level, relative to the present, hours. */
function reaches(rows: readonly Float64Array[], metric: number, level: number): number {
  return (rows.findIndex((row, step) => step >= NOW - 10 * HOUR && row[metric] >= level) - NOW) / HOUR;
}

test('mixed fleets are well for the most part, with a few of every trouble', () => {
  for (const seed of SEEDS) {
    const troubles = [...assignTroubles('mixed', 40, seed).values()];
    assert.ok(troubles.length >= 6 && troubles.length <= 10, `${troubles.length} of 40 in trouble`);
    const critical = troubles.filter((trouble) => trouble === 'leak_now' || trouble === 'disk_now');
    assert.ok(critical.length >= 2);
    assert.ok(troubles.includes('recovering'));
  }
});

test('the same seed puts the same machines into trouble, in every scenario', () => {
  for (const scenario of SCENARIOS) {
    assert.deepEqual(assignTroubles(scenario, 40, 5), assignTroubles(scenario, 40, 5));
    assert.equal(assignTroubles(scenario, 40, 5).size > 0, scenario !== 'healthy');
    assert.ok(assignTroubles(scenario, 1, 5).size <= 1, 'a single machine has at most one trouble');
  }
  assert.notDeepEqual(assignTroubles('mixed', 40, 5), assignTroubles('mixed', 40, 6));
});

test('a machine that is well stays below every threshold for hours on end', () => {
  everyMachine(undefined, (rows) => {
    for (let hour = NOW / HOUR - 24; hour < END / HOUR; hour++) {
      const part = rows.slice(hour * HOUR, (hour + 1) * HOUR);
      const mean = (metric: number) => part.reduce((sum, row) => sum + row[metric], 0) / part.length;
      assert.ok(mean(METRIC.cpuIdle) > 15, `idle ${mean(METRIC.cpuIdle)}`);
      assert.ok(mean(METRIC.memUsed) < 86);
      assert.ok(mean(METRIC.diskUsage) < 86);
      assert.ok(mean(METRIC.netOut) < 90 && mean(METRIC.netIn) < 90);
      assert.ok(mean(METRIC.backCloseWait) < 150 && mean(METRIC.frontCloseWait) < 150);
    }
  });
});

test('a leak that is critical now stands at 96 percent after ten steady hours, and rises', () => {
  everyMachine('leak_now', (rows) => {
    const memory = (step: number) => rows[step][METRIC.memUsed];
    assert.ok(Math.abs(memory(NOW) - 96) < 2, `${memory(NOW)}`);
    assert.ok(memory(NOW) > memory(NOW - HOUR) && memory(NOW - HOUR) > memory(NOW - 5 * HOUR) + 5);
    assert.ok(memory(NOW + HOUR) > memory(NOW));
  });
});

test('a full disk is at 97 percent now', () => {
  everyMachine('disk_now', (rows) => assert.ok(Math.abs(rows[NOW][METRIC.diskUsage] - 97) < 1.5));
});

test('a filling disk passes 95 percent within the next one to four hours', () => {
  everyMachine('disk_soon', (rows) => {
    const hours = reaches(rows, METRIC.diskUsage, 95);
    assert.ok(hours > 0.6 && hours < 4.5, `${hours} h`);
  });
});

test('a coming leak passes 95 percent within the hour', () => {
  everyMachine('leak_soon', (rows) => {
    const hours = reaches(rows, METRIC.memUsed, 95);
    assert.ok(hours > 0.2 && hours < 1.1, `${hours} h`);
  });
});

test('a saturating CPU is busy soon, and was not hours ago', () => {
  everyMachine('cpu_soon', (rows) => {
    const used = (from: number) => {
      const part = rows.slice(from, from + HOUR);
      return 100 - part.reduce((sum, row) => sum + row[METRIC.cpuIdle], 0) / part.length;
    };
    assert.ok(used(NOW - 7 * HOUR) < 60, `${used(NOW - 7 * HOUR)} before`);
    assert.ok(used(NOW + 2 * HOUR) > 85, `${used(NOW + 2 * HOUR)} then`);
  });
});

test('leaking connections pass 500 within one to two hours', () => {
  everyMachine('connections_soon', (rows) => {
    const hours = reaches(rows, METRIC.backCloseWait, 500);
    assert.ok(hours > 0.7 && hours < 2.3, `${hours} h`);
  });
});

test('a recovering machine was at its limit two hours ago and has its memory back', () => {
  everyMachine('recovering', (rows) => {
    assert.ok(Math.max(...rows.slice(NOW - 2 * HOUR, NOW - HOUR / 2).map((row) => row[METRIC.memUsed])) > 90);
    assert.ok(rows[NOW][METRIC.memUsed] < 70);
  });
});

test('in a cascade half of the fleet sees connections to its dependency pile up within an hour or two', () => {
  assert.equal(assignTroubles('cascade', 40, 1).size, 20);
  everyMachine('cascade', (rows) => {
    const worst = Math.max(...rows.slice(NOW, NOW + 3 * HOUR).map((row) => row[METRIC.backCloseWait]));
    assert.ok(worst > 500, `${worst}`);
  });
});
