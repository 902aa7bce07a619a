import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Registry } from 'prom-client';
import { TARGET_LIST, targetIndex } from '../../src/catalog/targets.ts';
import type { ForecastStage } from '../../src/forecast/stage.ts';
import { createWatchStage, type WatchStage } from '../../src/watch/index.ts';
import { ReportCard } from '../../src/watch/reportCard.ts';
import {
  buildStage,
  FakeFleet,
  keepingLogger,
  type LogLine,
  manifestOf,
  temporaryFolder,
  writeBundle,
} from '../forecast/support.ts';

const disk = targetIndex('disk_usage_pct');
const memory = targetIndex('mem_used_pct');
const NOW = 1_700_000_000_000;
const DISK_TOO_HIGH = TARGET_LIST.map((_, target) => (target === disk ? 8 : 0));

interface Scene {
  readonly fleet: FakeFleet;
  readonly stage: ForecastStage;
  readonly watch: WatchStage;
  readonly registry: Registry;
  readonly lines: readonly LogLine[];
  cycles(count: number): Promise<void>;
}

/** A fleet on which nothing moves, with a network that is right but for 8 points too much disk. */
async function scene(t: TestContext, dataDir: string, models: string, fleet = stillFleet()): Promise<Scene> {
  const registry = new Registry();
  const { logger, lines } = keepingLogger();
  const stage = buildStage(t, fleet, models, { registry });
  const watch = await createWatchStage({
    fleet,
    forecast: stage,
    clock: { now: () => NOW },
    registry,
    logger,
    dataDir,
  });
  stage.onCycleFinished(({ originStep }) => watch.cycleEnded(originStep));
  await stage.start();
  const cycles = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      fleet.closedStep++;
      await stage.runCycle(fleet.closedStep);
    }
  };
  return { fleet, stage, watch, registry, lines, cycles };
}

function stillFleet(): FakeFleet {
  const fleet = new FakeFleet();
  fleet.value = (_server, metric) => 20 + metric;
  fleet.add(0);
  fleet.add(1);
  return fleet;
}

async function models(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'), { bias: DISK_TOO_HIGH, spread: 0.0001 });
  return folder;
}

test('the report card, its metrics and the sources say where the network is wrong and who stands in', async (t) => {
  const { fleet, watch, registry, cycles } = await scene(t, await temporaryFolder(t), await models(t));
  assert.deepEqual(watch.report.rows(fleet.closedStep), []);
  assert.equal(watch.report.sinceStep, null);
  await cycles(120);
  const rows = watch.report.rows(fleet.closedStep);
  assert.equal(rows.length, TARGET_LIST.length * 5);
  const bad = rows.find(({ target, horizon }) => target === disk && horizon === 0);
  assert.ok(bad !== undefined && bad.skill === null, 'a baseline made no error');
  assert.ok(bad.losses[0] > 3 && bad.coverageRaw === 0 && bad.winkler > 50);
  assert.ok(bad.scored >= 18);
  const { byForecaster, servers } = watch.report.sources()[disk];
  assert.equal(servers, 2);
  assert.equal(byForecaster[0], 0);
  assert.equal(watch.report.sources()[memory].byForecaster[0], 2);
  const page = await registry.metrics();
  assert.match(
    page,
    /argus_report_pinball_loss\{metric="disk_usage_pct",horizon="30m",forecaster="model"\} [34]/,
  );
  assert.match(
    page,
    /argus_report_pinball_loss\{metric="disk_usage_pct",horizon="30m",forecaster="last_value"\} 0\n/,
  );
  assert.match(
    page,
    /argus_report_coverage_ratio\{metric="disk_usage_pct",horizon="8h",band="uncorrected"\} 0\n/,
  );
  assert.match(page, /argus_report_baseline_servers\{metric="disk_usage_pct"\} 2\n/);
  assert.match(page, /argus_report_baseline_servers\{metric="mem_used_pct"\} 0\n/);
  const server = fleet.byIndex(1);
  assert.ok(server);
  const own = watch.report.reportOf(server, disk);
  assert.notEqual(own.forecaster, 'model');
  assert.ok(own.sinceStep !== null && own.scored > 20);
});

test('a restart keeps the card, the choices and the bands, whatever slots the servers get', async (t) => {
  const [dataDir, folder] = [await temporaryFolder(t), await models(t)];
  const first = await scene(t, dataDir, folder);
  await first.cycles(120);
  const [rows, own] = [first.watch.report.rows(first.fleet.closedStep), first.stage.reportOf(1, disk)];
  await first.stage.stop();
  await first.watch.close();
  const fleet = new FakeFleet(first.fleet.closedStep);
  fleet.value = first.fleet.value;
  fleet.add(0, { name: 'another' });
  fleet.add(7, { name: 'server-1' });
  const second = await scene(t, dataDir, folder, fleet);
  assert.deepEqual(second.watch.report.rows(fleet.closedStep), rows);
  assert.deepEqual(second.stage.reportOf(7, disk), own);
  assert.equal(second.stage.reportOf(0, disk).scored, 0);
  await second.cycles(1);
  assert.equal(second.stage.view.forecasterOf(7, disk), own.forecaster, 'from the first cycle on');
  assert.equal(second.stage.view.forecasterOf(0, disk), 'model');
});

test('the file is written every hour, so that a crash loses no more', async (t) => {
  const [dataDir, folder] = [await temporaryFolder(t), await models(t)];
  const { cycles } = await scene(t, dataDir, folder);
  await cycles(12);
  await assert.rejects(readdir(join(dataDir, 'watch')));
  await cycles(1);
  assert.deepEqual((await readdir(join(dataDir, 'watch'))).sort(), ['drift.bin', 'scores.bin']);
});

