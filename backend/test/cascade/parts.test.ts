import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { commonPartOf, countTraits } from '../../src/cascade/common.ts';
import { laggedCorrelation } from '../../src/cascade/correlation.ts';
import { Habits, LEARNING_DELAY_STEPS, STEPS_TO_KNOW } from '../../src/cascade/habits.ts';
import { orderOf } from '../../src/cascade/onset.ts';
import { BeginningRates } from '../../src/cascade/rates.ts';
import { SIGNALS } from '../../src/cascade/signals.ts';
import { hypergeometricTail, poissonTail } from '../../src/cascade/tails.ts';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { FIRST_STEP, serversOf } from './support.ts';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) <= 1e-9 + 1e-6 * expected, `${actual} is not ${expected}`);

describe('tail probabilities', () => {
  it('of Poisson counts are those of the tables', () => {
    near(poissonTail(1, 0.5), 1 - Math.exp(-0.5));
    // scipy.stats.poisson.sf(2, 0.1) and sf(9, 3)
    near(poissonTail(3, 0.1), 1.5465307e-4);
    near(poissonTail(10, 3), 1.1024881e-3);
    assert.equal(poissonTail(0, 1), 1);
    assert.equal(poissonTail(3, 0), 0);
  });

  it('of draws without replacement are those of Fisher', () => {
    // All five drawn of 40 are among the five marked: 1 / C(40, 5).
    near(hypergeometricTail(5, 5, 5, 40), 1 / 658_008);
    // The lady tasting tea: three or four right of four.
    near(hypergeometricTail(3, 4, 4, 8), 17 / 70);
  });

  it('lie in 0–1 and fall as more is asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 1e-6, max: 40, noNaN: true }),
        (count, mean) => {
          const tail = poissonTail(count, mean);
          assert.ok(tail >= 0 && tail <= 1);
          assert.ok(poissonTail(count + 1, mean) <= tail);
        },
      ),
    );
  });
});

describe('lagged correlation', () => {
  const ramp = (from: number) => Float64Array.from({ length: 30 }, (_, i) => Math.max(0, i - from));

  it('finds the lag at which a series follows another', () => {
    const { correlation, lagSteps } = laggedCorrelation(ramp(15), ramp(19));
    assert.equal(lagSteps, 4);
    assert.ok(correlation > 0.999);
  });

  it('is 0 where hardly anything is known, or nothing moves', () => {
    const silent = new Float64Array(30).fill(Number.NaN, 0, 25);
    assert.equal(laggedCorrelation(ramp(15), silent).correlation, 0);
    assert.equal(laggedCorrelation(ramp(15), new Float64Array(30)).correlation, 0);
  });

  it('does not depend on the size of either series', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 16, noNaN: true }), { minLength: 30, maxLength: 30 }),
        (values) => {
          const one = laggedCorrelation(ramp(15), Float64Array.from(values)).correlation;
          const other = laggedCorrelation(
            ramp(15),
            Float64Array.from(values, (z) => 3 * z),
          ).correlation;
          assert.ok(Math.abs(one - other) < 1e-9);
        },
      ),
    );
  });
});

