import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SERIES_REFUSED, SeriesStore } from '../../../src/ingest/otlp/seriesStore.ts';

const NO_LIMITS = { maxSeriesPerServer: 1_000_000, maxSeries: 10_000_000 };
const HOUR = 3_600_000;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      server: fc.nat(4),
      // Few lanes, of which many share their home slot.
      lane1: fc.constantFrom(0, 1, 2, 8192, 16_384, -1),
      lane2: fc.nat(2),
      value: fc.double({ noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), server: fc.nat(4) }) },
);

test('the store remembers what a plain map of maps remembers', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const store = new SeriesStore(NO_LIMITS);
      const model = new Map<number, Map<string, number>>();
      for (const action of steps) {
        const series = model.get(action.server) ?? new Map<string, number>();
        model.set(action.server, series);
        if (action.kind === 'forget') {
          store.forget(action.server);
          series.clear();
        } else {
          const key = `${action.lane1} ${action.lane2}`;
          const slot = store.findOrAdd(action.server, action.lane1, action.lane2, 1);
          assert.equal(store.isNew, !series.has(key));
          if (!store.isNew) assert.equal(store.value(slot), series.get(key));
          store.update(slot, 0, 1, action.value);
          series.set(key, action.value);
        }
        assert.equal(store.countOf(action.server), series.size);
      }
      assert.equal(
        store.size,
        [...model.values()].reduce((sum, series) => sum + series.size, 0),
      );
    }),
  );
});

test('growth keeps every series, and slots of forgotten servers are used again', () => {
  const store = new SeriesStore(NO_LIMITS);
  for (let server = 0; server < 100; server++) {
    for (let lane = 0; lane < 200; lane++)
      store.update(store.findOrAdd(server, lane, 0, 1), 0, 1, server * 1000 + lane);
  }
  for (let server = 0; server < 100; server += 2) store.forget(server);
  assert.equal(store.size, 10_000);
  const slots = new Set<number>();
  for (let server = 0; server < 100; server += 2) {
    for (let lane = 0; lane < 200; lane++) slots.add(store.findOrAdd(server, lane, 0, 1));
  }
  assert.ok(Math.max(...slots) < 20_000);
  for (let server = 1; server < 100; server += 2) {
    assert.equal(store.value(store.findOrAdd(server, 7, 0, 1)), server * 1000 + 7);
    assert.equal(store.isNew, false);
  }
});

test('the limits hold for each server and for all, and a full server is not searched at every refusal', () => {
  const store = new SeriesStore({ maxSeriesPerServer: 3, maxSeries: 5 });
  const add = (server: number, lane: number, timeMs: number) => {
    const series = store.findOrAdd(server, lane, 0, timeMs);
    if (series !== SERIES_REFUSED) store.update(series, 0, timeMs, 1);
    return series;
  };
  const start = 100 * HOUR;
  for (const lane of [1, 2, 3]) assert.notEqual(add(0, lane, start), SERIES_REFUSED);
  assert.equal(add(0, 4, start), SERIES_REFUSED);
  assert.notEqual(add(1, 1, start), SERIES_REFUSED);
  assert.notEqual(add(1, 2, start), SERIES_REFUSED);
  assert.equal(add(1, 3, start), SERIES_REFUSED);
  // An hour later the silent ones of that server make room.
  assert.notEqual(add(0, 4, start + HOUR + 1), SERIES_REFUSED);
  assert.equal(store.countOf(0), 1);
});