for (const [what, damage] of [
  ['cut short', (file: Buffer) => file.subarray(0, file.length / 2)],
  [
    'changed',
    (file: Buffer) => Buffer.concat([file.subarray(0, 400), Buffer.of(1, 2, 3), file.subarray(403)]),
  ],
  ['empty', () => Buffer.alloc(0)],
] as const) {
  test(`a file of scores that is ${what} is set aside, said so, and not fatal`, async (t) => {
    const [dataDir, folder] = [await temporaryFolder(t), await models(t)];
    const first = await scene(t, dataDir, folder);
    await first.cycles(30);
    await first.watch.close();
    const path = join(dataDir, 'watch', 'scores.bin');
    await writeFile(path, damage(await readFile(path)));
    const { watch, lines, fleet } = await scene(t, dataDir, folder);
    assert.deepEqual(watch.report.rows(fleet.closedStep), []);
    assert.deepEqual((await readdir(join(dataDir, 'watch'))).sort(), [
      'drift.bin',
      `scores.bin.damaged-${NOW}`,
    ]);
    assert.ok(lines.some(({ level, message }) => level === 'warn' && message.includes('set aside')));
  });
}

test('a damaged file of drift is set aside, said so, and costs neither the start nor the scores', async (t) => {
  const [dataDir, folder] = [await temporaryFolder(t), await models(t)];
  const first = await scene(t, dataDir, folder);
  await first.cycles(30);
  await first.watch.close();
  const path = join(dataDir, 'watch', 'drift.bin');
  const file = await readFile(path);
  await writeFile(path, file.subarray(0, file.length - 100));
  const { watch, lines, fleet } = await scene(t, dataDir, folder, first.fleet);
  assert.equal(watch.drift.state.referenceStep, null);
  assert.ok(watch.report.rows(fleet.closedStep).length > 0, 'the scores are not touched');
  assert.deepEqual((await readdir(join(dataDir, 'watch'))).sort(), [
    `drift.bin.damaged-${NOW}`,
    'scores.bin',
  ]);
  assert.ok(lines.some(({ level, message }) => level === 'warn' && message.includes('about drift')));
});

test('a restart keeps the reference of drift; its metrics say that it is learning', async (t) => {
  const [dataDir, folder] = [await temporaryFolder(t), await models(t)];
  const first = await scene(t, dataDir, folder);
  await first.cycles(30);
  const began = first.watch.drift.state.referenceStep;
  assert.notEqual(began, null);
  await first.stage.stop();
  await first.watch.close();
  const second = await scene(t, dataDir, folder, first.fleet);
  await second.cycles(1);
  assert.equal(second.watch.drift.state.referenceStep, began);
  assert.equal(second.watch.drift.state.status, 'learning');
  const page = await second.registry.metrics();
  assert.match(page, /argus_drift_learning 1\n/);
  assert.match(page, /argus_drift_detected\{profile="fleet"\} 0\n/);
  assert.doesNotMatch(page, /argus_drift_score\{/);
});

test('scores that cannot be written are reported and counted, and the cycle goes on', async (t) => {
  const [dataDir, folder] = [await temporaryFolder(t), await models(t)];
  const { cycles, lines, registry, stage, fleet } = await scene(t, dataDir, folder);
  // A folder in the place of the file cannot be replaced by one.
  await mkdir(join(dataDir, 'watch', 'scores.bin', 'x'), { recursive: true });
  await cycles(13);
  assert.ok(lines.some(({ level }) => level === 'error'));
  assert.match(await registry.metrics(), /argus_report_snapshot_errors_total 1\n/);
  assert.equal(stage.view.originStep, fleet.closedStep);
});

test('another model begins with an empty card and the network everywhere', async (t) => {
  const [dataDir, folder] = [await temporaryFolder(t), await models(t)];
  const { cycles, stage, watch, fleet } = await scene(t, dataDir, folder);
  await cycles(120);
  assert.notEqual(stage.view.forecasterOf(0, disk), 'model');
  await writeBundle(join(folder, 'better'), { spread: 0.0001 }, manifestOf('better'));
  await stage.reload('better');
  await cycles(1);
  assert.equal(stage.view.forecasterOf(0, disk), 'model');
  assert.deepEqual(watch.report.rows(fleet.closedStep), []);
  assert.equal(watch.report.modelId, 'better');
});

test('a server that leaves takes its scores with it', async (t) => {
  const { cycles, stage, fleet, watch } = await scene(t, await temporaryFolder(t), await models(t));
  await cycles(120);
  fleet.leave(0);
  fleet.add(0, { name: 'another' });
  assert.equal(stage.reportOf(0, disk).scored, 0);
  assert.equal(stage.reportOf(0, disk).forecaster, 'model');
  assert.equal(watch.report.sources()[disk].servers, 1);
});

test('the card forgets what is older than 24 hours', () => {
  const card = new ReportCard();
  const add = (truthStep: number): void =>
    card.add({
      server: 0,
      truthStep,
      target: 0,
      horizon: 0,
      losses: Float64Array.of(2, 1, 3, 4, 5),
      isCoveredRaw: false,
      isCovered: true,
      isFar: false,
      winkler: 3,
      negligible: 0.001,
    });
  const start = 6_000_000;
  for (let step = start; step < start + 600; step += 6) add(step);
  const [row] = card.rows(start + 594);
  assert.ok(row.scored >= 46 && row.scored <= 48, `${row.scored}`);
  assert.deepEqual([row.bestBaseline, row.skill, row.coverage, row.coverageRaw], ['last_value', -1, 1, 0]);
  add(start);
  assert.equal(card.rows(start + 594)[0].scored, row.scored, 'a truth that comes a day late is left out');
  assert.deepEqual(card.rows(start + 594 + 288 + 12), [], 'and without scores for a day nothing is left');
});
