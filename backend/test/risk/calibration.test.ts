import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  calibrate,
  DANGER_FEATURE,
  parseCalibration,
  readCalibration,
  TREES_FEATURE,
  UNCALIBRATED,
} from '../../src/risk/calibration.ts';
import { FAILURE_FEATURES } from '../../src/risk/failure/features.ts';
import { LEAF } from '../../src/risk/failure/trees.ts';
import { atLeastOne, FailureModel, failureFeaturesOf } from '../../src/risk/probability.ts';
import { createTargetReadings, readTargets } from '../../src/risk/severity.ts';
import { chunkOf, rulesOf } from './fixtures.ts';

const table = { kind: 'isotonic', x: [0, 0.5, 1], y: [0.001, 0.02, 0.6], samples: 1000, events: 30 };
const content = { format: 1, feature: DANGER_FEATURE, horizons: { '30m': table, '3h': table, '8h': table } };

describe('a calibration table', () => {
  it('is read with its points', () => {
    const calibration = parseCalibration(content);
    assert.equal(calibration.calibrated, true);
    assert.equal(calibrate(calibration.tables['30m'], 0.5), 0.02);
    assert.ok(Math.abs(calibrate(calibration.tables['8h'], 0.75) - 0.31) < 1e-12);
  });

  it('is constant beyond its ends', () => {
    const short = { x: [0.2, 0.4], y: [0.1, 0.3] };
    assert.equal(calibrate(short, 0), 0.1);
    assert.equal(calibrate(short, 1), 0.3);
  });

  it('never gives a lower probability for a higher feature', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(unit, unit, fc.array(unit, { minLength: 3, maxLength: 20 }), (a, b, values) => {
        const x = [...new Set(values)].sort((p, q) => p - q);
        fc.pre(x.length >= 2);
        const tables = [...Object.values(UNCALIBRATED.tables), { x, y: x.map((value) => value ** 2) }];
        for (const each of tables) {
          assert.ok(calibrate(each, Math.max(a, b)) >= calibrate(each, Math.min(a, b)) - 1e-12);
        }
      }),
    );
  });

  const broken: readonly (readonly [string, unknown, RegExp])[] = [
    ['another format', { ...content, format: 2 }, /format must be 1/],
    ['another feature', { ...content, feature: 'x' }, /feature must be/],
    ['a list', [], /format/],
    ['a missing horizon', { ...content, horizons: { '30m': table, '3h': table } }, /horizons\.8h is missing/],
    [
      'another kind',
      { ...content, horizons: { '30m': { ...table, kind: 'platt' }, '8h': table } },
      /30m has a kind/,
    ],
    [
      'unequal lengths',
      { ...content, horizons: { '30m': { ...table, x: [0, 1] }, '8h': table } },
      /equally long/,
    ],
    [
      'x in disorder',
      { ...content, horizons: { '30m': { ...table, x: [0, 0, 1] }, '8h': table } },
      /strictly/,
    ],
    [
      'y falling',
      { ...content, horizons: { '30m': { ...table, y: [0, 0.5, 0.4] }, '8h': table } },
      /never decreasing/,
    ],
    ['y above 1', { ...content, horizons: { '30m': { ...table, y: [0, 0.5, 1.4] }, '8h': table } }, /0–1/],
  ];
  for (const [what, value, message] of broken) {
    it(`with ${what} is refused by name`, () => {
      assert.throws(() => parseCalibration(value), { code: 'ARGUS_CALIBRATION_INVALID', message });
    });
  }

  it('is absent where the bundle has no file, and refused where the file is not JSON', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'argus-calibration-'));
    t.after(() => rm(folder, { recursive: true }));
    assert.equal(await readCalibration(folder), null);
    await writeFile(join(folder, 'calibration.json'), '{"format":');
    await assert.rejects(readCalibration(folder), { code: 'ARGUS_CALIBRATION_INVALID' });
    await writeFile(join(folder, 'calibration.json'), JSON.stringify(content));
    assert.equal((await readCalibration(folder))?.calibrated, true);
  });
});

type Scene = Parameters<typeof chunkOf>[1][number];

function evidenceOf(scene: Scene) {
  const { quantiles, windows } = chunkOf(100, [scene]);
  const readings = createTargetReadings();
  readTargets(readings, rulesOf(6), quantiles, 0, windows, 0);
  return { profile: 6, window: windows, windowOffset: 0, quantiles, quantilesOffset: 0, readings };
}

