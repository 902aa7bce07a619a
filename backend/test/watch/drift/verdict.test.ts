/** A score around a level is no drift that comes and goes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RandomStream } from '../../../src/simulate/random.ts';
import { END_CYCLES, ENDS_BELOW, FIRES_AT, Verdict } from '../../../src/watch/drift/verdict.ts';

const FIRE_CYCLES = 6;

/** Changes of the verdict, and whether it stands at the end. */
function changesOf(verdict: Verdict, scores: readonly (number | null)[]): number {
  let [changes, was] = [0, verdict.sinceStep !== null];
  for (const [step, score] of scores.entries()) {
    verdict.add(step, score);
    const is = verdict.sinceStep !== null;
    if (is !== was) changes++;
    was = is;
  }
  return changes;
}

const times = (count: number, score: number) => new Array<number>(count).fill(score);

describe('the verdict', () => {
  it('comes when the score was there for half an hour, with the step it came at, once', () => {
    const verdict = new Verdict(FIRE_CYCLES);
    for (let step = 0; step < FIRE_CYCLES - 1; step++) assert.equal(verdict.add(step, FIRES_AT), false);
    assert.equal(verdict.add(FIRE_CYCLES - 1, FIRES_AT), true);
    assert.equal(verdict.sinceStep, FIRE_CYCLES - 1);
    assert.equal(verdict.add(FIRE_CYCLES, 1), false, 'it is detected once');
    assert.equal(verdict.sinceStep, FIRE_CYCLES - 1);
  });

  it('does not come for peaks shorter than that, however high and many', () => {
    const peaks = Array.from({ length: 50 }, () => [...times(FIRE_CYCLES - 1, 1), 0]).flat();
    assert.equal(changesOf(new Verdict(FIRE_CYCLES), peaks), 0);
  });

  it('does not flap while the score swings around the level of detection', () => {
    const random = new RandomStream(7, 'flapping');
    const verdict = new Verdict(FIRE_CYCLES);
    const swinging = Array.from({ length: 5000 }, () => FIRES_AT + 0.15 * random.normal());
    assert.equal(changesOf(verdict, [...times(FIRE_CYCLES, 0.9), ...swinging]), 1);
    assert.notEqual(verdict.sinceStep, null);
  });

  it('does not flap while the score swings around the level of its end', () => {
    const random = new RandomStream(8, 'flapping');
    const swinging = Array.from({ length: 5000 }, () => ENDS_BELOW + 0.1 * random.normal());
    assert.equal(changesOf(new Verdict(FIRE_CYCLES), [...times(FIRE_CYCLES, 0.9), ...swinging]), 1);
  });

  it('ends when the score was down for three hours, and may come again', () => {
    const verdict = new Verdict(FIRE_CYCLES);
    const low = ENDS_BELOW - 0.01;
    assert.equal(changesOf(verdict, [...times(FIRE_CYCLES, 1), ...times(END_CYCLES - 1, low)]), 1);
    assert.equal(changesOf(verdict, [low]), 1);
    assert.equal(changesOf(verdict, times(FIRE_CYCLES, 1)), 1);
  });

  it('is not moved by cycles without a score', () => {
    const verdict = new Verdict(FIRE_CYCLES);
    assert.equal(changesOf(verdict, [...times(FIRE_CYCLES - 1, 1), null, null, 1]), 1);
    assert.equal(changesOf(verdict, new Array<null>(1000).fill(null)), 0);
  });
});
