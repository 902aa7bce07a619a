import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { type Clock, STEP_MS, WINDOW_STEPS } from '../../src/catalog/time.ts';
import type { FleetConfig } from '../../src/fleet/config.ts';
import { createFleet, type FleetStage } from '../../src/fleet/createFleet.ts';
import type { Fleet } from '../../src/fleet/fleet.ts';
import { type Disk, realDisk } from '../../src/fleet/persistence/disk.ts';
import { fleetConfig, HeldClock, START_MS } from './support.ts';

export const SIZE = WINDOW_STEPS * METRIC_COUNT;
export const silent = pino({ level: 'silent' });

/** A folder that is gone after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'argus-fleet-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function windowFilesIn(dataDir: string, pattern: RegExp): readonly string[] {
  return readdirSync(join(dataDir, 'window'))
    .filter((name) => pattern.test(name))
    .sort();
}

export interface StageSettings {
  readonly clock?: Clock;
  readonly config?: Partial<FleetConfig>;
  readonly disk?: Disk;
}

export function newStage(
  dataDir: string,
  { clock, config, disk = realDisk }: StageSettings = {},
): FleetStage {
  return createFleet({
    clock: clock ?? new HeldClock(START_MS),
    config: fleetConfig(config),
    dataDir,
    registry: new Registry(),
    logger: silent,
    disk,
  });
}

/** Gives the folder free as the death of the process would, without writing anything. */
export function abandon(dataDir: string): void {
  rmSync(join(dataDir, 'window', 'lock'), { force: true });
}

/** Everything a reader sees of a fleet, by server name. */
export function contentOf(fleet: Fleet): Map<string, unknown> {
  const content = new Map<string, unknown>();
  for (const server of fleet.servers()) {
    const window = new Float32Array(SIZE);
    fleet.copyWindow(server.index, fleet.closedStep, window, 0);
    content.set(server.name, {
      window,
      profile: server.profile,
      timeZone: server.timeZone,
      country: server.country,
      attributes: [...server.attributes],
      firstSeenMs: server.firstSeenMs,
      measured: fleet.measuredSteps(server.index, fleet.closedStep),
    });
  }
  return content;
}

export function assertSameContent(actual: Fleet, expected: Fleet): void {
  assert.equal(actual.closedStep, expected.closedStep);
  const [a, e] = [contentOf(actual), contentOf(expected)];
  assert.deepEqual([...a.keys()].sort(), [...e.keys()].sort());
  for (const [name, content] of e) assert.deepEqual(a.get(name), content, name);
}

/** Feeds every server one point of each of two metrics a minute, and lets the steps close. */
export function liveFor(fleet: Fleet, clock: HeldClock, names: readonly string[], steps: number): void {
  for (let minute = 0; minute < steps * 5; minute++) {
    for (const [i, name] of names.entries()) {
      const slot = fleet.admit(name, { attributes: new Map([['zone', `z${i % 3}`]]) });
      fleet.record(slot, minute % METRIC_COUNT, clock.now(), (minute * 7 + i) % 100);
      fleet.record(slot, 0, clock.now(), (minute * 3 + i) % 100);
    }
    fleet.commit();
    clock.advance(STEP_MS / 5);
    fleet.tick();
  }
  clock.advance(31_000);
  fleet.tick();
}
