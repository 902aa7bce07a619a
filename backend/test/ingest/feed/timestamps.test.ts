import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { parseTimestamp } from '../../../src/ingest/feed/timestamps.ts';

it('reads ISO 8601 in the forms that clients write, UTC where no zone is given', () => {
  const noon = Date.UTC(2026, 10, 24, 12);
  const forms: readonly (readonly [string, number])[] = [
    ['2026-11-24T12:00:00Z', noon],
    ['2026-11-24T12:00:00', noon],
    ['2026-11-24 12:00:00', noon],
    ['2026-11-24T12:00', noon],
    ['2026-11-24t12:00:00z', noon],
    ['2026-11-24T12:00:00.5', noon + 500],
    ['2026-11-24T12:00:00,123456', noon + 123],
    ['2026-11-24T12:00:00.999999999Z', noon + 999],
    ['2026-11-24T13:00:00+01:00', noon],
    ['2026-11-24 13:00:00+0100', noon],
    ['2026-11-24T06:30:00-05:30', noon],
    ['2026-11-24T22:00:00+10', noon],
    ['2026-11-24T11:59:60Z', noon],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['1970-01-01T00:00:00Z', 0],
  ];
  for (const [text, expected] of forms) assert.equal(parseTimestamp(text), expected, text);
});

it('refuses what is no date and time', () => {
  const bad = [
    '',
    'now',
    '2026-11-24',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-11-24T24:00:00Z',
    '2026-11-24T12:60:00Z',
    '2026-11-24T12:00:61Z',
    '24.11.2026 12:00',
    '1764000000',
    '2026-11-24T12:00:00Zulu',
    '2026-11-24T12:00:00Z\n',
    `2026-11-24T12:00:00.${'1'.repeat(10_000)}Z`,
  ];
  for (const text of bad) assert.ok(Number.isNaN(parseTimestamp(text)), JSON.stringify(text));
});

it('reads back every time that JavaScript writes', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true }), (date) => {
      assert.equal(parseTimestamp(date.toISOString()), date.getTime());
    }),
  );
});
