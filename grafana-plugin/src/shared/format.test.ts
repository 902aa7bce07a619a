import {
  decimalsFor,
  formatDuration,
  formatOffset,
  formatProbability,
  formatRisk,
  formatRiskAndLevel,
  formatValue,
} from './format';

test('a score keeps the digit that decides its level', () => {
  expect(formatRisk(79.6)).toBe('79.6');
  expect(formatRiskAndLevel(79.6)).toBe('79.6 warning');
  expect(formatRisk(null)).toBe('–');
  expect(formatRiskAndLevel(Number.NaN)).toBe('–');
});

test.each([
  [0, '0.0 %'],
  [0.0004, '< 0.1 %'],
  [0.041, '4.1 %'],
  [0.79, '79 %'],
  [0.9996, '> 99.9 %'],
  [1, '100 %'],
  [undefined, '–'],
])('a probability of %p reads %p', (fraction, text) => {
  expect(formatProbability(fraction)).toBe(text);
});

test.each([
  [0, 'less than a minute'],
  [29, 'less than a minute'],
  [60, '1 min'],
  [2_400, '40 min'],
  [3_600, '1 h'],
  [9_300, '2 h 35 min'],
  [86_400, '1 d'],
  [273_600, '3 d 4 h'],
  [Number.NaN, '–'],
])('%p seconds are %p', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test('an offset says which side of the present it is on', () => {
  expect(formatOffset(3_600_000, 0)).toBe('in 1 h');
  expect(formatOffset(0, 1_200_000)).toBe('20 min ago');
  expect(formatOffset(10_000, 0)).toBe('now');
});

test('a value has its unit and three digits that mean something', () => {
  expect(formatValue(88.137, 'percent')).toBe('88.1%');
  expect(formatValue(100, 'percent')).toBe('100%');
  expect(formatValue(1.234, 'MBs')).toBe('1.23 MB/s');
  expect(formatValue(null, 'percent')).toBe('–');
  expect(decimalsFor(20)).toBe(0);
});
