import { levelOf } from './levels';

test.each([
  [0, 'healthy'],
  [49.99, 'healthy'],
  [50, 'degraded'],
  [79.6, 'warning'],
  [80, 'critical'],
  [100, 'critical'],
])('a score of %p is %s', (score, name) => {
  expect(levelOf(score)?.name).toBe(name);
});

test.each([null, undefined, Number.NaN])('%p has no level', (score) => {
  expect(levelOf(score)).toBeUndefined();
});
