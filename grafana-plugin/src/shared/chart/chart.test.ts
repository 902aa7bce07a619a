import { createTheme } from '@grafana/data';
import { chartConfig, chartData, valueRange } from './chartConfig';
import { describeAt, readingsAt } from './describe';
import { gridLayout } from './gridLayout';
import type { ForecastSeries } from './series';

const NOW = Date.UTC(2026, 6, 5, 11);

const series: ForecastSeries = {
  key: '0',
  server: 'ppdb001',
  metric: 'mem_used_pct',
  label: 'Memory used',
  times: [NOW - 300_000, NOW, NOW + 300_000],
  actual: [60, null, null],
  yhat: [null, 61, 62],
  lower: [null, 60, 60],
  upper: [null, 63, null],
  pastYhat: [59, null, null],
  pastLower: [58, null, null],
  pastUpper: [61, null, null],
  originMs: NOW,
  thresholds: { warning: 88, critical: 95 },
  forecaster: 'model',
  sparse: false,
  min: null,
  max: null,
  percent: true,
  format: (value) => `${value} %`,
};

describe('the value axis', () => {
  const plain = { percent: false, min: null, max: null, thresholds: null };

  test('shows percentages whole, and more where there is more', () => {
    expect(valueRange(series, 60, 70, false)).toEqual([0, 100]);
    expect(valueRange(series, 60, 130, false)).toEqual([0, 130]);
  });

  test('begins other metrics at zero, or below where values are', () => {
    expect(valueRange(plain, 5, 10, false)).toEqual([0, 10.8]);
    expect(valueRange(plain, -10, -5, false)[0]).toBeLessThan(-10);
  });

  test('takes in a threshold that values have come near, and no other', () => {
    const thresholds = { warning: 18, critical: 100 };
    const [, top] = valueRange({ ...plain, thresholds }, 0, 10, false);
    expect(top).toBeCloseTo(19.44);
  });

  test('fits closely where that is wanted, also around one value', () => {
    const [low, high] = valueRange(series, 60, 70, true);
    expect(low).toBeCloseTo(59);
    expect(high).toBeCloseTo(71);
    const [same, above] = valueRange(series, 50, 50, true);
    expect(above).toBeGreaterThan(same);
  });

  test.each([
    [null, null],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ])('is whole without any value (%p, %p)', (low, high) => {
    expect(valueRange(series, low, high, false)).toEqual([0, 100]);
    expect(valueRange(plain, low, high, true)).toEqual([0, 1]);
  });

  test('has a height where all values are zero', () => {
    expect(valueRange(plain, 0, 0, false)).toEqual([0, 1]);
  });
});

test('a chart has a line for each layer, in the order of its data', () => {
  const config = chartConfig({
    series,
    theme: createTheme(),
    timeZone: 'utc',
    hidden: new Set(['band'] as const),
    fit: false,
    syncKey: 'k',
    showAxes: true,
    axisWidth: 50,
    getRange: () => [NOW - 1, NOW + 1],
  }).getConfig();
  expect(config.series.slice(1).map(({ show }) => show)).toEqual([
    true,
    true,
    false,
    false,
    true,
    true,
    true,
  ]);
  expect(chartData(series)).toHaveLength(config.series.length);
  expect(config.bands?.map(({ series: edges }) => edges)).toEqual([
    [2, 1],
    [4, 3],
  ]);
});

test('says what a chart has at a time, and leaves out what is not there', () => {
  expect(describeAt(series, 1, 'utc')).toBe('Jul 5, 11:00, now: Forecast (P50) 61 %, P10–P90 60 % – 63 %');
  expect(readingsAt(series, 2).map(({ name }) => name)).toEqual(['Forecast (P50)']);
  expect(describeAt(series, 0, 'utc')).toContain('5 min ago: Measured 60 %, Earlier forecast 59 %');
  expect(describeAt(series, 99, 'utc')).toBe('');
});

describe('several charts', () => {
  test('share the panel without scrolling where they stay readable', () => {
    const grid = gridLayout(9, 1_200, 600, 8);
    expect(grid).toMatchObject({ columns: 3, scrolls: false });
    expect(grid.cellHeight * 3 + 16).toBeLessThanOrEqual(600);
  });

  test('scroll at a readable size where they do not fit', () => {
    const grid = gridLayout(40, 500, 300, 8);
    expect(grid.scrolls).toBe(true);
    expect(grid.cellHeight).toBeGreaterThanOrEqual(130);
    expect(grid.columns * grid.cellWidth).toBeLessThanOrEqual(500);
  });

  test('one takes the whole panel, however small', () => {
    expect(gridLayout(1, 90, 40, 8)).toEqual({ columns: 1, cellWidth: 90, cellHeight: 40, scrolls: false });
  });
});
