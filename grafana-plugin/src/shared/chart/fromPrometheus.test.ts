import { createTheme, type DataFrame, FieldType, type Labels, toDataFrame } from '@grafana/data';
import { seriesFromPrometheus } from './fromPrometheus';

const NOW = Date.UTC(2026, 6, 5, 11);
const MINUTE = 60_000;
const HOUR = 3_600_000;
const labels = (horizon: string, quantity = 'yhat', rest: Labels = {}): Labels => ({
  __name__: 'argus_forecast',
  server: 'ppdb001',
  metric: 'mem_used_pct',
  horizon,
  ml_forecast: quantity,
  ...rest,
});

function series(of: Labels, values: readonly unknown[], lastMs = NOW): DataFrame {
  const times = values.map((_, i) => lastMs - (values.length - 1 - i) * MINUTE);
  return toDataFrame({
    fields: [
      { name: 'Time', type: FieldType.time, values: times },
      { name: 'Value', type: FieldType.number, values: [...values], labels: of },
    ],
  });
}

const context = { theme: createTheme(), thresholds: null, pastLead: undefined };

test('places the newest value of each horizon at its time plus the horizon', () => {
  const frames = [series(labels('30m'), [1, 2]), series(labels('8h'), [3, 4])];
  const [found] = seriesFromPrometheus(frames, context);
  expect(found).toMatchObject({ server: 'ppdb001', metric: 'mem_used_pct', originMs: NOW, sparse: true });
  expect(found?.times).toEqual([NOW + 30 * MINUTE, NOW + 8 * HOUR]);
  expect(found?.yhat).toEqual([2, 4]);
});

test('reads band, and a horizon whose series stopped earlier by its own last time', () => {
  const frames = [
    series(labels('1h'), [50]),
    series(labels('1h', 'yhat_lower'), [48]),
    series(labels('1h', 'yhat_upper'), [53]),
    series(labels('2h'), [60], NOW - 5 * MINUTE),
  ];
  const [found] = seriesFromPrometheus(frames, context);
  expect(found?.times).toEqual([NOW + HOUR, NOW + 2 * HOUR - 5 * MINUTE]);
  expect(found?.lower).toEqual([48, null]);
  expect(found?.upper).toEqual([53, null]);
});

test('reads an instant query in table form', () => {
  const table = toDataFrame({
    fields: [
      { name: 'Time', type: FieldType.time, values: [NOW, NOW] },
      { name: 'server', type: FieldType.string, values: ['a', 'b'] },
      { name: 'metric', type: FieldType.string, values: ['cpu_used_pct', 'cpu_used_pct'] },
      { name: 'horizon', type: FieldType.string, values: ['30m', '30m'] },
      { name: 'ml_forecast', type: FieldType.string, values: ['yhat', 'yhat'] },
      { name: 'Value', type: FieldType.number, values: [10, 20] },
    ],
  });
  const found = seriesFromPrometheus([table], context);
  expect(found.map(({ server, yhat }) => [server, yhat])).toEqual([
    ['a', [10]],
    ['b', [20]],
  ]);
});

test('takes other series of the server as what was measured', () => {
  const measured = { server: 'ppdb001', metric: 'mem_used_pct', __name__: 'argus_measured' };
  const other = { ...measured, server: 'ppdb002' };
  const frames = [
    series(labels('30m'), [70]),
    series(labels('30m', 'yhat', { metric: 'cpu_used_pct' }), [10]),
    series(measured, [65, 66]),
    series(other, [1, 1]),
  ];
  const [memory, cpu] = seriesFromPrometheus(frames, context);
  expect(memory?.actual).toEqual([65, 66, null]);
  expect(cpu?.actual.every((value) => value === null)).toBe(true);
});

test('finds the server behind an instance with a port', () => {
  const frames = [series(labels('30m'), [70]), series({ instance: 'ppdb001:9100' }, [65])];
  expect(seriesFromPrometheus(frames, context)[0]?.actual).toEqual([65, null]);
});

test('holds what was forecast earlier against the time it was forecast for', () => {
  const values = Array.from({ length: 61 }, (_, i) => i);
  const [found] = seriesFromPrometheus([series(labels('30m'), values)], { ...context, pastLead: '30m' });
  const at = (ms: number) => found?.pastYhat[found.times.indexOf(ms)];
  expect(at(NOW)).toBe(30);
  expect(at(NOW - 30 * MINUTE)).toBe(0);
  expect(at(NOW + 30 * MINUTE)).toBeNull();
});

test.each([
  ['NaN', [Number.NaN]],
  ['an unknown horizon', undefined],
])('leaves out %s', (_name, values) => {
  const frame = values === undefined ? series(labels('3h'), [1]) : series(labels('30m'), values);
  expect(seriesFromPrometheus([frame], context)).toEqual([]);
});

test('is nothing for frames without times and for none', () => {
  const bare = toDataFrame({ fields: [{ name: 'v', type: FieldType.number, values: [1] }] });
  expect(seriesFromPrometheus([bare], context)).toEqual([]);
  expect(seriesFromPrometheus([], context)).toEqual([]);
});
