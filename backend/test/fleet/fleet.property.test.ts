import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { STEP_MS, WINDOW_STEPS } from '../../src/catalog/time.ts';
import type { Fleet } from '../../src/fleet/fleet.ts';
import { newFleet } from './support.ts';

const SIZE = WINDOW_STEPS * METRIC_COUNT;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Point {
  readonly step: number;
  readonly metric: number;
  readonly value: number;
}

const measurement = fc.record({
  kind: fc.constant('point' as const),
  name: fc.constantFrom('a', 'b', 'c'),
  metric: fc.integer({ min: 0, max: METRIC_COUNT - 1 }),
  agoMs: fc.integer({ min: -15 * MINUTE_MS, max: 26 * HOUR_MS }),
  value: fc.integer({ min: 0, max: 100 }),
});
const wait = fc.integer({ min: 1, max: 40 * MINUTE_MS }).map((ms) => ({ kind: 'wait' as const, ms }));
const event = fc.oneof({ weight: 8, arbitrary: measurement }, { weight: 3, arbitrary: wait });

function expectedOutcome(agoMs: number, step: number, closedStep: number): string {
  if (agoMs < -10 * MINUTE_MS) return 'too_new';
  return step <= closedStep - WINDOW_STEPS ? 'too_old' : 'accepted';
}

/** Means by window cell, straight from the points. */
function meansOf(points: readonly Point[], lastStep: number): Map<number, number> {
  const cells = new Map<number, number[]>();
  for (const { step, metric, value } of points) {
    const row = step - (lastStep - WINDOW_STEPS + 1);
    if (row < 0 || row >= WINDOW_STEPS) continue;
    const cell = row * METRIC_COUNT + metric;
    cells.set(cell, [...(cells.get(cell) ?? []), value]);
  }
  return new Map(
    [...cells].map(([cell, values]) => [cell, values.reduce((a, b) => a + b, 0) / values.length]),
  );
}

function assertHolds(fleet: Fleet, name: string, points: readonly Point[]): void {
  const server = fleet.byName(name);
  assert.ok(server);
  const out = new Float32Array(SIZE);
  fleet.copyWindow(server.index, fleet.closedStep, out, 0);
  const means = meansOf(points, fleet.closedStep);
  for (let cell = 0; cell < SIZE; cell++) {
    const mean = means.get(cell);
    if (mean === undefined) assert.ok(Number.isNaN(out[cell]));
    else assert.ok(Math.abs(out[cell] - mean) < 1e-3);
  }
  const rows = new Set([...means.keys()].map((cell) => Math.floor(cell / METRIC_COUNT)));
  assert.equal(fleet.measuredSteps(server.index, fleet.closedStep), rows.size);
}

it('holds the mean of every accepted point of every server that is still there', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 150 }), (events) => {
      const { fleet, clock } = newFleet();
      const points = new Map<string, Point[]>();
      fleet.onServerLeft((server) => points.delete(server.name));
      for (const next of events) {
        if (next.kind === 'wait') {
          clock.advance(next.ms);
          fleet.tick();
          continue;
        }
        const { name, metric, value, agoMs } = next;
        const step = Math.floor((clock.now() - agoMs) / STEP_MS);
        const slot = fleet.admit(name, {});
        if (!points.has(name)) points.set(name, []);
        const outcome = fleet.record(slot, metric, clock.now() - agoMs, value);
        assert.equal(outcome, expectedOutcome(agoMs, step, fleet.closedStep));
        if (outcome === 'accepted') points.get(name)?.push({ step, metric, value });
      }
      assert.equal(fleet.serverCount, points.size);
      for (const [name, list] of points) assertHolds(fleet, name, list);
    }),
    { numRuns: 200 },
  );
});
