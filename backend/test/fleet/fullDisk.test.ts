import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { STEP_MS } from '../../src/catalog/time.ts';
import { type Disk, realDisk } from '../../src/fleet/persistence/disk.ts';
import {
  abandon,
  assertSameContent,
  liveFor,
  newStage,
  temporaryFolder,
  windowFilesIn,
} from './diskSupport.ts';
import { HeldClock, START_MS } from './support.ts';

const NAMES = Array.from({ length: 10 }, (_, i) => `server-${i}`);

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

interface Faults {
  /** Writes fail half way, and no file can be made. */
  full: boolean;
  /** fsync fails. */
  syncFails: boolean;
  /** What was written cannot be cut off again. */
  truncateFails: boolean;
}

/** The real disk with faults that a test switches on and off. */
function faultyDisk(faults: Faults): Disk {
  return {
    ...realDisk,
    create: (path) => {
      if (faults.full) throw failure('ENOSPC');
      return realDisk.create(path);
    },
    append: (fd, bytes) => {
      if (!faults.full) return realDisk.append(fd, bytes);
      realDisk.append(fd, bytes.subarray(0, bytes.length / 2));
      throw failure('ENOSPC');
    },
    appendLater: async (fd, bytes) => {
      if (faults.full) throw failure('ENOSPC');
      return realDisk.appendLater(fd, bytes);
    },
    truncate: (fd, length) => {
      if (faults.truncateFails) throw failure('EIO');
      realDisk.truncate(fd, length);
    },
    sync: async (fd) => {
      if (faults.syncFails) throw failure('EIO');
      await realDisk.sync(fd);
    },
  };
}

const noFaults = (): Faults => ({ full: false, syncFails: false, truncateFails: false });

describe('a full disk', () => {
  for (const truncateFails of [false, true]) {
    const how = truncateFails ? ', even where half a write cannot be cut off' : '';
    it(`does not stop the fleet, and nothing is missing once there is room again${how}`, async (t) => {
      const dataDir = temporaryFolder(t);
      const clock = new HeldClock(START_MS);
      const faults = noFaults();
      const stage = newStage(dataDir, { clock, disk: faultyDisk(faults) });
      await stage.open();
      liveFor(stage.fleet, clock, NAMES, 3);
      assert.equal(stage.health().journalHealthy, true);
      Object.assign(faults, { full: true, truncateFails });
      liveFor(stage.fleet, clock, [...NAMES, 'newcomer'], 3);
      assert.equal(stage.health().journalHealthy, false);
      assert.ok(stage.health().journalErrors > 0);
      Object.assign(faults, noFaults());
      liveFor(stage.fleet, clock, NAMES, 1);
      assert.equal(stage.health().journalHealthy, true);
      abandon(dataDir);

      const after = newStage(dataDir, { clock });
      await after.open();
      t.after(() => after.stop());
      assertSameContent(after.fleet, stage.fleet);
    });
  }

  it('is made good by a snapshot when more was to be written than memory may hold', async (t) => {
    const dataDir = temporaryFolder(t);
    const clock = new HeldClock(START_MS);
    const faults = noFaults();
    const stage = newStage(dataDir, { clock, disk: faultyDisk(faults) });
    await stage.open();
    const many = Array.from({ length: 3000 }, (_, i) => `server-${i}`);
    liveFor(stage.fleet, clock, many, 1);
    faults.full = true;
    // Old rows change with every request: 3,000 rows of 78 bytes each time.
    for (let i = 0; i < 80; i++) {
      for (const { index } of stage.fleet.servers()) stage.fleet.record(index, 0, START_MS, i);
      stage.fleet.commit();
    }
    faults.full = false;
    stage.fleet.commit();
    assert.equal(stage.health().journalHealthy, false, 'what was given up is missing in the journal');
    clock.advance(STEP_MS);
    stage.fleet.tick();
    await stage.snapshot();
    assert.equal(stage.health().journalHealthy, true);
    abandon(dataDir);

    const after = newStage(dataDir, { clock });
    await after.open();
    t.after(() => after.stop());
    assertSameContent(after.fleet, stage.fleet);
  });

  it('leaves the older files alone when a snapshot finds no room', async (t) => {
    const dataDir = temporaryFolder(t);
    const clock = new HeldClock(START_MS);
    const faults = noFaults();
    const disk = faultyDisk(faults);
    const late: Disk = {
      ...disk,
      appendLater: async () => {
        throw failure('ENOSPC');
      },
    };
    const stage = newStage(dataDir, { clock, disk: late });
    await stage.open();
    liveFor(stage.fleet, clock, NAMES, 4);
    assert.equal(await stage.snapshot(), false);
    assert.equal(await stage.snapshot(), false);
    assert.deepEqual(windowFilesIn(dataDir, /snapshot/), []);
    liveFor(stage.fleet, clock, NAMES, 1);
    abandon(dataDir);

    const after = newStage(dataDir, { clock });
    const report = await after.open();
    t.after(() => after.stop());
    assert.deepEqual(report.damaged, []);
    assertSameContent(after.fleet, stage.fleet);
  });

  it('asks for a snapshot after a failed fsync', async (t) => {
    const dataDir = temporaryFolder(t);
    const clock = new HeldClock(START_MS);
    const faults = noFaults();
    const stage = newStage(dataDir, { clock, disk: faultyDisk(faults) });
    await stage.open();
    t.after(() => stage.stop());
    faults.syncFails = true;
    liveFor(stage.fleet, clock, NAMES, 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(stage.health().journalHealthy, false);
    faults.syncFails = false;
    assert.equal(await stage.snapshot(), true);
    assert.equal(stage.health().journalHealthy, true);
  });
});

/** A file system of its own, or null where the system does not let us make one. */
function smallFileSystem(t: TestContext, size: string): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'argus-fleet-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
  t.after(() => {
    // Lazily: a fleet that was abandoned, as by a kill, has its journal open.
    execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' });
    rmSync(folder, { recursive: true });
  });
  return folder;
}

it('survives a real file system that runs full, and catches up when there is room', async (t) => {
  const dataDir = smallFileSystem(t, '256k');
  if (dataDir === null) return t.skip('mounting a tmpfs needs root');
  const clock = new HeldClock(START_MS);
  const stage = newStage(dataDir, { clock });
  await stage.open();
  const ballast = join(dataDir, 'ballast');
  writeFileSync(ballast, Buffer.alloc(160 * 1024));
  liveFor(stage.fleet, clock, NAMES, 120);
  assert.equal(stage.health().journalHealthy, false);
  rmSync(ballast);
  liveFor(stage.fleet, clock, NAMES, 1);
  assert.equal(stage.health().journalHealthy, true);
  abandon(dataDir);

  const after = newStage(dataDir, { clock });
  const report = await after.open();
  assert.deepEqual(report.damaged, []);
  assertSameContent(after.fleet, stage.fleet);
  await after.stop();
});
