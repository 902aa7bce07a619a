import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { Fleet } from '../../src/fleet/fleet.ts';
import { restoreFleet } from '../../src/fleet/persistence/restore.ts';
import { CRASH_ROUNDS } from '../crash.ts';
import { SIZE, temporaryFolder } from './diskSupport.ts';
import { playMinute } from './fixtures/minutes.ts';
import { fleetConfig, HeldClock, START_MS } from './support.ts';

const MINUTE_MS = 60_000;
const LONGEST_LIFE_MS = 150;
const fixture = join(import.meta.dirname, 'fixtures', 'ingestUntilKilled.ts');

interface Killed {
  /** The last minute that was acknowledged, or null where none was. */
  readonly acknowledged: number | null;
}

/** Runs the writer and kills it some time after it opened its files, or while it opens them. */
async function runAndKill(dataDir: string, firstMinute: number, whileOpening: boolean): Promise<Killed> {
  const output = join(dataDir, 'acknowledged');
  const fd = openSync(output, 'w');
  const child = spawn(process.execPath, [fixture, dataDir, String(firstMinute)], {
    stdio: ['ignore', fd, 'inherit', 'ipc'],
  });
  closeSync(fd);
  const ended = once(child, 'exit');
  if (!whileOpening) await Promise.race([once(child, 'message'), ended]);
  await setTimeout(Math.random() * LONGEST_LIFE_MS);
  child.kill('SIGKILL');
  const [code, signal] = await ended;
  assert.equal(signal, 'SIGKILL', `the writer ended by itself with ${code}`);
  // A line without its end was cut off by the kill.
  const lines = readFileSync(output, 'utf8').split('\n').slice(0, -1);
  const last = lines.at(-1);
  return { acknowledged: last === undefined ? null : Number(last) };
}

function restored(dataDir: string, clock: HeldClock) {
  const fleet = new Fleet({ clock, config: fleetConfig() });
  const { report } = restoreFleet(join(dataDir, 'window'), fleet, clock.now());
  assert.deepEqual(report.damaged, []);
  return fleet;
}

type Windows = ReadonlyMap<string, Float32Array>;

function windowsOf(fleet: Fleet, lastStep: number): Windows {
  const windows = new Map<string, Float32Array>();
  for (const { name, index } of fleet.servers()) {
    const window = new Float32Array(SIZE);
    fleet.copyWindow(index, lastStep, window, 0);
    windows.set(name, window);
  }
  return windows;
}

/**
 * Every cell is as it was acknowledged, or as the request after it (which the kill cut off) would have made it.
 * @returns cells compared
 */
function assertNothingLost(found: Windows, acknowledged: Windows, next: Windows, lastStep: number): number {
  let cells = 0;
  for (const [name, wanted] of acknowledged) {
    const window = found.get(name);
    if (window === undefined) {
      assert.ok(!next.has(name), `${name} is missing`);
      continue;
    }
    for (let i = 0; i < SIZE; i++) {
      if (Number.isNaN(wanted[i])) continue;
      cells++;
      const isRight = window[i] === wanted[i] || window[i] === next.get(name)?.[i];
      const step = lastStep - Math.floor((SIZE - 1 - i) / METRIC_COUNT);
      assert.ok(isRight, `${name}, step ${step}: ${window[i]} instead of ${wanted[i]}`);
    }
  }
  return cells;
}

it(`loses nothing acknowledged of closed steps in ${CRASH_ROUNDS} kills at any moment`, async (t) => {
  const dataDir = temporaryFolder(t);
  let minute = START_MS / MINUTE_MS;
  let cells = 0;
  let minutes = 0;
  for (let round = 0; round < CRASH_ROUNDS; round++) {
    const clock = new HeldClock(minute * MINUTE_MS);
    const model = restored(dataDir, clock);
    const { acknowledged } = await runAndKill(dataDir, minute, round % 5 === 4);
    const last = acknowledged ?? minute - 1;
    for (let played = minute; played <= last; played++) playMinute(model, clock, played);
    const { closedStep } = model;
    const wanted = windowsOf(model, closedStep);
    const after = restored(dataDir, new HeldClock(Math.max(last, minute) * MINUTE_MS));
    playMinute(model, clock, last + 1);
    const next = windowsOf(model, closedStep);
    cells += assertNothingLost(windowsOf(after, closedStep), wanted, next, closedStep);
    minutes += last + 1 - minute;
    minute = last + 3;
  }
  t.diagnostic(`${cells} cells compared after ${CRASH_ROUNDS} kills in ${minutes} acknowledged minutes`);
  assert.ok(cells > 0);
});
