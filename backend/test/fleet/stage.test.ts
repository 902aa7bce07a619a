import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { createFleet } from '../../src/fleet/createFleet.ts';
import { StepTimer } from '../../src/fleet/timer.ts';
import { silent, temporaryFolder } from './diskSupport.ts';
import { fleetConfig, HeldClock, START_MS } from './support.ts';

describe('createFleet', () => {
  it('runs without a data directory, and says that nothing is lacking', async () => {
    const clock = new HeldClock(START_MS);
    const stage = createFleet({
      clock,
      config: fleetConfig(),
      dataDir: null,
      registry: new Registry(),
      logger: silent,
    });
    assert.equal((await stage.open()).files, 0);
    stage.start();
    stage.fleet.record(stage.fleet.admit('a', {}), 0, START_MS, 1);
    stage.fleet.commit();
    assert.equal(await stage.snapshot(), false);
    assert.deepEqual(
      { ...stage.health(), closedStep: 0 },
      {
        servers: 1,
        closedStep: 0,
        journalHealthy: true,
        journalErrors: 0,
        journalBytes: 0,
        snapshotMs: null,
      },
    );
    await stage.stop();
  });

  it('shows what it counts as metrics that promtool finds nothing wrong with', async (t) => {
    const registry = new Registry();
    const stage = createFleet({
      clock: new HeldClock(START_MS),
      config: fleetConfig({ maxServers: 1 }),
      dataDir: temporaryFolder(t),
      registry,
      logger: silent,
    });
    await stage.open();
    const slot = stage.fleet.admit('a', {});
    stage.fleet.admit('b', {});
    stage.fleet.admit('', {});
    stage.fleet.record(slot, 0, START_MS, 1);
    stage.fleet.record(slot, 0, START_MS - 3_600_000, 1);
    stage.fleet.commit();
    await stage.snapshot();
    const page = await registry.metrics();
    for (const line of [
      'argus_fleet_servers 1',
      'argus_fleet_servers_refused_total{reason="fleet_full"} 1',
      'argus_fleet_servers_refused_total{reason="name_empty"} 1',
      'argus_fleet_points_total 2',
      'argus_fleet_late_points_total 1',
      'argus_journal_healthy 1',
      'argus_journal_errors_total 0',
      `argus_snapshot_last_timestamp_seconds ${START_MS / 1000}`,
    ])
      assert.ok(page.includes(`${line}\n`), line);
    await stage.stop();
    try {
      execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    } catch {
      t.diagnostic('promtool is not on PATH: the page was not checked by it');
      return;
    }
    assert.equal(execFileSync('promtool', ['check', 'metrics'], { input: page }).toString(), '');
  });
});

describe('StepTimer', () => {
  it('calls until it is stopped, also when the clock stands still', async () => {
    let calls = 0;
    const timer = new StepTimer(
      { now: () => 1000 },
      () => 1001,
      () => {
        calls++;
      },
    );
    timer.start();
    timer.start();
    while (calls < 3) await setTimeout(1);
    timer.stop();
    const atStop = calls;
    await setTimeout(20);
    assert.equal(calls, atStop);
  });
});