/** One tree with one question: is the newest memory at least 80 %? */
const question = {
  base: -2,
  roots: [0],
  feature: [FAILURE_FEATURES.indexOf('mem_used_pct.now'), LEAF, LEAF],
  threshold: [80, -1, 5],
  left: [1, 0, 0],
  missingLeft: [1, 0, 0],
};
const withTrees = {
  ...content,
  feature: TREES_FEATURE,
  features: FAILURE_FEATURES,
  trees: { '30m': [question], '3h': [question], '8h': [question] },
};

describe('a failure model of trees', () => {
  const probabilityOf = (scene: Scene) =>
    new FailureModel().probabilities(parseCalibration(withTrees), evidenceOf(scene)).within8h;

  it('answers from what is measured, through its calibration', () => {
    const table = parseCalibration(withTrees).tables['8h'];
    const logistic = (logOdds: number) => 1 / (1 + Math.exp(-logOdds));
    assert.equal(probabilityOf({ now: { mem_used_pct: 90 } }), calibrate(table, logistic(3)));
    assert.equal(probabilityOf({ now: { mem_used_pct: 50 } }), calibrate(table, logistic(-3)));
  });

  it('believes the ensemble that sees most danger', () => {
    const surer = { ...question, threshold: [80, -1, 6] };
    const trees = { ...withTrees.trees, '8h': [question, surer, { ...question, base: -9 }] };
    const calibration = parseCalibration({ ...withTrees, trees });
    const evidence = evidenceOf({ now: { mem_used_pct: 90 } });
    const { within8h } = new FailureModel().probabilities(calibration, evidence);
    assert.equal(within8h, calibrate(calibration.tables['8h'], 1 / (1 + Math.exp(-4))));
  });

  it('never makes a longer horizon safer', () => {
    const danger = { ...table, y: [0.1, 0.5, 0.9] };
    const calibration = parseCalibration({
      ...withTrees,
      horizons: { ...withTrees.horizons, '30m': danger },
    });
    const { within30m, within3h, within8h } = new FailureModel().probabilities(
      calibration,
      evidenceOf({ now: { mem_used_pct: 90 } }),
    );
    assert.ok(within30m > 0.5);
    assert.deepEqual([within3h, within8h], [within30m, within30m]);
  });

  const broken: readonly (readonly [string, unknown, RegExp])[] = [
    ['features of another version', { ...withTrees, features: ['x'] }, /argus calibrate/],
    ['no trees', { ...withTrees, trees: undefined }, /trees\.30m/],
    [
      'no list of ensembles',
      { ...withTrees, trees: { ...withTrees.trees, '3h': question } },
      /trees\.3h must be a list/,
    ],
    ['an empty list', { ...withTrees, trees: { ...withTrees.trees, '3h': [] } }, /trees\.3h must be a list/],
    [
      'a loop',
      { ...withTrees, trees: { ...withTrees.trees, '30m': [{ ...question, left: [0, 0, 0] }] } },
      /backwards/,
    ],
    [
      'an unknown feature',
      { ...withTrees, trees: { ...withTrees.trees, '8h': [{ ...question, feature: [9999, LEAF, LEAF] }] } },
      /trees\.8h: .*unknown feature/,
    ],
    [
      'lists of unequal length',
      { ...withTrees, trees: { ...withTrees.trees, '30m': [question, { ...question, threshold: [1] }] } },
      /length/,
    ],
  ];
  for (const [what, value, message] of broken) {
    it(`with ${what} is refused by name`, () => {
      assert.throws(() => parseCalibration(value), { code: 'ARGUS_CALIBRATION_INVALID', message });
    });
  }
});

describe('failure features', () => {
  const featuresOf = (scene: Scene) => failureFeaturesOf(evidenceOf(scene).readings);

  it('tell what happens within half an hour from what happens later', () => {
    const late = featuresOf({ courses: { mem_used_pct: (step) => (step < 50 ? 60 : 99) } });
    assert.ok(late.raw30m < 0.01);
    assert.ok(late.raw8h > 0.9);
  });

  it('grow with every further metric in trouble', () => {
    const one = featuresOf({ now: { mem_used_pct: 90 } });
    const two = featuresOf({ now: { mem_used_pct: 90, disk_usage_pct: 90 } });
    assert.ok(two.raw8h > one.raw8h);
    assert.ok(two.raw8h <= 1);
  });
});

describe('the probability of at least one', () => {
  it('joins independent events', () => {
    assert.equal(atLeastOne([]), 0);
    assert.ok(Math.abs(atLeastOne([0.5, 0.5]) - 0.75) < 1e-12);
    assert.equal(atLeastOne([0.2, 1]), 1);
  });
});
