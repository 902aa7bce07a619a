import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LEVELS, levelOf } from '../../src/catalog/levels.ts';
import { createTrack, followScore } from '../../src/risk/alertLevel.ts';

const settings = { holdCycles: 2, hysteresisPoints: 5, minimumLevel: 1 };

/** Levels after each score, cycle by cycle. */
function follow(scores: readonly number[], overrides: Partial<typeof settings> = {}): readonly number[] {
  const track = createTrack(0, 0);
  return scores.map((score, i) => followScore(track, i + 1, score, { ...settings, ...overrides }));
}

describe('the alert level', () => {
  it('rises to the level that all held cycles reached', () => {
    assert.deepEqual(follow([55, 85, 85]), [0, 1, 3]);
  });

  it('ignores a single high cycle', () => {
    assert.deepEqual(follow([10, 90, 10, 90, 10]), [0, 0, 0, 0, 0]);
  });

  it('keeps a level down to five points below its floor', () => {
    assert.deepEqual(follow([61, 61, 56, 55, 55, 55]), [0, 2, 2, 2, 2, 2]);
    assert.deepEqual(follow([61, 61, 54.9, 54.9]), [0, 2, 2, 1]);
  });

  it('ends only when two cycles in a row are low enough', () => {
    assert.deepEqual(follow([51, 51, 40, 51, 40, 40]), [0, 1, 1, 1, 1, 0]);
  });

  it('changes at once with a hold of one cycle', () => {
    assert.deepEqual(follow([85, 10], { holdCycles: 1 }), [3, 0]);
  });

  it('drops to none below the minimum level', () => {
    assert.deepEqual(follow([85, 85, 62, 62], { minimumLevel: 3 }), [0, 3, 3, 0]);
  });

  it('never flaps under noise smaller than the hysteresis', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(50, 60, 80),
        fc.array(fc.double({ min: -2.4, max: 2.4, noNaN: true }), { minLength: 10, maxLength: 200 }),
        (floor, noise) => {
          const levels = follow(noise.map((amount) => floor + amount));
          const changes = levels.filter((level, i) => level !== (levels[i - 1] ?? 0)).length;
          const highest = LEVELS.findIndex((level) => level.from === floor);
          // It may climb to the level below and then, once, over the floor; it never comes down again.
          assert.ok(changes <= 2);
          assert.ok(levels.every((level, i) => level <= highest && (i === 0 || level >= levels[i - 1])));
        },
      ),
    );
  });

  it('is never above what the last cycles reached nor below what they all hold', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 3 }), (scores) => {
        const levels = follow(scores);
        for (let i = 1; i < scores.length; i += 1) {
          const held = Math.min(levelOf(scores[i]), levelOf(scores[i - 1]));
          assert.ok(levels[i] >= held);
          assert.ok(levels[i] <= Math.max(levelOf(scores[i] + 5), levelOf(scores[i - 1] + 5)));
        }
      }),
    );
  });
});
