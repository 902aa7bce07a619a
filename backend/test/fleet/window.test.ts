import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { WINDOW_STEPS } from '../../src/catalog/time.ts';
import { NO_STEP, RING_ROWS, StepWindow } from '../../src/fleet/window.ts';
import { START_STEP } from './support.ts';

const SIZE = WINDOW_STEPS * METRIC_COUNT;

/** The obvious way to keep means: every point, by step and metric. */
class NaiveServer {
  readonly cells = new Map<string, number[]>();
  newest = NO_STEP;

  add(step: number, metric: number, value: number): void {
    if (this.newest !== NO_STEP && step <= this.newest - RING_ROWS) return;
    this.newest = Math.max(this.newest, step);
    const key = `${step}:${metric}`;
    this.cells.set(key, [...(this.cells.get(key) ?? []), value]);
  }

  window(lastStep: number): number[] {
    return Array.from({ length: SIZE }, (_, i) => {
      const step = lastStep - WINDOW_STEPS + 1 + Math.floor(i / METRIC_COUNT);
      if (step <= this.newest - RING_ROWS) return Number.NaN;
      const points = this.cells.get(`${step}:${i % METRIC_COUNT}`);
      return points === undefined
        ? Number.NaN
        : points.reduce((sum, value) => sum + value, 0) / points.length;
    });
  }

  measured(lastStep: number): number {
    const window = this.window(lastStep);
    let steps = 0;
    for (let row = 0; row < WINDOW_STEPS; row++) {
      const values = window.slice(row * METRIC_COUNT, (row + 1) * METRIC_COUNT);
      if (values.some((value) => !Number.isNaN(value))) steps++;
    }
    return steps;
  }
}

function assertSameWindow(actual: Float32Array, expected: readonly number[]): void {
  for (let i = 0; i < SIZE; i++) {
    if (Number.isNaN(expected[i])) assert.ok(Number.isNaN(actual[i]), `cell ${i} should be empty`);
    else assert.ok(Math.abs(actual[i] - expected[i]) < 1e-3, `cell ${i}: ${actual[i]} is not ${expected[i]}`);
  }
}

const point = fc.record({
  slot: fc.constantFrom(0, 1, 300),
  step: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 900 })),
  metric: fc.integer({ min: 0, max: METRIC_COUNT - 1 }),
  value: fc.integer({ min: 0, max: 100 }),
});
const action = fc.oneof(
  { weight: 20, arbitrary: point.map((p) => ({ kind: 'point' as const, ...p })) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 300).map((slot) => ({ kind: 'clear' as const, slot })) },
);

describe('StepWindow', () => {
  it('agrees with a plain list of points, whatever the order, gaps, wraps and reuse of slots', () => {
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 120 }),
        fc.integer({ min: 0, max: 950 }),
        (actions, lastStep) => {
          const window = new StepWindow();
          const naive = new Map<number, NaiveServer>();
          for (const slot of [0, 1, 300]) {
            window.open(slot);
            naive.set(slot, new NaiveServer());
          }
          for (const next of actions) {
            if (next.kind === 'clear') {
              window.clear(next.slot);
              naive.set(next.slot, new NaiveServer());
            } else {
              window.add(next.slot, START_STEP + next.step, next.metric, next.value);
              naive.get(next.slot)?.add(START_STEP + next.step, next.metric, next.value);
            }
          }
          for (const [slot, model] of naive) {
            for (const last of [START_STEP + lastStep, model.newest]) {
              if (last === NO_STEP) continue;
              const out = new Float32Array(SIZE + 7).fill(-1);
              window.copyWindow(slot, last, out, 5);
              assertSameWindow(out.subarray(5, 5 + SIZE), model.window(last));
              assert.deepEqual([...out.subarray(0, 5), ...out.subarray(5 + SIZE)], Array(7).fill(-1));
              assert.equal(window.measuredSteps(slot, last), model.measured(last));
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives the same rows back after they were read out and written to another window', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 150 }), (points) => {
        const window = new StepWindow();
        window.open(0);
        for (const { step, metric, value } of points) window.add(0, START_STEP + step, metric, value);
        const first = window.oldestMeasuredStep(0);
        const rows = window.newestStep(0) - first + 1;
        const bytes = Buffer.alloc(rows * METRIC_COUNT * 5);
        const packed = { firstStep: first, rows, bytes, valuesAt: 0, countsAt: rows * METRIC_COUNT * 4 };
        window.readRows(0, packed);
        const copy = new StepWindow();
        copy.open(2);
        copy.writeRows(2, packed);
        for (const each of [
          [window, 0],
          [copy, 2],
        ] as const)
          each[0].add(each[1], START_STEP + points[0].step, points[0].metric, 50);
        const [a, b] = [new Float32Array(SIZE), new Float32Array(SIZE)];
        window.copyWindow(0, window.newestStep(0), a, 0);
        copy.copyWindow(2, window.newestStep(0), b, 0);
        assert.deepEqual(a, b);
        assert.equal(
          copy.measuredSteps(2, window.newestStep(0)),
          window.measuredSteps(0, window.newestStep(0)),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('keeps a sensible mean when a step gets more points than it can count', () => {
    const window = new StepWindow();
    window.open(0);
    for (let i = 0; i < 1000; i++) window.add(0, START_STEP, 0, i % 2 === 0 ? 40 : 60);
    const out = new Float32Array(SIZE);
    window.copyWindow(0, START_STEP, out, 0);
    assert.ok(Math.abs(out[SIZE - METRIC_COUNT] - 50) < 0.5);
  });

  it('forgets steps after the one it is rewound to, and takes new points there', () => {
    const window = new StepWindow();
    window.open(0);
    window.add(0, START_STEP, 0, 10);
    window.add(0, START_STEP + 100, 0, 90);
    window.rewind(0, START_STEP + 2);
    assert.equal(window.measuredSteps(0, START_STEP + 100), 1);
    window.add(0, START_STEP + 3, 0, 20);
    const out = new Float32Array(SIZE);
    window.copyWindow(0, START_STEP + 3, out, 0);
    assert.equal(out[SIZE - METRIC_COUNT], 20);
    assert.equal(out[SIZE - 4 * METRIC_COUNT], 10);
    assert.ok(Number.isNaN(out[SIZE - 2 * METRIC_COUNT]));
  });
});