describe('habits', () => {
  const slot = 3;
  const memory = SIGNALS.findIndex(({ name }) => name === 'mem_used_pct');
  const rowOf = (value: number): Float32Array => {
    const row = new Float32Array(METRIC_COUNT).fill(Number.NaN);
    row[METRIC.memUsed] = value;
    return row;
  };
  const learned = (seen: (step: number) => number, steps: number): Habits => {
    const habits = new Habits();
    habits.open(slot);
    for (let step = FIRST_STEP; step < FIRST_STEP + steps; step++) {
      habits.learn(slot, step, rowOf(seen(step)), 0, rowOf(seen(step + LEARNING_DELAY_STEPS)), 0);
    }
    return habits;
  };
  /** High for an hour at noon, every day. */
  const noonJob = (step: number) => (step % 288 >= 144 && step % 288 < 156 ? 80 : 40) + (step % 2);

  it('are known after most of a day, not before, and not for a server that sends nothing', () => {
    assert.equal(learned(noonJob, STEPS_TO_KNOW - 1).isKnown(slot), false);
    assert.equal(learned(noonJob, STEPS_TO_KNOW).isKnown(slot), true);
    assert.equal(learned(() => Number.NaN, 600).isKnown(slot), false);
  });

  it('excuse at noon what happens every noon, and nothing of it in the evening', () => {
    const habits = learned(noonJob, 600);
    assert.equal(habits.deviation(slot, memory, FIRST_STEP + 150, 80), 0);
    assert.ok(habits.deviation(slot, memory, FIRST_STEP + 240, 80) > 2);
    assert.ok(habits.deviation(slot, memory, FIRST_STEP + 150, 20) < -2);
  });

  it('are forgotten over days, not at once', () => {
    const once = (step: number) => (step < FIRST_STEP + 288 ? noonJob(step) : 40 + (step % 2));
    const noon = FIRST_STEP + 150;
    const afterOne = learned(once, 2 * 288).deviation(slot, memory, noon, 80);
    const afterMany = learned(once, 12 * 288).deviation(slot, memory, noon, 80);
    assert.ok(afterMany > afterOne, `${afterMany} after many days, ${afterOne} after one`);
  });

  it('forget within days connections that piled up once, but not a job that skipped a day', () => {
    const connections = SIGNALS.findIndex(({ name }) => name === 'back_close_wait');
    const habits = new Habits();
    habits.open(slot);
    const rowAt = (step: number): Float32Array => {
      const isFirstDay = step < FIRST_STEP + 288;
      const row = rowOf(isFirstDay ? noonJob(step) : 40 + (step % 2));
      row[METRIC.backCloseWait] = isFirstDay ? 10 * noonJob(step) : 400 + (step % 2);
      return row;
    };
    for (let step = FIRST_STEP; step < FIRST_STEP + 6 * 288; step++) {
      habits.learn(slot, step, rowAt(step), 0, rowAt(step + LEARNING_DELAY_STEPS), 0);
    }
    const ofMemory = habits.deviation(slot, memory, FIRST_STEP + 150, 80);
    const ofConnections = habits.deviation(slot, connections, FIRST_STEP + 150, 800);
    assert.ok(ofConnections > 1.2 * ofMemory, `${ofConnections} of connections, ${ofMemory} of memory`);
  });

  it('are silent where nothing was measured', () => {
    const habits = learned(noonJob, 600);
    assert.ok(Number.isNaN(habits.deviation(slot, memory, FIRST_STEP, Number.NaN)));
    assert.ok(Number.isNaN(habits.deviation(slot, memory + 1, FIRST_STEP, 5)));
  });
});

describe('rates of beginnings', () => {
  it('start high, and approach what was counted', () => {
    const rates = new BeginningRates();
    const before = rates.expected(FIRST_STEP, 0, 0);
    for (let step = FIRST_STEP; step < FIRST_STEP + 1000; step++) {
      rates.watched(step, 100);
      if (step % 10 === 0) rates.began(step, 0, 0);
    }
    assert.ok(before >= 0.01);
    const after = rates.expected(FIRST_STEP + 1000, 0, 0);
    assert.ok(after > 0.0009 && after < 0.002, `${after}`);
  });

  it('are higher in an hour in which more begins every day', () => {
    const rates = new BeginningRates();
    for (let step = FIRST_STEP; step < FIRST_STEP + 5 * 288; step++) {
      rates.watched(step, 300);
      if (step % 288 === 24) for (let i = 0; i < 100; i++) rates.began(step, 2, 0);
    }
    assert.ok(rates.expected(FIRST_STEP + 24, 2, 0) > 5 * rates.expected(FIRST_STEP + 144, 2, 0));
  });
});

describe('who began first', () => {
  const at = (step: number, length = 10) => Float64Array.from({ length }, (_, i) => (i === step ? 1 : 0));

  it('is the one whose change came before those of the others, for sure where all are sure', () => {
    const { first, confidence, onsets } = orderOf([at(5), at(2), at(7)]);
    assert.equal(first, 1);
    assert.equal(confidence, 1);
    assert.deepEqual(onsets, [5, 2, 7]);
  });

  it('is doubtful where the changes may have come in either order', () => {
    const flat = new Float64Array(10).fill(0.1);
    const { confidence } = orderOf([flat, flat]);
    assert.ok(Math.abs(confidence - 0.55) < 1e-9, `${confidence}`);
  });
});

describe('what members have in common', () => {
  const servers = serversOf(40);
  const counts = countTraits(servers);

  it('is the attribute that sets them apart, though one of the rack is no member', () => {
    const { key, value, inside } = commonPartOf(servers.slice(5, 9), counts, servers.length);
    assert.deepEqual({ key, value, inside }, { key: 'rack', value: 'rack-1', inside: 0.8 });
  });

  it('is nothing where they are of everywhere', () => {
    const scattered = [0, 6, 12, 19].map((index) => servers[index]);
    assert.equal(commonPartOf(scattered, counts, servers.length).kind, 'none');
  });

  it('is the profile, or the beginning of the names, where those set them apart', () => {
    const named = servers.map((server) => ({
      ...server,
      attributes: new Map<string, string>(),
      name: server.index < 6 ? `billing-eu-${server.index}` : `shop-us-${server.index}`,
    }));
    const common = commonPartOf(named.slice(0, 6), countTraits(named), named.length);
    assert.equal(common.kind, 'name');
    assert.match(common.value ?? '', /^billing/);
  });

  it('is the fleet where most of it is in it', () => {
    assert.equal(commonPartOf(servers.slice(0, 30), counts, servers.length).kind, 'fleet');
  });
});
