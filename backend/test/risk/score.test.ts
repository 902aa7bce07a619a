import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { levelOf } from '../../src/catalog/levels.ts';
import { PROFILES } from '../../src/catalog/profiles.ts';
import { RISK_PARTS, SCORE_PARTS, TARGET_LIST } from '../../src/catalog/targets.ts';
import { DEFAULT_RISK_CONFIG } from '../../src/risk/config.ts';
import { PART_OF_TARGET, RuleBook } from '../../src/risk/rules.ts';
import { partSeverities, scoreOf } from '../../src/risk/score.ts';
import { createTargetReadings, readTargets } from '../../src/risk/severity.ts';
import { chunkOf, flatAt, rulesOf, type Scene } from './fixtures.ts';

const profiles = PROFILES.map((profile, index) => ({ name: profile.name, index }));
const severities = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
  minLength: RISK_PARTS.length,
  maxLength: RISK_PARTS.length,
});

const lifts = fc.double({ min: 0, max: 1, noNaN: true });
const allParts = fc.shuffledSubarray([...SCORE_PARTS], { minLength: SCORE_PARTS.length });

function scoreFor(profile: number, scene: Scene) {
  const chunk = chunkOf(1000, [scene]);
  const readings = createTargetReadings();
  const rules = rulesOf(profile);
  readTargets(readings, rules, chunk.quantiles, 0, chunk.windows, 0);
  const parts = new Float64Array(RISK_PARTS.length);
  partSeverities(readings.severity, parts);
  return scoreOf(parts, rules.weights);
}

describe('the score', () => {
  for (const { name, index } of profiles) {
    const { weights } = rulesOf(index);

    it(`lies in 0–100 and is exactly the sum of its parts, in any order, for ${name}`, () => {
      fc.assert(
        fc.property(severities, lifts, allParts, (values, lift, order) => {
          const { total, parts } = scoreOf(Float64Array.from(values), weights, lift);
          assert.ok(total >= 0 && total <= 100);
          assert.ok(SCORE_PARTS.every((part) => parts[part] >= 0));
          assert.equal(
            order.reduce((sum, part) => sum + parts[part], 0),
            total,
          );
        }),
      );
    });

    it(`never falls when any one severity rises, for ${name}`, () => {
      fc.assert(
        fc.property(
          severities,
          fc.nat(RISK_PARTS.length - 1),
          fc.double({ min: 0, max: 1, noNaN: true }),
          lifts,
          (values, part, share, lift) => {
            const higher = values.map((value, i) => (i === part ? value + share * (1 - value) : value));
            const before = scoreOf(Float64Array.from(values), weights, lift).total;
            assert.ok(scoreOf(Float64Array.from(higher), weights, lift).total >= before);
          },
        ),
      );
    });

    it(`rises with a cascade by that part alone, and never falls as the cascade gets worse, for ${name}`, () => {
      fc.assert(
        fc.property(severities, lifts, lifts, (values, one, other) => {
          const severity = Float64Array.from(values);
          const plain = scoreOf(severity, weights);
          const mild = scoreOf(severity, weights, Math.min(one, other));
          const grave = scoreOf(severity, weights, Math.max(one, other));
          assert.ok(plain.total <= mild.total && mild.total <= grave.total);
          for (const part of RISK_PARTS) assert.equal(grave.parts[part], plain.parts[part]);
          assert.equal(plain.parts.cascade, 0);
        }),
      );
    });

    it(`is critical by one metric alone that is sure to breach within the hour, for ${name}`, () => {
      for (const target of TARGET_LIST) {
        if (target.thresholds === null) continue;
        const breach = target.thresholds.critical;
        // P10 lies on the threshold in one single step, the last of the hour.
        const course = (step: number) =>
          (step === 11 ? breach + 1.5 : (target.thresholds?.warning ?? 0)) - 0.5;
        const { total } = scoreFor(index, {
          now: { [target.name]: target.thresholds.warning - 1 },
          courses: { [target.name]: course },
          band: 1,
        });
        assert.equal(levelOf(total), 3, `${target.name}: ${total}`);
      }
    });

    it(`is critical by one metric alone that is past its critical threshold now, for ${name}`, () => {
      for (const target of TARGET_LIST) {
        if (target.thresholds === null) continue;
        const scene = { now: { [target.name]: target.thresholds.critical } };
        assert.ok(scoreFor(index, scene).total >= 80, target.name);
      }
    });

    it(`stays below 20 for a flat, healthy server, for ${name}`, () => {
      assert.ok(scoreFor(index, {}).total < 20);
      // Busy, yet flat: every median at 85 % of its warning threshold.
      const busy = Object.fromEntries(
        TARGET_LIST.map((target) => [target.name, (target.thresholds?.warning ?? 10) * 0.85]),
      );
      assert.ok(scoreFor(index, { now: busy }).total < 20);
    });

    it(`gives a metric that is not measured a part of 0, for ${name}`, () => {
      const courses = { disk_usage_pct: flatAt(Number.NaN) };
      const { total, parts } = scoreFor(index, { now: { mem_used_pct: 97, disk_usage_pct: 99 }, courses });
      assert.equal(parts.disk, 0);
      assert.ok(parts.memory > 0.9 * total);
    });
  }

  it('shares a trouble that is alike everywhere by the weights of the profile', () => {
    const { total, parts } = scoreOf(new Float64Array(5).fill(0.5), rulesOf(6).weights);
    assert.ok(Math.abs(parts.memory / total - 0.3) < 1e-3);
    assert.ok(Math.abs(parts.connections / total - 0.1) < 1e-3);
  });

  it('is 0 with all parts 0 where nothing is measured', () => {
    const courses = Object.fromEntries(TARGET_LIST.map((target) => [target.name, flatAt(Number.NaN)]));
    assert.deepEqual(scoreFor(6, { courses }), {
      total: 0,
      parts: { cpu: 0, memory: 0, disk: 0, network: 0, connections: 0, cascade: 0 },
    });
  });
});

