import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { stepOf, stepStartMs } from '../../../src/catalog/time.ts';
import { generateDataset } from '../../../src/simulate/dataset.ts';
import { type BacktestReport, backtestModel } from '../../../src/training/backtest/backtest.ts';
import { USEFUL } from '../../../src/training/backtest/leads.ts';
import type { Example, LearntScorer } from '../../../src/training/backtest/scorers/scorer.ts';
import { backtestTable } from '../../../src/training/backtest/table.ts';
import { failsAhead, readTruth } from '../../../src/training/backtest/truth.ts';
import { argus } from '../../app/support.ts';
import { runSql, temporaryFolder } from '../fixtures.ts';

const MODEL = join(import.meta.dirname, '../../../../models/bundles/default');
const skip = existsSync(join(MODEL, 'forecast.onnx')) ? false : 'models/bundles/default has no forecast.onnx';
const START_MS = Date.UTC(2026, 5, 1);
const DAYS = 6;
const SERVERS = 24;

async function rowsOf(sql: string): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe('backtesting a bundle', { skip }, () => {
  const folder = temporaryFolder({ after });
  const data = join(folder, 'fleet');
  const options = { data, model: MODEL, stride: 24, threads: 1 };

  before(async () => {
    await generateDataset({
      directory: data,
      servers: SERVERS,
      days: DAYS,
      seed: 5,
      fromServer: 9000,
      startMs: START_MS,
    });
  });

  it('reports every scorer on the same events, level by level and kind by kind, and prints them', async () => {
    const report = await backtestModel(options);
    const names = ['argus', 'argus_3h', 'argus_score', 'threshold', 'predict_linear', 'boosted_trees'];
    assert.deepEqual(Object.keys(report.scorers), names);
    assert.deepEqual(Object.keys(report.probabilities), ['argus', 'argus_3h', 'argus_30m']);
    assert.deepEqual(report.usefulMinutes, [30, 480]);
    assert.equal(report.validation.to, '2026-06-04T00:00:00.000Z');
    assert.equal(report.test.from, '2026-06-04T16:00:00.000Z');
    const failures = await readTruth(join(data, 'truth.parquet'));
    // The test's origins start with the step before it and end 96 steps before its end.
    const first = stepOf(Date.UTC(2026, 5, 4, 16)) - 1 + 96;
    const last = stepOf(START_MS) + DAYS * 288 - 1 - 96 + 7;
    const events = [...failures.values()].flat().filter(({ step }) => step >= first && step <= last);
    assert.equal(report.test.failures, events.length);
    for (const { prAuc, threshold, validation, test } of Object.values(report.scorers)) {
      assert.equal(test.failures, events.length);
      assert.equal(
        test.failuresWithPrecursor,
        events.filter(({ hasPrecursor }) => hasPrecursor === true).length,
      );
      assert.ok(prAuc !== null && prAuc > 0 && prAuc <= 1);
      assert.ok(validation.falsePerServerDay <= report.mostFalsePerServerDay);
      if (threshold === null) assert.equal(test.alerts, 0);
    }
    assert.equal(
      report.kinds.reduce((sum, { failures: count }) => sum + count, 0),
      events.length,
    );
    assert.equal(report.probabilities.argus.count, report.test.origins);
    assert.deepEqual(
      report.levels.map(({ level }) => level),
      ['warning', 'critical'],
    );
    const table = backtestTable(report);
    assert.match(table, /test +PR-AUC +% ceiling +recall/);
    assert.match(table, /predict_linear +0\.\d{4} +–/);
    assert.match(table, /No hazard\.parquet lies beside the truth/);
    assert.match(table, /critical +\d+ +\d\.\d{4}/);
    assert.match(table, /argus_30m: ECE 0\.\d{4} in 10 bins of equal width/);
    assert.doesNotMatch(table, /NaN|undefined|null/);
  });

  it('keeps every score, and the same ones whatever the status says and whatever comes after', async (t) => {
    const scratch = temporaryFolder(t);
    const first = join(scratch, 'first.parquet');
    const report = await backtestModel({ ...options, out: first });
    const [summary] = await rowsOf(
      `SELECT count(*) FILTER (span = 'test')::INTEGER, count(*) FILTER (span = 'validation')::INTEGER,
         count(DISTINCT server)::INTEGER, min(argus) > 0, max(argus) < 1, max(argus_score) <= 100,
         (count(*) FILTER (span = 'test' AND label = 1) / count(label) FILTER (span = 'test'))::DOUBLE
       FROM '${first}'`,
    );
    assert.deepEqual(summary.slice(0, 6), [
      report.test.origins,
      report.validation.origins,
      SERVERS,
      true,
      true,
      true,
    ]);
    assert.equal(summary[6], report.test.baseRate);

    const copy = join(scratch, 'without');
    mkdirSync(copy);
    for (const name of readdirSync(data)) {
      if (!name.startsWith('chunk_2')) cpSync(join(data, name), join(copy, name));
      else {
        await runSql(`COPY (SELECT * EXCLUDE (status) REPLACE (
            CASE WHEN timestamp >= TIMESTAMP '2026-06-06 08:00:00' THEN 1.5 ELSE mem_used_pct END AS mem_used_pct)
          FROM '${join(data, name)}') TO '${join(copy, name)}' (FORMAT parquet)`);
      }
    }
    const second = join(scratch, 'second.parquet');
    await backtestModel({ ...options, data: copy, out: second });
    const early = `SELECT * FROM '%' WHERE origin < TIMESTAMP '2026-06-06 08:00:00'`;
    const sql = (path: string): string => early.replace('%', path);
    assert.deepEqual(await rowsOf(`(${sql(first)}) EXCEPT (${sql(second)})`), []);
    assert.notDeepEqual(await rowsOf(`(FROM '${first}') EXCEPT (FROM '${second}')`), []);
    assert.deepEqual(readdirSync(scratch).sort(), ['first.parquet', 'second.parquet', 'without']);
  });

  it('fits what learns on the validation span alone, and shows an oracle for what it is', async () => {
    const failures = await readTruth(join(data, 'truth.parquet'));
    const calls: (readonly Example[])[] = [];
    const oracle: LearntScorer = {
      name: 'oracle',
      probabilityOf: USEFUL,
      async fit(examples) {
        calls.push(examples);
        return {
          name: 'oracle',
          score: ({ series, originStep }) =>
            failsAhead(failures.get(series.name) ?? [], originStep, USEFUL) ? 1 : 0,
        };
      },
    };
    const report = await backtestModel({ ...options, stride: 12, learnt: [oracle], canaries: true });
    assert.equal(calls.length, 6);
    const end = stepOf(Date.parse(report.validation.to));
    for (const examples of calls) {
      for (const { origins, labels } of examples) {
        assert.equal(origins.length, labels.length);
        assert.ok(origins.every((origin) => origin + 96 < end));
      }
    }
    assert.equal(calls.at(-1)?.length, SERVERS);
    const scored = new Set(
      calls.slice(0, 5).flatMap((examples) => examples.map(({ series }) => series.name)),
    );
    assert.equal(scored.size, SERVERS);
    assert.ok(calls.slice(0, 5).every((examples) => examples.length < SERVERS));

    const { prAuc, test } = report.scorers.oracle;
    assert.ok(prAuc !== null && prAuc > 0.99, `${prAuc}`);
    assert.equal(test.precision, 1);
    assert.ok(
      report.probabilities.oracle.brierSkill !== null && report.probabilities.oracle.brierSkill > 0.9,
    );
    const canaries = report.canaries ?? assert.fail('canaries were asked for');
    assert.ok((canaries.permutedServers?.oracle.prAuc ?? 1) < 0.25);
    assert.ok((canaries.shiftedByADay.oracle.prAuc ?? 1) < 0.25);
    assert.deepEqual([canaries.withoutStatus.hadStatus, canaries.withoutStatus.identical], [true, true]);
    assert.match(backtestTable(report), /without status: all \d+ values are read the same bit for bit/);
  });

  it('gives each scorer its share of the ceiling where the hidden hazard is known', async (t) => {
    const scratch = temporaryFolder(t);
    cpSync(join(data, 'truth.parquet'), join(scratch, 'truth.parquet'));
    await runSql(`COPY (
      SELECT server_name, timestamp, CASE WHEN EXISTS (FROM '${join(data, 'truth.parquet')}' f
          WHERE f.server_name = d.server_name AND f.failed
            AND f.failure_time BETWEEN d.timestamp + INTERVAL 35 MINUTE AND d.timestamp + INTERVAL 480 MINUTE)
        THEN 0.9 ELSE 0.01 END::FLOAT AS failure_probability
      FROM '${join(data, 'chunk_2*.parquet')}' d) TO '${join(scratch, 'hazard.parquet')}' (FORMAT parquet)`);
    const report = await backtestModel({ ...options, truth: join(scratch, 'truth.parquet') });
    assert.ok(report.ceiling !== null && report.ceiling > 0.9, `${report.ceiling}`);
    const { argus: probability, ceiling } = report.scorers;
    assert.equal(ceiling.shareOfCeiling, 1);
    assert.equal(probability.shareOfCeiling, (probability.prAuc ?? 0) / report.ceiling);
    assert.doesNotMatch(backtestTable(report), /No hazard/);
  });

  it('says what is wrong with what it was given', async (t) => {
    const scratch = temporaryFolder(t);
    const none = join(scratch, 'truth.parquet');
    await assert.rejects(backtestModel({ ...options, truth: none }), { code: 'ARGUS_TRUTH_NOT_FOUND' });
    const truth = async (server: string, time: string): Promise<string> => {
      await runSql(`COPY (SELECT '${server}' AS server_name, true AS failed, TIMESTAMP '${time}' AS failure_time)
        TO '${none}' (FORMAT parquet)`);
      return none;
    };
    await assert.rejects(backtestModel({ ...options, truth: await truth('nobody', '2026-06-02') }), {
      code: 'ARGUS_BACKTEST_NO_OVERLAP',
    });
    const [[name]] = await rowsOf(`SELECT server_name FROM '${join(data, 'chunk_2*.parquet')}' LIMIT 1`);
    await assert.rejects(
      backtestModel({ ...options, truth: await truth(String(name), '2026-06-02 18:00:00') }),
      {
        code: 'ARGUS_BACKTEST_NO_FAILURES',
        message: /in the test span, from 2026-06-04T16:00.* earlier --from/,
      },
    );
    await assert.rejects(
      backtestModel({ ...options, truth: await truth(String(name), '2026-06-05 12:00:00') }),
      {
        code: 'ARGUS_BACKTEST_NO_FAILURES',
        message: /in the validation span/,
      },
    );
    await assert.rejects(backtestModel({ ...options, fromMs: stepStartMs(0) }), {
      code: 'ARGUS_BACKTEST_SPAN',
    });
    await assert.rejects(backtestModel({ ...options, data: join(scratch, 'none'), truth: none }), {
      code: 'ARGUS_DATA_NOT_FOUND',
    });
    await assert.rejects(backtestModel({ ...options, out: join(scratch, 'none', 'scores.parquet') }), {
      code: 'ARGUS_OUTPUT_FOLDER',
    });
  });

  it('is called from the command line, for people and for programs', async (t) => {
    const call = argus(t, ['backtest', '--data', data, '--model', MODEL, '--stride', '48', '--json']);
    assert.equal(await call.ended, 0, call.stderr());
    const report = JSON.parse(call.stdout()) as BacktestReport;
    assert.equal(report.stride, 48);
    assert.equal(report.servers, SERVERS);
    assert.equal(report.canaries, undefined);
    assert.ok('argus' in report.scorers);
    const early = argus(t, ['backtest', '--data', data, '--model', MODEL, '--from', '2026-06-01T12:00:00Z']);
    assert.equal(await early.ended, 1);
    assert.match(early.stderr(), /^argus: ARGUS_BACKTEST_SPAN: .*later --from/);
    const absent = argus(t, ['backtest', '--data', data, '--model', MODEL, '--truth', join(folder, 'none')]);
    assert.equal(await absent.ended, 1);
    assert.match(absent.stderr(), /^argus: ARGUS_TRUTH_NOT_FOUND: /);
  });
});

it('a backtest without data, or with a stride that is none, is called wrongly', async (t) => {
  for (const [args, message] of [
    [['backtest'], /backtest needs --data/],
    [['backtest', '--data', 'x', '--stride', '0'], /--stride must be a number of at least 1/],
    [['backtest', '--data', 'x', '--from', 'soon'], /--from must be a time/],
  ] as const) {
    const call = argus(t, args);
    assert.equal(await call.ended, 2, call.stderr());
    assert.match(call.stderr(), message);
  }
});
