import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FAILURE_FEATURES } from '../../../src/risk/failure/features.ts';
import { RESOURCE_SHARES } from '../../../src/risk/failure/shares.ts';
import { LEAF } from '../../../src/risk/failure/trees.ts';
import type { LabelledRows } from '../../../src/training/failure/boosting.ts';
import { chooseOrigins } from '../../../src/training/failure/sampling.ts';
import { fitFailureTrees } from '../../../src/training/failure/views.ts';
import { Random } from '../../../src/training/random.ts';
import { datasetOf, seriesOf } from './fixtures.ts';

const COLUMNS = FAILURE_FEATURES.length;
const MEMORY = FAILURE_FEATURES.indexOf('mem_used_pct.now');
const QUEUE = FAILURE_FEATURES.indexOf('queue.now');

/** Servers fail that have both full memory and a queue. */
function drawRows(count: number): LabelledRows {
  const random = new Random(1);
  const values = new Float32Array(count * COLUMNS).fill(Number.NaN);
  const happened = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    happened[row] = random.uniform() < 0.2 ? 1 : 0;
    values[row * COLUMNS + MEMORY] = happened[row] === 1 ? 99 : 50 + random.normal();
    values[row * COLUMNS + QUEUE] = happened[row] === 1 ? 3 : random.normal() / 10;
  }
  return { count, columns: COLUMNS, values, happened };
}

describe('the views of the failure model', () => {
  const views = fitFailureTrees(drawRows(1500));

  it('ask for what they may, one of them for how resources are shared alone', () => {
    const shares = new Set(RESOURCE_SHARES.map((name) => FAILURE_FEATURES.indexOf(name)));
    const last = views.at(-1);
    assert.ok(last !== undefined);
    const asked = last.feature.filter((feature) => feature !== LEAF);
    assert.ok(asked.length > 0);
    assert.ok(asked.every((feature) => shares.has(feature)));
  });

  it('have to be surer the less they know', () => {
    const [all, ...narrow] = views.map(({ base }) => base);
    assert.ok(narrow.every((base) => base < all - 1));
  });
});

describe('the origins a failure model learns from', () => {
  const steps = 288 + 96 + 600;
  const data = datasetOf([seriesOf('a', steps), seriesOf('b', steps)]);
  const fails = data.firstStep + 700;
  const origins = chooseOrigins(data, new Map([['a', [fails]]]), 12);

  it('are all that a failure follows, and a share of the others that stands for all', () => {
    const before = origins.filter(({ series, originStep }) => series.name === 'a' && originStep < fails);
    const near = before.filter(({ originStep }) => fails - originStep <= 96);
    assert.equal(near.length, 8);
    assert.ok(near.every(({ weight }) => weight === 1));
    const quiet = origins.filter((origin) => !near.includes(origin));
    assert.ok(quiet.every(({ weight }) => weight > 1));
    const stoodFor = origins.reduce((sum, { weight }) => sum + weight, 0);
    assert.ok(Math.abs(stoodFor - 2 * (600 / 12)) < 15, `${stoodFor}`);
  });
});