describe('rules', () => {
  it('take the name pattern over the profile over everywhere over the catalog', () => {
    const book = new RuleBook({
      ...DEFAULT_RISK_CONFIG,
      thresholds: {
        disk_usage_pct: { warning: 70, critical: 80 },
        mem_used_pct: { warning: 60, critical: 70 },
      },
      profiles: { database: { thresholds: { mem_used_pct: { warning: 92, critical: 97 } } } },
      servers: [{ pattern: '-archive$', thresholds: { disk_usage_pct: null }, weights: { disk: 0 } }],
    });
    const memory = TARGET_LIST.findIndex((target) => target.name === 'mem_used_pct');
    const disk = TARGET_LIST.findIndex((target) => target.name === 'disk_usage_pct');
    assert.equal(book.rulesOf('ppapi1', 2).critical[memory], 70);
    assert.equal(book.rulesOf('ppdb1', 0).critical[memory], 97);
    assert.equal(book.rulesOf('ppdb1', 0).critical[disk], 80);
    const archive = book.rulesOf('ppdb1-archive', 0);
    assert.ok(Number.isNaN(archive.critical[disk]));
    assert.equal(archive.weights[RISK_PARTS.indexOf('disk')], 0);
    assert.ok(Math.abs(archive.weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-12);
  });

  it('are one shared object for servers under the same rules', () => {
    const book = new RuleBook(DEFAULT_RISK_CONFIG);
    assert.equal(book.rulesOf('a', 6), book.rulesOf('b', 6));
  });

  it('fall back to the weights of the profile where overrides leave no weight at all', () => {
    const book = new RuleBook({
      ...DEFAULT_RISK_CONFIG,
      profiles: { generic: { weights: { cpu: 0, memory: 0, disk: 0, network: 0 } } },
      servers: [{ pattern: '^x', weights: { connections: 0 } }],
    });
    assert.deepEqual([...book.rulesOf('x1', 6).weights], [0.25, 0.3, 0.2, 0.15, 0.1]);
    assert.deepEqual([...book.rulesOf('y1', 6).weights], [0, 0, 0, 0, 1]);
  });

  it('leave a part of weight 0 out of the score', () => {
    const weights = Float64Array.from([1, 0, 0, 0, 0]);
    assert.equal(scoreOf(Float64Array.from([0, 1, 1, 1, 1]), weights).total, 0);
  });

  it('feed every target with a part into that part', () => {
    assert.deepEqual([...PART_OF_TARGET], [0, 1, 1, 2, 3, 3, 4, 4, -1]);
  });
});
