import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { METRIC } from '../../src/catalog/metrics.ts';
import { STEP_MS } from '../../src/catalog/time.ts';
import {
  abandon,
  assertSameContent,
  contentOf,
  liveFor,
  newStage,
  temporaryFolder,
  windowFilesIn,
} from './diskSupport.ts';
import { HeldClock, START_MS, START_STEP } from './support.ts';

const NAMES = ['ppdb1', 'web1', 'ünï', 'd'];
const HOUR_MS = 3_600_000;

describe('window on disk', () => {
  it('is the same after a stop and a start, open steps and means included', async (t) => {
    const dataDir = temporaryFolder(t);
    const clock = new HeldClock(START_MS);
    const before = newStage(dataDir, { clock });
    await before.open();
    liveFor(before.fleet, clock, NAMES, 20);
    const slot = before.fleet.admit('web1', { profile: 'etl', timeZone: 'Asia/Tokyo', country: 'jp' });
    before.fleet.record(slot, METRIC.memUsed, clock.now(), 10);
    before.fleet.record(slot, METRIC.memUsed, clock.now(), 20);
    await before.stop();
    assert.deepEqual(windowFilesIn(dataDir, /lock|tmp/), []);

    const after = newStage(dataDir, { clock });
    const report = await after.open();
    t.after(() => after.stop());
    assert.equal(report.servers, 4);
    assert.deepEqual(report.damaged, []);
    assertSameContent(after.fleet, before.fleet);
    for (const { fleet } of [before, after]) {
      const server = fleet.byName('web1');
      assert.ok(server);
      fleet.record(server.index, METRIC.memUsed, clock.now(), 60);
    }
    clock.advance(2 * STEP_MS);
    before.fleet.tick();
    after.fleet.tick();
    assertSameContent(after.fleet, before.fleet);
  });

  it('has every closed step after a crash, and late rows of closed steps once committed', async (t) => {
    const dataDir = temporaryFolder(t);
    const clock = new HeldClock(START_MS);
    const before = newStage(dataDir, { clock });
    await before.open();
    liveFor(before.fleet, clock, NAMES, 6);
    const slot = before.fleet.admit('newcomer', {});
    before.fleet.record(slot, METRIC.cpuIdle, clock.now() - 20 * HOUR_MS, 42);
    before.fleet.commit();
    abandon(dataDir);

    const after = newStage(dataDir, { clock });
    const report = await after.open();
    t.after(() => after.stop());
    assertSameContent(after.fleet, before.fleet);
    assert.equal(report.newestClosedStep, before.fleet.closedStep);
    assert.equal(report.tornBytes, 0);
  });

  it('remembers who left, also when the slot and the name came back', async (t) => {
    const dataDir = temporaryFolder(t);
    const clock = new HeldClock(START_MS);
    const before = newStage(dataDir, { clock });
    await before.open();
    liveFor(before.fleet, clock, ['gone', 'back'], 2);
    liveFor(before.fleet, clock, ['stays'], 30);
    assert.deepEqual([...contentOf(before.fleet).keys()], ['stays']);
    liveFor(before.fleet, clock, ['stays', 'back'], 2);
    abandon(dataDir);

    const after = newStage(dataDir, { clock });
    await after.open();
    t.after(() => after.stop());
    assertSameContent(after.fleet, before.fleet);
  });

  it('goes through many crashes and snapshots without losing a step', async (t) => {
    const dataDir = temporaryFolder(t);
    const clock = new HeldClock(START_MS);
    const model = newStage(temporaryFolder(t), { clock });
    for (let round = 0; round < 8; round++) {
      const stage = newStage(dataDir, { clock, config: { snapshotEveryMinutes: 35 } });
      const report = await stage.open();
      assert.deepEqual(report.damaged, []);
      const started = clock.timeMs;
      liveFor(stage.fleet, clock, NAMES, 9);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const ended = clock.timeMs;
      clock.timeMs = started;
      liveFor(model.fleet, clock, NAMES, 9);
      assert.equal(clock.timeMs, ended);
      const expected = contentOf(model.fleet);
      for (const [name, content] of contentOf(stage.fleet)) {
        const { window, measured } = content as { window: Float32Array; measured: number };
        const wanted = expected.get(name) as { window: Float32Array; measured: number };
        assert.deepEqual(window, wanted.window);
        assert.equal(measured, wanted.measured);
      }
      if (round % 3 === 2) await stage.stop();
      else abandon(dataDir);
      clock.timeMs = START_MS + (round + 1) * 10 * STEP_MS;
    }
    // The stage abandoned last may still be taking its snapshot; the one before goes when that is done.
    const snapshots = (): number => windowFilesIn(dataDir, /^snapshot-\d+\.bin$/).length;
    for (let waited = 0; snapshots() > 1 && waited < 200; waited++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.ok(snapshots() <= 1);
  });

  it('holds what changes while a snapshot is written', async (t) => {
    const dataDir = temporaryFolder(t);
    const clock = new HeldClock(START_MS);
    const names = Array.from({ length: 1200 }, (_, i) => `s${i}`);
    const before = newStage(dataDir, { clock });
    await before.open();
    liveFor(before.fleet, clock, names, 30);
    const slot = before.fleet.byName('s0')?.index ?? -1;
    let done = false;
    const snapshot = before.snapshot().then((ok) => {
      done = true;
      return ok;
    });
    let written = 0;
    while (!done) {
      before.fleet.record(slot, METRIC.cpuIdle, START_MS + (written % 20) * STEP_MS, 50);
      before.fleet.admit(`during-${written}`, {});
      before.fleet.record(before.fleet.admit(`during-${written}`, {}), 0, START_MS, 1);
      before.fleet.commit();
      written++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(await snapshot, true);
    assert.ok(written > 3, 'the event loop turned while the snapshot was written');
    abandon(dataDir);

    const after = newStage(dataDir, { clock });
    await after.open();
    t.after(() => after.stop());
    assertSameContent(after.fleet, before.fleet);
    assert.deepEqual(windowFilesIn(dataDir, /^snapshot-\d+\.bin$/).length, 1);
  });

  it('writes a snapshot when the journal grows large, and removes the older segments', async (t) => {
    const dataDir = temporaryFolder(t);
    const clock = new HeldClock(START_MS);
    const stage = newStage(dataDir, { clock, config: { journalMaxMegabytes: 0.02 } });
    await stage.open();
    t.after(() => stage.stop());
    liveFor(stage.fleet, clock, NAMES, 120);
    // The first call may only wait for one that began many steps ago.
    await stage.snapshot();
    await stage.snapshot();
    assert.equal(windowFilesIn(dataDir, /^journal/).length, 1);
    assert.equal(windowFilesIn(dataDir, /^snapshot/).length, 1);
    assert.ok(stage.health().journalBytes < 30_000);
    assert.ok(stage.health().snapshotMs !== null);
  });

  it('removes and reports a write that a crash cut off', async (t) => {
    const dataDir = temporaryFolder(t);
    const clock = new HeldClock(START_MS);
    const before = newStage(dataDir, { clock });
    await before.open();
    liveFor(before.fleet, clock, NAMES, 3);
    const journal = join(dataDir, 'window', windowFilesIn(dataDir, /^journal/)[0]);
    const whole = readFileSync(journal);
    appendFileSync(journal, whole.subarray(whole.length - 200, whole.length - 10));
    abandon(dataDir);

    const after = newStage(dataDir, { clock });
    const report = await after.open();
    assert.equal(report.tornBytes, 190);
    assert.deepEqual(report.damaged, []);
    assertSameContent(after.fleet, before.fleet);
    assert.equal(readFileSync(journal).length, whole.length);
    abandon(dataDir);
    const again = newStage(dataDir, { clock });
    assert.equal((await again.open()).tornBytes, 0);
    t.after(() => again.stop());
  });

  it('reads nothing from before the window or from the future', async (t) => {
    const dataDir = temporaryFolder(t);
    const clock = new HeldClock(START_MS);
    const before = newStage(dataDir, { clock });
    await before.open();
    liveFor(before.fleet, clock, NAMES, 5);
    abandon(dataDir);
    for (const hours of [48, -48]) {
      const after = newStage(dataDir, { clock: new HeldClock(START_MS + hours * HOUR_MS) });
      const report = await after.open();
      assert.equal(report.servers, 4);
      assert.ok(report.skippedRows > 0);
      const server = after.fleet.byName('web1');
      assert.ok(server);
      assert.equal(after.fleet.measuredSteps(server.index, START_STEP + 4), 0);
      assert.equal(
        after.fleet.record(server.index, 0, START_MS + hours * HOUR_MS, 1),
        'accepted',
        'new measurements are taken',
      );
      abandon(dataDir);
    }
  });

  it('sets aside files of another version, and starts', async (t) => {
    const dataDir = temporaryFolder(t);
    const first = newStage(dataDir);
    await first.open();
    liveFor(first.fleet, new HeldClock(START_MS), NAMES, 1);
    await first.stop();
    const file = join(dataDir, 'window', windowFilesIn(dataDir, /^snapshot/)[0]);
    const { FrameBuffer } = await import('../../src/fleet/persistence/frames.ts');
    const frames = new FrameBuffer();
    const header = Buffer.from(`\u0001${JSON.stringify({ format: 99, metrics: [], stepSeconds: 300 })}`);
    frames.append(header.length, (payload) => header.copy(payload));
    writeFileSync(file, frames.take());

    const second = newStage(dataDir);
    const report = await second.open();
    t.after(() => second.stop());
    assert.equal(report.servers, 0);
    assert.match(report.damaged[0].reason, /format 99/);
    assert.equal(windowFilesIn(dataDir, /damaged/).length, 1);
  });
});

describe('two processes on one folder', () => {
  it('refuses the second with a coded error and a remedy, and lets it in when the first has stopped', async (t) => {
    const dataDir = temporaryFolder(t);
    const first = newStage(dataDir);
    await first.open();
    const second = newStage(dataDir);
    await assert.rejects(second.open(), (error: NodeJS.ErrnoException) => {
      assert.equal(error.code, 'ARGUS_FLEET_DATA_LOCKED');
      assert.match(error.message, new RegExp(`process ${process.pid} `));
      assert.match(error.message, /--data-dir/);
      return true;
    });
    await first.stop();
    await second.open();
    await second.stop();
  });

  it('takes over from a process that is gone, and from one whose number was given to another', async (t) => {
    const dataDir = temporaryFolder(t);
    const stage = newStage(dataDir);
    await stage.open();
    await stage.stop();
    const lock = join(dataDir, 'window', 'lock');
    const { hostname } = await import('node:os');
    const owners = [
      { pid: 2 ** 22 - 1, host: hostname(), started: '1' },
      { pid: process.pid, host: hostname(), started: '1' },
      'not a lock',
    ];
    for (const owner of owners) {
      writeFileSync(lock, JSON.stringify(owner));
      const next = newStage(dataDir);
      await next.open();
      await next.stop();
    }
  });

  it('waits for a lock of another host while that one is fresh', async (t) => {
    const dataDir = temporaryFolder(t);
    const stage = newStage(dataDir);
    await stage.open();
    await stage.stop();
    const lock = join(dataDir, 'window', 'lock');
    writeFileSync(lock, JSON.stringify({ pid: 1, host: 'elsewhere', started: null }));
    await assert.rejects(newStage(dataDir).open(), { code: 'ARGUS_FLEET_DATA_LOCKED' });
    const { utimesSync } = await import('node:fs');
    const old = new Date(Date.now() - 10 * 60_000);
    utimesSync(lock, old, old);
    const next = newStage(dataDir);
    await next.open();
    await next.stop();
  });

  it('says so when the data directory cannot be made', async (t) => {
    const dataDir = temporaryFolder(t);
    writeFileSync(join(dataDir, 'file'), '');
    await assert.rejects(newStage(join(dataDir, 'file')).open(), { code: 'ARGUS_FLEET_DATA_UNUSABLE' });
  });
});
