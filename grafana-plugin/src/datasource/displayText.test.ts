import { displayText } from './displayText';
import type { ArgusQuery } from './types';

test.each<[Partial<ArgusQuery>, string]>([
  [{}, 'Forecast'],
  [
    { queryType: 'forecast', metrics: ['cpu_used_pct', 'load_average'], servers: ['a', '$server'] },
    'Forecast of CPU used, Load average for a, $server',
  ],
  [
    { queryType: 'fleet', levels: ['critical'], profiles: ['etl'], search: 'web', limit: 5 },
    'Fleet, at level critical, of profile etl, named like “web”, at most 5',
  ],
  [{ queryType: 'alerts', metrics: ['cpu_used_pct'] }, 'Alerts'],
])('%j reads as %p', (query, text) => {
  expect(displayText({ refId: 'A', ...query })).toBe(text);
});
