/** Drift as a whole: a small simulated fleet that changes, one that does not, new models, restarts, damage, kills. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Fastify from 'fastify';
import { DriftFleet } from '../../../bench/support/driftFleet.ts';
import { SnapshotDamaged } from '../../../src/watch/container.ts';
import { encodeDrift, restoreDrift } from '../../../src/watch/drift/file.ts';
import { DriftMonitor } from '../../../src/watch/drift/monitor.ts';
import { driftRoutes } from '../../../src/watch/drift/routes.ts';
import { temporaryFolder } from '../../forecast/support.ts';

const CHANGE_DAY = 8;
const CHANGE = { kind: 'heavier_release', day: CHANGE_DAY } as const;

function fleetOf(change: typeof CHANGE | null, days = 16): DriftFleet {
  return new DriftFleet({ servers: 60, seed: 4, days, change, replacedADay: 0 });
}

/** Lets days pass. @returns days on which a drift was detected */
function run(fleet: DriftFleet, untilDay: number): number[] {
  const detected: number[] = [];
  while (fleet.day < untilDay) {
    const { day } = fleet;
    if (fleet.step().length > 0) detected.push(day);
  }
  return detected;
}

const fileOf = (fleet: DriftFleet) => Buffer.concat(encodeDrift(fleet.monitor, fleet.view));

describe('drift of a fleet', () => {
  it('is learned, then quiet, then detected within six hours of a change, with the evidence, until a new model', async () => {
    const fleet = fleetOf(CHANGE);
    run(fleet, 4);
    assert.equal(fleet.monitor.state.status, 'learning');
    assert.equal(fleet.monitor.state.score, null);
    assert.deepEqual(run(fleet, CHANGE_DAY), []);
    assert.equal(fleet.monitor.state.status, 'quiet');
    const [first] = run(fleet, CHANGE_DAY + 0.5);
    assert.ok((first - CHANGE_DAY) * 24 <= 6, `after ${(first - CHANGE_DAY) * 24} h`);
    const { state } = fleet.monitor;
    assert.equal(state.status, 'drifting');
    assert.match(state.message, /The fleet scores [01]\.\d\d: forecast error/);
    const memory = fleet.monitor.metrics().find(({ group, metric }) => group === 0 && metric === 1);
    assert.ok(memory?.isShifted);
    assert.ok(memory.distributions.meanNow > memory.distributions.meanBefore + 5);
    const disk = fleet.monitor.metrics().find(({ group, metric }) => group === 0 && metric === 3);
    assert.ok(disk !== undefined && !disk.isShifted, 'the disk did not change');

    fleet.takeModel('trained on the new days');
    run(fleet, CHANGE_DAY + 0.6);
    assert.equal(fleet.monitor.state.status, 'learning');
    assert.equal(fleet.monitor.state.modelId, 'trained on the new days');
    assert.deepEqual(run(fleet, CHANGE_DAY + 6.5), []);
    assert.equal(fleet.monitor.state.status, 'quiet', 'days later it is compared with the new days');
  });

  it('goes on being compared with the same days when a new model is taken without a drift', () => {
    const fleet = fleetOf(CHANGE);
    run(fleet, CHANGE_DAY - 0.5);
    const { referenceStep } = fleet.monitor.state;
    fleet.takeModel('trained by schedule');
    run(fleet, CHANGE_DAY - 0.4);
    const [group] = fleet.monitor.state.groups;
    assert.deepEqual(
      [group.status, group.signals.prediction_error_rate, group.signals.anomaly_rate],
      ['quiet', null, null],
      'nothing is known of its errors',
    );
    assert.equal(fleet.monitor.state.referenceStep, referenceStep);
    const [first] = run(fleet, CHANGE_DAY + 0.5);
    assert.ok((first - CHANGE_DAY) * 24 <= 6, 'what is measured is enough to see the change');
  });

  it('goes on after a restart as if there had been none', () => {
    const [whole, first] = [fleetOf(CHANGE), fleetOf(CHANGE)];
    run(whole, CHANGE_DAY - 0.25);
    run(first, CHANGE_DAY - 0.25);
    const restarted = first.restartedWith(restoreOf(fileOf(first)));
    const [expected, detected] = [run(whole, CHANGE_DAY + 0.3), run(restarted, CHANGE_DAY + 0.3)];
    assert.ok(expected.length > 0);
    assert.deepEqual(detected, expected);
    assert.deepEqual(restarted.monitor.state, whole.monitor.state);
  });
});

function restoreOf(file: Buffer): (fleet: DriftFleet, monitor: DriftMonitor) => void {
  return (fleet, monitor) => restoreDrift(file, monitor, fleet.view);
}

