import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import type { Server } from '../../src/fleet/types.ts';
import type { CycleReport } from '../../src/forecast/cycle.ts';
import { CycleScheduler, type SchedulerOptions } from '../../src/forecast/scheduler.ts';
import { buildStage, FakeFleet, keepingLogger, temporaryFolder, writeBundle } from './support.ts';

/** A scheduler over a cycle that ends when the test says so. */
function buildScheduler(overrides: Partial<SchedulerOptions> = {}) {
  const fleet = new FakeFleet(1000);
  const clock = { ms: 0, now: () => clock.ms };
  const started: number[] = [];
  const ends: ((failure?: Error) => void)[] = [];
  const overruns: number[] = [];
  const failures: unknown[] = [];
  let running = 0;
  const scheduler = new CycleScheduler({
    fleet,
    clock,
    waiting: () => [],
    onOverrun: (steps) => overruns.push(steps),
    onFailed: (error) => failures.push(error),
    run: (originStep) => {
      running++;
      assert.equal(running, 1, 'two cycles at once');
      started.push(originStep);
      return new Promise((resolve, reject) => {
        ends.push((failure) => {
          running--;
          if (failure === undefined) resolve({ originStep } as CycleReport);
          else reject(failure);
        });
      });
    },
    ...overrides,
  });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const endOne = async (failure?: Error): Promise<void> => {
    ends.shift()?.(failure);
    await turn();
  };
  return { scheduler, fleet, clock, started, overruns, failures, turn, endOne };
}

test('a step that closes starts a cycle', async () => {
  const { scheduler, fleet, started, turn, endOne } = buildScheduler();
  scheduler.start();
  fleet.closeStep(1001);
  await turn();
  assert.deepEqual(started, [1001]);
  await endOne();
  await scheduler.idle();
  await scheduler.stop();
});

test('a step that closes during a cycle waits; of several only the newest is forecast and the others are counted', async () => {
  const { scheduler, fleet, started, overruns, turn, endOne } = buildScheduler();
  scheduler.start();
  fleet.closeStep(1001);
  await turn();
  fleet.closeStep(1002);
  fleet.closeStep(1003);
  fleet.closeStep(1004);
  await turn();
  assert.deepEqual(started, [1001]);
  await endOne();
  assert.deepEqual(started, [1001, 1004]);
  assert.deepEqual(overruns, [1, 1]);
  await endOne();
  await scheduler.stop();
});

test('servers without a forecast get the last two steps in order, at most every five seconds', async () => {
  const waiting: Server[] = [];
  const { scheduler, fleet, clock, started, turn, endOne } = buildScheduler({ waiting: () => waiting });
  scheduler.tick();
  await turn();
  assert.deepEqual(started, [], 'nobody waits');
  waiting.push(fleet.add(0));
  scheduler.tick();
  await turn();
  scheduler.tick();
  await endOne();
  await endOne();
  assert.deepEqual(started, [999, 1000]);
  clock.ms = 4999;
  scheduler.tick();
  await turn();
  assert.deepEqual(started, [999, 1000]);
  clock.ms = 5000;
  scheduler.tick();
  await turn();
  await endOne();
  await endOne();
  assert.deepEqual(started, [999, 1000, 999, 1000]);
  clock.ms = -1_000_000;
  scheduler.tick();
  await turn();
  await endOne();
  await endOne();
  assert.equal(started.length, 6, 'a clock set back holds nothing up');
  await scheduler.stop();
});

test('a cycle that fails is reported and the schedule goes on', async () => {
  const { scheduler, fleet, started, failures, turn, endOne } = buildScheduler();
  scheduler.start();
  fleet.closeStep(1001);
  await turn();
  await endOne(new Error('broken'));
  assert.equal(failures.length, 1);
  fleet.closeStep(1002);
  await turn();
  assert.deepEqual(started, [1001, 1002]);
  await endOne();
  await scheduler.stop();
});

test('stopping waits for the cycle under way and drops what is queued', async () => {
  const { scheduler, fleet, started, turn, endOne } = buildScheduler();
  scheduler.start();
  fleet.closeStep(1001);
  await turn();
  fleet.closeStep(1002);
  const stopped = scheduler.stop();
  await endOne();
  await stopped;
  fleet.closeStep(1003);
  await turn();
  assert.deepEqual(started, [1001]);
});

test('a catch-up takes only the servers that wait, and those that join later get theirs', async (t) => {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'));
  const fleet = new FakeFleet();
  const clock = { ms: 0, now: () => clock.ms };
  const consumed: string[] = [];
  const registry = new Registry();
  const stage = buildStage(t, fleet, folder, {
    clock,
    registry,
    logger: keepingLogger().logger,
    consume: (chunk) => {
      for (const server of chunk.servers) consumed.push(`${server}@${chunk.originStep - fleet.closedStep}`);
    },
  });
  const origins: number[] = [];
  stage.onCycleFinished(({ originStep }) => {
    origins.push(originStep - fleet.closedStep);
  });
  await stage.start();
  fleet.add(0);
  fleet.add(1, { measured: 48 });
  await stage.catchUp();
  assert.deepEqual(consumed, ['0@-1', '0@0', '1@0'], 'the second was not warm a step ago');
  assert.deepEqual(origins, [-1, 0]);
  clock.ms += 5000;
  fleet.add(2);
  await stage.catchUp();
  assert.deepEqual(consumed.slice(3), ['2@-1', '2@0']);
  clock.ms += 5000;
  await stage.catchUp();
  assert.equal(consumed.length, 5, 'nobody waits any more');
  fleet.closeStep();
  await stage.idle();
  assert.deepEqual(consumed.slice(5).sort(), ['0@0', '1@0', '2@0']);
  const text = await registry.metrics();
  assert.match(text, /argus_cycle_servers\{mode="model"\} 3/);
  assert.match(text, /argus_cycle_overruns_total 0/);
  assert.match(text, /argus_model_info\{id="fixture",provider="cpu"\} 1/);
  assert.match(text, /argus_model_created_timestamp_seconds 1767225600/);
});

test('a server with nothing to forecast is tried once a step, not again and again', async (t) => {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'));
  const fleet = new FakeFleet();
  fleet.value = () => Number.NaN;
  fleet.add(0);
  const clock = { ms: 0, now: () => clock.ms };
  let cycles = 0;
  const stage = buildStage(t, fleet, folder, { clock });
  stage.onCycleFinished(() => {
    cycles++;
  });
  await stage.start();
  for (let round = 0; round < 3; round++) {
    await stage.catchUp();
    clock.ms += 5000;
  }
  assert.equal(cycles, 2);
});

test('the next cycle waits for what follows the one before, and a listener that fails stops nothing', async (t) => {
  const folder = await temporaryFolder(t);
  await writeBundle(join(folder, 'default'));
  const fleet = new FakeFleet();
  fleet.add(0);
  const { logger, lines } = keepingLogger();
  const order: string[] = [];
  const stage = buildStage(t, fleet, folder, { logger, consume: () => order.push('consumed') });
  stage.onCycleFinished(() => {
    throw new Error('full disk');
  });
  stage.onCycleFinished(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push('followed');
  });
  await stage.start();
  await Promise.all([stage.runCycle(fleet.closedStep - 1), stage.runCycle(fleet.closedStep)]);
  assert.deepEqual(order, ['consumed', 'followed', 'consumed', 'followed']);
  assert.equal(lines.filter(({ level }) => level === 'error').length, 2);
  assert.equal(stage.lastCycle()?.originStep, fleet.closedStep);
});
