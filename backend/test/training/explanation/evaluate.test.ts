import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { METRIC, METRIC_COUNT, METRICS } from '../../../src/catalog/metrics.ts';
import { stepStartMs } from '../../../src/catalog/time.ts';
import { evaluateExplanations } from '../../../src/training/explanation/evaluate.ts';
import { explanationTable } from '../../../src/training/explanation/table.ts';
import { calmValue } from '../../explain/support.ts';
import { FIRST_STEP, runSql, temporaryFolder, writeText } from '../fixtures.ts';

const SHIPPED = new URL('../../../../models/bundles/default', import.meta.url).pathname;
const STEPS = 420;
/** Memory climbs from here on and the server fails at the end. */
const ONSET = 330;
const FAILURE = 410;
const SERVERS = ['ppdb0', 'ppdb1', 'ppdb2'];

function rows(server: string, index: number): string[] {
  return Array.from({ length: STEPS }, (_, row) => {
    const step = FIRST_STEP + row;
    const values = Array.from({ length: METRIC_COUNT }, (_, metric) => {
      const calm = calmValue(index, metric, step);
      const climbed = index === 0 && metric === METRIC.memUsed ? Math.max(0, row - ONSET) / 80 : 0;
      return (calm + 41 * climbed).toFixed(3);
    });
    return [new Date(stepStartMs(step)).toISOString(), server, ...values].join();
  });
}

test('explanations of a failure whose cause is known are scored', async (t) => {
  const folder = temporaryFolder(t);
  const header = ['timestamp', 'server_name', ...METRICS.map(({ name }) => name)].join();
  const data = writeText(folder, 'fleet.csv', [header, ...SERVERS.flatMap(rows)].join('\n'));
  const truth = join(folder, 'truth.parquet');
  const failed = new Date(stepStartMs(FIRST_STEP + FAILURE)).toISOString();
  await runSql(
    `COPY (SELECT 'ppdb0' AS server_name, true AS failed, TIMESTAMP '${failed.slice(0, 19).replace('T', ' ')}' AS failure_time,
       'memory_leak' AS kind, true AS has_precursor) TO '${truth}' (FORMAT parquet)`,
  );
  const report = await evaluateExplanations({ data, truth, model: SHIPPED, donors: 1, sampledRuns: 64 });
  assert.equal(report.failures, 1);
  assert.equal(report.cases, 1);
  assert.equal(report.cause.first, 1);
  assert.deepEqual(report.cause.kinds.memory_leak, { cases: 1, top3: 1, first: 1 });
  assert.equal(report.repeat.same, 1);
  assert.ok(report.sampled.spearman > 0.7, `${report.sampled.spearman}`);
  assert.ok(report.deletion.shapley < report.deletion.random);
  assert.equal(report.counterfactuals.valid, 1);
  assert.equal(report.counterfactuals.inRange, 1);
  assert.match(explanationTable(report), /true cause first +100 % +50 % +65 %/);
});

test('data in which no failing server stood above healthy is refused with what to do', async (t) => {
  const folder = temporaryFolder(t);
  const header = ['timestamp', 'server_name', ...METRICS.map(({ name }) => name)].join();
  const data = writeText(folder, 'fleet.csv', [header, ...rows('ppdb1', 1)].join('\n'));
  const truth = join(folder, 'truth.parquet');
  const failed = new Date(stepStartMs(FIRST_STEP + FAILURE)).toISOString();
  await runSql(
    `COPY (SELECT 'ppdb1' AS server_name, true AS failed, TIMESTAMP '${failed.slice(0, 19).replace('T', ' ')}' AS failure_time,
       'disk_fill' AS kind) TO '${truth}' (FORMAT parquet)`,
  );
  await assert.rejects(evaluateExplanations({ data, truth, model: SHIPPED, donors: 1 }), {
    code: 'ARGUS_EVALUATE_NO_CASES',
  });
});