describe('the file of drift', () => {
  const fleet = fleetOf(null);
  run(fleet, 1);
  const file = fileOf(fleet);

  for (const [what, damage] of [
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['empty', () => Buffer.alloc(0)],
    [
      'changed in one byte',
      (bytes: Buffer) => {
        const copy = Buffer.from(bytes);
        copy[copy.length >> 1] ^= 1;
        return copy;
      },
    ],
  ] as const) {
    it(`is refused where it is ${what}, and nothing of it is used`, () => {
      const monitor = new DriftMonitor(fleet.view);
      assert.throws(() => restoreDrift(damage(file), monitor, fleet.view), SnapshotDamaged);
      assert.equal(monitor.state.referenceStep, null);
      assert.equal(monitor.counts.hours.length, 0);
    });
  }

  it('leaves out servers that are gone', () => {
    const monitor = new DriftMonitor(fleet.view);
    restoreDrift(file, monitor, { ...fleet.view, byName: () => undefined });
    assert.equal(monitor.state.referenceStep, fleet.monitor.state.referenceStep);
  });
});

const WRITER = fileURLToPath(new URL('./driftWriter.ts', import.meta.url));
const ROUNDS = Number(process.env.ARGUS_CRASH_ROUNDS ?? 25);

test(`the file is whole after each of ${ROUNDS} kills`, async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'drift.bin');
  let written = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const child = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    child.stdout.on('data', (lines: Buffer) => {
      written += lines.toString().split('\n').length - 1;
    });
    await Promise.race([once(child.stdout, 'data'), ended]);
    await sleep((round * 7) % 40);
    child.kill('SIGKILL');
    const [, signal] = await ended;
    assert.equal(signal, 'SIGKILL');
    const fleet = { serverCount: 0, servers: () => [], byName: () => undefined };
    restoreDrift(await readFile(path), new DriftMonitor({ byIndex: () => undefined }), fleet);
  }
  t.diagnostic(`${written} files written`);
});

describe('GET /drift', () => {
  const routesOf = async (fleet: DriftFleet) => {
    const app = Fastify({ logger: false });
    const clock = { now: () => Date.UTC(2026, 5, 9) };
    await app.register(driftRoutes, { drift: fleet.monitor, fleet: fleet.view, clock });
    return app;
  };

  it('answers before anything is known', async () => {
    const app = await routesOf(fleetOf(null));
    const { statusCode, body } = await app.inject('/drift');
    assert.equal(statusCode, 200);
    const answer = JSON.parse(body);
    assert.deepEqual(
      [answer.status, answer.detected, answer.score, answer.since, answer.rows, answer.reference.since],
      ['learning', false, null, null, [], null],
    );
    assert.equal(answer.limits.length, 4);
  });

  it('has the evidence by profile and metric, filtered as asked', async () => {
    const fleet = fleetOf(CHANGE);
    run(fleet, CHANGE_DAY + 0.25);
    const app = await routesOf(fleet);
    const answer = JSON.parse((await app.inject('/drift')).body);
    assert.equal(answer.status, 'drifting');
    assert.equal(answer.detected, true);
    assert.equal(answer.profiles[0].profile, 'fleet');
    assert.equal(answer.profiles[0].servers, 60);
    const { body } = await app.inject('/drift?profile=fleet&metric=mem_used_pct');
    const { rows, profiles } = JSON.parse(body);
    assert.deepEqual([rows.length, profiles.length], [1, 1]);
    const [{ evidence, shifted, is_target: isTarget }] = rows;
    assert.deepEqual([shifted, isTarget, evidence.unit], [true, true, '%']);
    for (const shares of [evidence.histogram.before, evidence.histogram.now]) {
      assert.equal(shares.length, evidence.histogram.edges.length + 1);
      assert.ok(Math.abs(shares.reduce((sum: number, share: number) => sum + share, 0) - 1) < 1e-9);
    }
    assert.ok(evidence.distance > evidence.distance_usual + 0.2 && evidence.samples_now >= 60);
    const input = JSON.parse((await app.inject('/drift?profile=fleet&metric=cpu_user_pct')).body).rows[0];
    assert.deepEqual(
      [input.is_target, input.prediction_error_rate, input.evidence.loss_ratio_now],
      [false, null, null],
    );
  });

  it('refuses a profile or a metric that there is not', async () => {
    const app = await routesOf(fleetOf(null));
    for (const query of ['profile=nobody', 'metric=uptime_days', 'metric=']) {
      assert.equal((await app.inject(`/drift?${query}`)).statusCode, 400, query);
    }
  });
});
