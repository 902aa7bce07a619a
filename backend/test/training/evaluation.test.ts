import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { stepStartMs } from '../../src/catalog/time.ts';
import { evaluateModel } from '../../src/training/evaluation/evaluate.ts';
import { evaluationTable } from '../../src/training/evaluation/table.ts';
import { FIRST_STEP, runSql, temporaryFolder, writeFleet } from './fixtures.ts';

const MODEL = join(import.meta.dirname, '../../../models/bundles/default');
const skip = existsSync(join(MODEL, 'forecast.onnx')) ? false : 'models/bundles/default has no forecast.onnx';
const DAY = 288;
const FROM_MS = stepStartMs(FIRST_STEP + 4 * DAY);
const TO_MS = stepStartMs(FIRST_STEP + 5 * DAY);

async function rowsOf(sql: string): Promise<readonly unknown[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe('evaluating a bundle', { skip }, () => {
  const folder = temporaryFolder({ after });
  const data = join(folder, 'fleet.parquet');
  const options = { data, model: MODEL, fromMs: FROM_MS, toMs: TO_MS, stride: 48, threads: 1 };

  before(() => writeFleet(data, 2, 6));

  it('scores the model and every rival on each measured target, and prints them', async () => {
    const report = await evaluateModel(options);
    assert.deepEqual(
      report.targets.map(({ target }) => target),
      ['cpu_used_pct', 'mem_used_pct', 'net_in_mb_s'],
    );
    // A day of 288 steps holds 4 whole horizons that start 48 steps apart, of 2 servers.
    assert.equal(report.forecasts, 2 * 4);
    for (const { model, points, quantiles } of report.targets) {
      assert.equal(model.count, 2 * 4 * 96);
      assert.ok(Number.isFinite(model.wql) && Number.isFinite(model.mase));
      assert.deepEqual(Object.keys(points), Object.keys(quantiles));
      assert.equal(points.chosen.coverage80, null);
    }
    const memory = report.targets[1];
    // Memory repeats every day exactly, so a seasonal rival is right and is what validation chooses.
    assert.ok(memory.points.seasonal.mae < 1e-4);
    assert.ok(memory.points.chosen.mae < 1e-4);
    const table = evaluationTable(report);
    assert.match(table, /mem_used_pct +MAE +MASE +WQL/);
    assert.match(table, /four_day_profile \(quantiles\)/);
    assert.match(table, /mean pinball loss against the chosen rival/);
  });

  it('writes every forecast, and the same ones whatever comes after the origin', async () => {
    const first = join(folder, 'first.parquet');
    await evaluateModel({ ...options, out: first });
    const [summary] = await rowsOf(
      `SELECT count(*)::INTEGER, min(step), max(step), min(origin)::VARCHAR, count(DISTINCT target)::INTEGER,
         bool_and(q10 <= q50 AND q50 <= q90), count(actual)::INTEGER FROM '${first}'`,
    );
    assert.deepEqual(summary, [2 * 4 * 3 * 96, 1, 96, '2026-03-06 00:00:00', 3, true, 2 * 4 * 3 * 96]);
    const changed = join(folder, 'changed.parquet');
    const lastOrigin = stepStartMs(FIRST_STEP + 4 * DAY + 3 * 48) / 1000;
    await runSql(`COPY (SELECT * REPLACE (
        CASE WHEN epoch("timestamp") > ${lastOrigin} THEN 1.5 ELSE mem_used_pct END AS mem_used_pct)
      FROM '${data}') TO '${changed}' (FORMAT parquet)`);
    const second = join(folder, 'second.parquet');
    await evaluateModel({ ...options, data: changed, out: second });
    const columns = 'server, target, origin, step, q10, q50, q90';
    const difference = await rowsOf(
      `(SELECT ${columns} FROM '${first}' EXCEPT SELECT ${columns} FROM '${second}')`,
    );
    assert.deepEqual(difference, []);
    assert.ok(
      readdirSync(folder).every((name) => name.endsWith('.parquet')),
      'nothing is left behind',
    );
  });

  it('scores a shorter horizon only as far as it reaches', async () => {
    const report = await evaluateModel({ ...options, horizon: 12, stride: 144 });
    assert.equal(report.targets[0].model.count, report.forecasts * 12);
    assert.equal(report.forecasts, 2 * 2);
  });

  it('refuses a horizon the network does not have', async () => {
    const refused = {
      code: 'ARGUS_EVALUATE_HORIZON',
      message: /horizon is 97 steps; the network forecasts 1 to 96/,
    };
    await assert.rejects(evaluateModel({ ...options, horizon: 97 }), refused);
  });

  it('says what is too short', async () => {
    const refused = { code: 'ARGUS_DATA_TOO_SHORT' };
    await assert.rejects(evaluateModel({ ...options, toMs: FROM_MS + 3_600_000 }), {
      ...refused,
      message: /12 steps to forecast where a horizon has 96/,
    });
    const early = { fromMs: stepStartMs(FIRST_STEP), toMs: stepStartMs(FIRST_STEP + 200) };
    await assert.rejects(evaluateModel({ ...options, ...early }), { ...refused, message: /no server has/ });
  });
});
