import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { generateDataset } from '../../src/simulate/dataset.ts';
import { failureCourse } from '../../src/simulate/hazard.ts';
import { temporaryFolder } from '../training/fixtures.ts';

const quiet = { canFail: true, progress: 0, curvature: 1, durationSteps: 20, rescueHazard: 0, meanPace: 1 };
const within = (course: typeof quiet, steps: number): number => {
  const out = new Float64Array(steps + 1);
  failureCourse(course, out);
  return out[steps];
};

describe('the hidden hazard', () => {
  it('is sure of a failure nobody prevents, and knows when', () => {
    assert.ok(within(quiet, 5) < 0.001);
    assert.ok(Math.abs(within(quiet, 60) - 1) < 1e-9);
  });

  it('falls with every chance of a rescue, and is 0 for what never fails', () => {
    assert.ok(within({ ...quiet, rescueHazard: 0.1 }, 60) < 0.4);
    assert.equal(within({ ...quiet, canFail: false }, 60), 0);
  });

  it('never falls over time', () => {
    const out = new Float64Array(97);
    failureCourse({ ...quiet, durationSteps: 50, rescueHazard: 0.01 }, out);
    assert.ok(out.every((value, k) => k === 0 || value >= out[k - 1]));
  });

  it('comes true as often as it says in a generated fleet', async (t) => {
    const directory = temporaryFolder(t);
    await generateDataset({ directory, servers: 60, days: 12, seed: 9, hazard: true });
    const file = (name: string): string => `read_parquet('${join(directory, name)}')`;
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    t.after(() => connection.closeSync());
    const result = await connection.runAndReadAll(`
      SELECT avg(h.failure_probability)::DOUBLE, avg(CASE WHEN EXISTS (
          SELECT 1 FROM ${file('truth.parquet')} t WHERE t.server_name = h.server_name AND t.failed
            AND t.failure_time > h.timestamp + INTERVAL 30 MINUTE AND t.failure_time <= h.timestamp + INTERVAL 8 HOUR
        ) THEN 1 ELSE 0 END)::DOUBLE
      FROM ${file('hazard.parquet')} h WHERE h.timestamp < TIMESTAMP '2026-06-12'`);
    const [[expected, came]] = result.getRows();
    const ratio = Number(came) / Number(expected);
    assert.ok(ratio > 0.8 && ratio < 1.35, `${came} of ${expected}`);
  });
});
