import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { METRIC } from '../../src/catalog/metrics.ts';
import { type Batching, batchingFactor } from '../../src/simulate/load.ts';
import type { ServerTraits } from '../../src/simulate/traits.ts';
import { FIRST_STEP, runServer } from './helper.ts';

const DAY = 288;
const BATCHING: Batching = { fromStep: 100, periodSteps: 64, phaseSteps: 5, collectingShare: 0.1 };

test('working in turns changes when work is done, not how much', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.nat(500),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (half, phaseSteps, collectingShare) => {
        const periodSteps = 2 * half;
        const batching = { fromStep: 0, periodSteps, phaseSteps, collectingShare };
        const factors = Array.from({ length: periodSteps }, (_, step) => batchingFactor(batching, step));
        const mean = factors.reduce((sum, factor) => sum + factor, 0) / periodSteps;
        assert.ok(Math.abs(mean - 1) < 1e-9, `the mean is ${mean}`);
      },
    ),
  );
});

test('before the release, and without one, nothing is different', () => {
  assert.equal(batchingFactor(undefined, 1000), 1);
  assert.equal(batchingFactor(BATCHING, 99), 1);
  assert.notEqual(batchingFactor(BATCHING, 100), 1);
});

test('a server that got the release is busy by turns, and was its old self before', () => {
  const adjustTraits = (traits: ServerTraits): ServerTraits => ({
    ...traits,
    pattern: 'flat',
    meanLoad: 0.3,
    cycleDepth: 0,
    jobs: [],
    slowNoise: 0.05,
    fastNoise: 0.05,
    dayToDayNoise: 0,
    burstsPerDay: 0,
    shiftsPerDay: 0,
    trendPerDay: 0,
    unmeasured: [],
    gapsPerDay: 0,
    dropProbability: 0,
  });
  const batching = { ...BATCHING, fromStep: FIRST_STEP + DAY };
  const released = runServer(3, 2 * DAY, { script: [], adjustTraits, batching });
  const other = runServer(3, 2 * DAY, { script: [], adjustTraits });
  const used = (run: typeof released, step: number) => 100 - run.rows[step][METRIC.cpuIdle];
  for (let step = 0; step < DAY; step++) assert.equal(used(released, step), used(other, step));
  const mean = (isWorking: boolean) => {
    const steps = Array.from({ length: DAY }, (_, i) => DAY + i).filter(
      (step) => batchingFactor(batching, FIRST_STEP + step) > 1 === isWorking,
    );
    return steps.reduce((sum, step) => sum + used(released, step), 0) / steps.length;
  };
  assert.ok(mean(true) > 3 * mean(false), `${mean(true)} against ${mean(false)}`);
});
