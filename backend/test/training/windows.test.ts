import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { TARGET_COUNT } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../../src/catalog/time.ts';
import { WINDOW_SIZE } from '../../src/forecast/batch.ts';
import { isMeasured } from '../../src/forecast/finish.ts';
import { augmentWindow, DEFAULT_AUGMENTATION } from '../../src/training/augmentation.ts';
import { BatchMaker } from '../../src/training/batches.ts';
import { Sampler } from '../../src/training/datasets/sampler.ts';
import type { Dataset, ServerSeries } from '../../src/training/datasets/series.ts';
import { copyWindow } from '../../src/training/datasets/series.ts';
import {
  copyActual,
  listSamples,
  SPLIT_GAP_STEPS,
  splitByTime,
} from '../../src/training/datasets/windows.ts';
import { ACTUAL_SIZE } from '../../src/training/inputs.ts';
import { Random } from '../../src/training/random.ts';
import { FIRST_STEP, seriesOf } from './fixtures.ts';

const DAYS = 5 * 288;
const HASH = { algorithm: 'fnv1a32', seed: 0, buckets: 256 } as const;

/** Every cell holds its own step, so that a value tells when it was measured. */
const clockSeries = (steps: number, name?: string): ServerSeries => seriesOf(steps, (row) => row, name);

function datasetOf(servers: readonly ServerSeries[]): Dataset {
  const lastStep = Math.max(...servers.map((series) => series.firstStep + series.steps - 1));
  return {
    path: 'made-up',
    servers,
    firstStep: FIRST_STEP,
    lastStep,
    measured: [],
    extents: [],
    warnings: [],
  };
}

describe('windows drawn from a series', () => {
  it('never hold anything later than the origin, and what came after starts with the next step', () => {
    fc.assert(
      fc.property(fc.integer({ min: -400, max: DAYS + 400 }), (row) => {
        const series = clockSeries(DAYS);
        const originStep = FIRST_STEP + row;
        const window = new Float32Array(WINDOW_SIZE);
        copyWindow(series, originStep, window, 0);
        assert.ok(window.every((value) => Number.isNaN(value) || value <= row));
        const actual = new Float32Array(ACTUAL_SIZE);
        copyActual({ series, originStep }, actual, 0);
        const memory = actual.subarray(HORIZON_STEPS, 2 * HORIZON_STEPS);
        memory.forEach((value, lead) => {
          const expected = row + 1 + lead;
          const known = expected >= 0 && expected < DAYS;
          assert.ok(known ? value === expected : Number.isNaN(value));
        });
      }),
    );
  });

  it('end with the origin, oldest row first', () => {
    const window = new Float32Array(WINDOW_SIZE);
    copyWindow(clockSeries(DAYS), FIRST_STEP + 500, window, 0);
    assert.equal(window[0], 500 - WINDOW_STEPS + 1);
    assert.equal(window[WINDOW_SIZE - 1], 500);
  });

  it('turn idle CPU into used CPU', () => {
    const series = seriesOf(DAYS, (_, metric) => (metric === METRIC.cpuIdle ? 30 : 1));
    const actual = new Float32Array(ACTUAL_SIZE);
    copyActual({ series, originStep: FIRST_STEP + 300 }, actual, 0);
    assert.equal(actual[0], 70);
    assert.equal(actual[ACTUAL_SIZE - 1], 1);
  });
});

