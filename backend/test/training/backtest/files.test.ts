import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readHazard } from '../../../src/training/backtest/hazard.ts';
import { checkOutputFolder } from '../../../src/training/backtest/scoreFile.ts';
import { readTruth } from '../../../src/training/backtest/truth.ts';
import { findDataFiles } from '../../../src/training/datasets/files.ts';
import { FIRST_STEP, runSql, temporaryFolder, writeText } from '../fixtures.ts';
import { rowOf, tableOf } from './tables.ts';

describe('the truth', () => {
  it('is read by server and time, with kind and precursor, remedied incidents left out', async (t) => {
    const path = join(temporaryFolder(t), 'truth.parquet');
    await runSql(`COPY (SELECT * FROM (VALUES
        ('b', 'crash', TIMESTAMP '2026-03-02 01:00:00', true, false),
        ('b', 'disk_fill', TIMESTAMP '2026-03-02 00:04:59', true, true),
        ('a', 'backup', NULL, false, true)
      ) v(server_name, kind, failure_time, failed, has_precursor)) TO '${path}' (FORMAT parquet)`);
    assert.deepEqual(
      [...(await readTruth(path))],
      [
        [
          'b',
          [
            { step: FIRST_STEP, kind: 'disk_fill', hasPrecursor: true },
            { step: FIRST_STEP + 12, kind: 'crash', hasPrecursor: false },
          ],
        ],
      ],
    );
  });

  it('may say no more than who failed and when', async (t) => {
    const path = join(temporaryFolder(t), 'truth.parquet');
    await runSql(`COPY (SELECT 'a' AS server_name, true AS failed, TIMESTAMP '2026-03-02' AS failure_time)
      TO '${path}' (FORMAT parquet)`);
    assert.deepEqual((await readTruth(path)).get('a'), [
      { step: FIRST_STEP, kind: 'unknown', hasPrecursor: null },
    ]);
  });

  it('is refused where it is absent, something else, or lacks a column', async (t) => {
    const folder = temporaryFolder(t);
    await assert.rejects(readTruth(join(folder, 'truth.parquet')), {
      code: 'ARGUS_TRUTH_NOT_FOUND',
      message: /give --truth a Parquet file with server_name, failed and failure_time/,
    });
    await assert.rejects(readTruth(writeText(folder, 'text.parquet', 'no')), {
      code: 'ARGUS_TRUTH_UNREADABLE',
    });
    const path = join(folder, 'columns.parquet');
    await runSql(`COPY (SELECT 'a' AS server_name, true AS failed) TO '${path}' (FORMAT parquet)`);
    await assert.rejects(readTruth(path), { code: 'ARGUS_TRUTH_UNREADABLE', message: /failure_time/ });
  });
});

describe('the hidden hazard', () => {
  const tables = [
    tableOf(2, { first: FIRST_STEP, last: FIRST_STEP + 10 }, 3),
    tableOf(2, { first: FIRST_STEP + 20, last: FIRST_STEP + 30 }, 3),
  ] as const;

  async function hazardOf(path: string, rows: string): Promise<string> {
    await runSql(`COPY (SELECT * FROM (VALUES ${rows})
      v(server_name, "timestamp", failure_probability)) TO '${path}' (FORMAT parquet)`);
    return path;
  }

  it('is put at its origins, 0 elsewhere', async (t) => {
    // FIRST_STEP is a multiple of 3.
    const path = await hazardOf(
      join(temporaryFolder(t), 'hazard.parquet'),
      `('a', TIMESTAMP '2026-03-02 00:15:00', 0.5), ('b', TIMESTAMP '2026-03-02 01:45:00', 0.25),
       ('a', TIMESTAMP '2026-03-02 00:20:00', 0.75), ('z', TIMESTAMP '2026-03-02 00:15:00', 0.75),
       ('b', TIMESTAMP '2026-03-05 00:00:00', 0.75), ('b', TIMESTAMP '2026-03-02 00:15:00', NULL)`,
    );
    const columns = await readHazard(path, tables);
    assert.equal(columns?.[0][rowOf(tables[0], 0, FIRST_STEP + 3)], 0.5);
    assert.equal(columns?.[1][rowOf(tables[1], 1, FIRST_STEP + 21)], 0.25);
    assert.equal(
      columns?.flatMap((column) => [...column]).reduce((sum, value) => sum + value, 0),
      0.75,
    );
  });

  it('is not there, or is of something else', async (t) => {
    const folder = temporaryFolder(t);
    assert.equal(await readHazard(join(folder, 'hazard.parquet'), tables), null);
    const refused = { code: 'ARGUS_HAZARD_UNREADABLE' };
    await assert.rejects(readHazard(writeText(folder, 'text.parquet', 'no'), tables), refused);
    const other = await hazardOf(join(folder, 'other.parquet'), "('z', TIMESTAMP '2026-03-02', 0.5)");
    await assert.rejects(readHazard(other, tables), { ...refused, message: /no row for any origin/ });
  });
});

it('truth and hazard are no measurements, with or without a manifest', async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['data.parquet', 'truth.parquet', 'hazard.parquet']) writeText(folder, name, '');
  assert.deepEqual((await findDataFiles(folder)).files, [join(folder, 'data.parquet')]);
});

it('an output folder that is not there is refused', async (t) => {
  const folder = temporaryFolder(t);
  await checkOutputFolder(join(folder, 'scores.parquet'));
  await assert.rejects(checkOutputFolder(join(folder, 'none', 'scores.parquet')), {
    code: 'ARGUS_OUTPUT_FOLDER',
    message: /make it first/,
  });
});
