import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { calibrate, parseCalibration } from '../../src/risk/calibration.ts';
import { fitIsotonic, scoreProbabilities } from '../../src/training/calibration/isotonic.ts';
import { failsWithin, readFailures } from '../../src/training/calibration/truth.ts';
import { FIRST_STEP, runSql, temporaryFolder, writeText } from './fixtures.ts';

const near = (actual: number | null, expected: number, tolerance = 1e-12) =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

/** `count` outcomes with one feature, of which `events` happened. */
const group = (raw: number, count: number, events: number) =>
  Array.from({ length: count }, (_, i) => ({ raw, happened: i < events }));

describe('fitting probabilities', () => {
  it('takes the rate of each feature where rates rise', () => {
    const fit = fitIsotonic([...group(0.1, 99, 4), ...group(0.5, 99, 24), ...group(0.9, 99, 74)]);
    assert.deepEqual(
      fit.x.map((x) => x.toFixed(3)),
      ['0.100', '0.500', '0.900'],
    );
    assert.deepEqual(fit.y, [0.045, 0.245, 0.745]);
  });

  it('pools features whose rates fall', () => {
    const fit = fitIsotonic([...group(0.1, 100, 30), ...group(0.3, 100, 10), ...group(0.9, 100, 80)]);
    near(fit.x[0], 0.2);
    near(fit.y[0], 40.5 / 201);
    assert.equal(fit.x.length, 2);
  });

  it('gives a table the risk stage accepts, never falling and never sure, whatever the outcomes', () => {
    const outcome = fc.record({ raw: fc.double({ min: 0, max: 1, noNaN: true }), happened: fc.boolean() });
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 2000 }), (outcomes) => {
        const table = { kind: 'isotonic', ...fitIsotonic(outcomes) };
        const content = {
          format: 1,
          feature: 'danger-union-1',
          horizons: { '30m': table, '3h': table, '8h': table },
        };
        const { tables } = parseCalibration(content);
        for (let raw = 0; raw <= 1; raw += 0.05) {
          const probability = calibrate(tables['8h'], raw);
          assert.ok(probability > 0 && probability < 1);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('counts an outcome as often as it stands for', () => {
    const quiet = group(0.1, 60, 0).map((outcome) => ({ ...outcome, weight: 6 }));
    const fit = fitIsotonic([...quiet, ...group(0.9, 60, 60)]);
    near(fit.y[0], 0.5 / 361);
    near(fit.y[1], 60.5 / 61);
  });

  it('has nothing to say without outcomes', () => {
    assert.throws(() => fitIsotonic([]), RangeError);
  });
});

describe('scoring probabilities', () => {
  it('follows the formulas of Brier score, its skill and calibration error', () => {
    const forecasts = [
      { probability: 0.9, happened: true },
      { probability: 0.9, happened: false },
      { probability: 0.1, happened: false },
      { probability: 0.1, happened: false },
    ];
    const { count, events, brier, brierSkill, ece } = scoreProbabilities(forecasts);
    assert.deepEqual([count, events], [4, 1]);
    near(brier, (0.01 + 0.81 + 0.01 + 0.01) / 4);
    near(brierSkill, 1 - 0.21 / (0.25 * 0.75));
    near(ece, 0.5 * 0.4 + 0.5 * 0.1);
  });

  it('has no skill to tell where nothing happened', () => {
    assert.equal(scoreProbabilities([{ probability: 0.2, happened: false }]).brierSkill, null);
  });
});

describe('failures of a generated fleet', () => {
  it('are read by server and step, remedied incidents left out', async (t) => {
    const path = join(temporaryFolder(t), 'truth.parquet');
    await runSql(`COPY (SELECT * FROM (VALUES
        ('b', TIMESTAMP '2026-03-02 01:00:00', true), ('a', TIMESTAMP '2026-03-02 00:10:00', true),
        ('a', NULL, false), ('b', TIMESTAMP '2026-03-02 00:30:00', true)
      ) v(server_name, failure_time, failed)) TO '${path}' (FORMAT parquet)`);
    const failures = await readFailures(path);
    assert.deepEqual(
      [...failures],
      [
        ['a', [FIRST_STEP + 2]],
        ['b', [FIRST_STEP + 6, FIRST_STEP + 12]],
      ],
    );
  });

  it('count only when they come after the origin and within the horizon', () => {
    assert.equal(failsWithin([10], 10, 6), false);
    assert.equal(failsWithin([10], 9, 6), true);
    assert.equal(failsWithin([10], 4, 6), true);
    assert.equal(failsWithin([10], 3, 6), false);
  });

  it('are refused where the file is absent or something else', async (t) => {
    const folder = temporaryFolder(t);
    await assert.rejects(readFailures(join(folder, 'truth.parquet')), { code: 'ARGUS_DATA_NOT_FOUND' });
    await assert.rejects(readFailures(writeText(folder, 'truth.parquet', 'no')), {
      code: 'ARGUS_DATA_UNREADABLE',
    });
  });
});