describe('splitting in time', () => {
  it('keeps at least 16 hours between what is trained on and what is validated on', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 800, max: 20_000 }),
        fc.double({ min: 0.05, max: 0.3, noNaN: true }),
        (steps, share) => {
          const data = datasetOf([clockSeries(steps)]);
          const split = attempt(() => splitByTime(data, share));
          if (split === undefined) return;
          assert.ok(split.validation.first - split.train.last > SPLIT_GAP_STEPS);
          assert.equal(split.validation.last, data.lastStep);
          assert.ok(listSamples(data.servers[0], split.train, 1).length > 0);
          assert.ok(listSamples(data.servers[0], split.validation, 1).length > 0);
        },
      ),
    );
  });

  it('lets no training target reach the validation part', () => {
    const data = datasetOf([clockSeries(DAYS), clockSeries(DAYS, 'ppdb002')]);
    const { train, validation } = splitByTime(data, 0.2);
    const sampler = new Sampler([{ data, weight: 1, span: train }]);
    const random = new Random(3);
    for (let i = 0; i < 500; i++) {
      const { series, originStep } = sampler.draw(random);
      assert.ok(originStep - WINDOW_STEPS + 1 >= series.firstStep);
      assert.ok(originStep + HORIZON_STEPS <= train.last);
      assert.ok(originStep + HORIZON_STEPS + SPLIT_GAP_STEPS < validation.first);
    }
  });

  it('says how much data is needed where there is too little', () => {
    assert.throws(() => splitByTime(datasetOf([clockSeries(600)]), 0.2), {
      code: 'ARGUS_DATA_TOO_SHORT',
      message: /600 steps of five minutes where training needs 696/,
    });
    const short = datasetOf([clockSeries(300)]);
    const span = { first: short.firstStep, last: short.lastStep };
    assert.throws(() => new Sampler([{ data: short, weight: 1, span }]), { code: 'ARGUS_DATA_TOO_SHORT' });
  });

  it('gives up on data that is all gaps instead of drawing for ever', () => {
    const data = datasetOf([seriesOf(DAYS, () => Number.NaN)]);
    const sampler = new Sampler([{ data, weight: 1, span: { first: data.firstStep, last: data.lastStep } }]);
    assert.throws(() => sampler.draw(new Random(1)), {
      code: 'ARGUS_DATA_TOO_SHORT',
      message: /next to nothing/,
    });
  });
});

describe('mixing sources', () => {
  it('draws each in proportion to its weight', () => {
    const sources = [1, 3].map((weight, i) => {
      const data = datasetOf([clockSeries(DAYS, `source${i}`)]);
      return { data, weight, span: { first: data.firstStep, last: data.lastStep } };
    });
    const sampler = new Sampler(sources);
    const random = new Random(11);
    let second = 0;
    for (let i = 0; i < 4000; i++) if (sampler.draw(random).series.name === 'source1') second++;
    assert.ok(Math.abs(second / 4000 - 0.75) < 0.03, `${second} of 4000`);
  });

  it('gives the same batch for the same seed and step, whatever was drawn before', () => {
    const data = datasetOf([clockSeries(DAYS), clockSeries(DAYS, 'ppml002')]);
    const sampler = new Sampler([{ data, weight: 1, span: { first: data.firstStep, last: data.lastStep } }]);
    const make = (seed: number): BatchMaker => new BatchMaker(DEFAULT_AUGMENTATION, HASH, 8, seed);
    const windowOf = (seed: number, step: number) => make(seed).batch(step, sampler)?.window;
    const used = make(5);
    used.batch(1, sampler);
    used.noise(1, 10);
    assert.deepEqual(used.batch(7, sampler), make(5).batch(7, sampler));
    assert.deepEqual(used.noise(7, 10), make(5).noise(7, 10));
    assert.notDeepEqual(windowOf(5, 7), windowOf(5, 8));
    assert.notDeepEqual(windowOf(5, 7), windowOf(6, 7));
  });
});

describe('augmentation', () => {
  const everything = {
    serverDropout: 1,
    profileDropout: 1,
    plainMachines: 0,
    metricDropout: 1,
    truncation: 1,
    gaps: 1,
  };

  it('only takes values away, and leaves at least one metric and the newest rows', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const window = new Float32Array(WINDOW_SIZE).fill(5);
        const actual = new Float32Array(ACTUAL_SIZE).fill(6);
        augmentWindow({ ...everything, gaps: 0 }, new Random(seed), window, 0, actual, 0);
        assert.ok(window.every((value) => Number.isNaN(value) || value === 5));
        const newest = window.subarray((WINDOW_STEPS - 48) * METRIC_COUNT);
        assert.ok(newest.some((value) => value === 5));
      }),
    );
  });

  it('blanks what came after exactly for the targets that lost every value', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const window = new Float32Array(WINDOW_SIZE).fill(5);
        const actual = new Float32Array(ACTUAL_SIZE).fill(6);
        augmentWindow(everything, new Random(seed), window, 0, actual, 0);
        const memoryKnown = isMeasured(METRIC.memUsed, window, 0);
        assert.equal(Number.isNaN(actual[HORIZON_STEPS]), !memoryKnown);
        assert.equal(actual.length, TARGET_COUNT * HORIZON_STEPS);
      }),
    );
  });
});

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
