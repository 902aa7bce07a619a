import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import Fastify from 'fastify';
import { Registry } from 'prom-client';
import { DEFAULT_CASCADE_CONFIG } from '../../src/cascade/config.ts';
import { createCascadeStage } from '../../src/cascade/index.ts';
import { cascadeRoutes } from '../../src/cascade/routes.ts';
import { METRIC } from '../../src/catalog/metrics.ts';
import { STEP_MS, WINDOW_STEPS } from '../../src/catalog/time.ts';
import { Fleet } from '../../src/fleet/fleet.ts';
import { RandomStream } from '../../src/simulate/random.ts';
import { fleetConfig, HeldClock, START_MS, START_STEP } from '../fleet/support.ts';

const COUNT = 40;
const RACK = ['host-10', 'host-11', 'host-12', 'host-13', 'host-14'];

/** A real fleet with a day behind it, and the stage on it. */
function scene(t: TestContext, enabled = true) {
  const clock = new HeldClock(START_MS);
  const fleet = new Fleet({ clock, config: fleetConfig({ removeAfterHours: 0.25 }) });
  /** Servers that send nothing. */
  const silent = new Set<string>();
  const registry = new Registry();
  const stage = createCascadeStage({
    fleet,
    config: { ...DEFAULT_CASCADE_CONFIG, enabled },
    registry,
    logger: { info: () => {}, error: assert.ifError },
  });
  t.after(() => stage.close());
  const record = (step: number, failingSince: number) => {
    for (let i = 0; i < COUNT; i++) {
      const name = `host-${i}`;
      if (silent.has(name)) continue;
      const slot = fleet.admit(name, { attributes: new Map([['rack', `rack-${Math.floor(i / 5)}`]]) });
      const random = new RandomStream(1, `${i} ${step}`);
      const grown = RACK.includes(name) ? Math.max(0, Math.min(1, (step - failingSince - (i % 5)) / 10)) : 0;
      const at = step * STEP_MS + 1000;
      fleet.record(slot, METRIC.backCloseWait, at, 5 + random.unit() + 500 * grown);
      fleet.record(slot, METRIC.memUsed, at, 50 + random.unit() + 10 * grown);
    }
    fleet.commit();
  };
  const past = () => {
    for (let step = START_STEP - WINDOW_STEPS + 2; step < START_STEP; step++) record(step, Infinity);
  };
  const live = async (steps: number, failingSince: number) => {
    for (let i = 0; i < steps; i++) {
      record(Math.floor(clock.now() / STEP_MS), failingSince);
      clock.advance(STEP_MS);
      fleet.tick();
      await stage.settled();
    }
  };
  return { fleet, stage, registry, past, live, clock, silent };
}

test('a day in the window is enough to find a cascade in the next hours, and its members are told', async (t) => {
  const { stage, past, live, registry } = scene(t);
  past();
  await live(30, START_STEP + 12);
  const [cascade] = stage.active();
  assert.ok(cascade !== undefined);
  assert.deepEqual(cascade.members.map(({ server }) => server).sort(), [...RACK].sort());
  const membership = stage.membershipOf('host-12');
  assert.equal(membership?.cascade, cascade.id);
  assert.ok((membership?.severity ?? 0) > 0.5);
  assert.match(membership?.reason ?? '', /^part of a cascade of 5 servers \(rack rack-2\) that host-10 led$/);
  assert.equal(stage.membershipOf('host-1'), undefined);
  const page = await registry.metrics();
  assert.match(page, /^argus_cascade_active 1$/m);
  assert.match(
    page,
    /^argus_cascade_members\{cascade="c-[0-9a-f]{16}",leader="host-10",common="rack rack-2"\} 5$/m,
  );
  assert.equal(page.match(/^argus_cascade_member\{/gm)?.length, 5);
});

test('nothing is looked for where it is switched off, and the reason is told', async (t) => {
  const { stage, past, live } = scene(t, false);
  past();
  await live(30, START_STEP + 12);
  assert.deepEqual(stage.active(), []);
  assert.match(stage.reasonUnready ?? '', /switched off/);
});

test('before a day has been measured it says that it cannot know', async (t) => {
  const { stage, live } = scene(t);
  await live(3, Infinity);
  assert.match(stage.reasonUnready ?? '', /for a day/);
});

test('a server that leaves while a cascade goes on is no longer a member', async (t) => {
  const { stage, past, live, fleet, silent } = scene(t);
  past();
  await live(30, START_STEP + 12);
  assert.equal(stage.active()[0]?.members.length, 5);
  silent.add('host-14');
  await live(5, START_STEP + 12);
  assert.equal(fleet.byName('host-14'), undefined);
  assert.deepEqual(
    stage
      .active()[0]
      ?.members.map(({ server }) => server)
      .sort(),
    RACK.slice(0, 4).sort(),
  );
  assert.equal(stage.membershipOf('host-14'), undefined);
});

async function routes(t: TestContext) {
  const made = scene(t);
  const app = Fastify();
  t.after(() => app.close());
  await app.register(cascadeRoutes, {
    cascades: made.stage,
    alerts: {
      activeAlerts: () => [],
      recentAlertEvents: () => [],
      assessmentOf: () => ({ score: 61, level: 'warning' as const }),
    },
    clock: made.clock,
  });
  return { ...made, ask: async (query = '') => (await app.inject(`/cascade${query}`)).json(), app };
}

test('GET /cascade tells who, since when, who led and what they share', async (t) => {
  const { past, live, ask } = await routes(t);
  const early = await ask();
  assert.equal(early.ready, false);
  assert.equal(early.active, 0);
  past();
  await live(30, START_STEP + 12);
  const { ready, reason, active, cascades } = await ask();
  assert.deepEqual({ ready, reason, active }, { ready: true, reason: null, active: 1 });
  const [cascade] = cascades;
  assert.equal(cascade.state, 'active');
  assert.equal(cascade.ended_at, null);
  assert.equal(cascade.leader.server_name, 'host-10');
  assert.deepEqual(
    [cascade.common.kind, cascade.common.key, cascade.common.value],
    ['attribute', 'rack', 'rack-2'],
  );
  assert.equal(cascade.members.length, 5);
  assert.equal(cascade.members[0].lag_minutes, 0);
  assert.equal(cascade.members[0].risk_score, 61);
  assert.ok(Date.parse(cascade.started_at) < Date.parse(cascade.detected_at));
  assert.match(cascade.message, /Look at host-10/);
});

test('GET /cascade can be asked for one server, one state, and refuses what it does not know', async (t) => {
  const { past, live, ask, app } = await routes(t);
  past();
  await live(30, START_STEP + 12);
  assert.equal((await ask('?server=host-11')).cascades.length, 1);
  assert.equal((await ask('?server=host-1')).cascades.length, 0);
  assert.equal((await ask('?state=recent')).cascades.length, 0);
  assert.equal((await app.inject('/cascade?state=maybe')).statusCode, 400);
});
