import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { TARGET_COUNT, TARGET_LIST } from '../../src/catalog/targets.ts';
import { DEFAULT_RISK_CONFIG, type RiskConfig } from '../../src/risk/config.ts';
import type { RiskEngine } from '../../src/risk/engine.ts';
import { summarizeFleet } from '../../src/risk/fleetSummary.ts';
import { createRiskStage } from '../../src/risk/index.ts';
import type { AlertEvent, RiskAssessment } from '../../src/risk/types.ts';
import { chunkOf, FakeFleet, flatAt, rising, type Scene, silentLogger, target } from './fixtures.ts';

const engines: RiskEngine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

async function stage(names: readonly string[], config: RiskConfig = DEFAULT_RISK_CONFIG) {
  const fleet = new FakeFleet(names);
  const clock = { now: () => 1_700_000_000_000 };
  const engine = await createRiskStage({
    fleet,
    clock,
    config,
    dataDir: null,
    registry: new Registry(),
    logger: silentLogger,
    calibration: null,
  });
  engines.push(engine);
  const events: AlertEvent[] = [];
  engine.onAlertEvent((event) => events.push(event));
  const cycle = async (originStep: number, scenes: readonly Scene[]) => {
    engine.assess(chunkOf(originStep, scenes));
    await engine.endCycle(originStep);
  };
  return { fleet, engine, events, cycle };
}

async function assessmentOf(scene: Scene): Promise<RiskAssessment> {
  const { engine, cycle } = await stage(['host']);
  await cycle(100, [scene]);
  const assessment = engine.assessmentOf('host');
  assert.ok(assessment !== undefined);
  return assessment;
}

const FILLING: Scene = { now: { mem_used_pct: 88.2 - 1 }, courses: { mem_used_pct: rising(87.2, 97, 9) } };

describe('an assessment', () => {
  it('shows up only once its cycle has ended', async () => {
    const { engine } = await stage(['host']);
    engine.assess(chunkOf(100, [{}]));
    assert.equal(engine.assessmentOf('host'), undefined);
    await engine.endCycle(100);
    assert.equal(engine.assessmentOf('host')?.originStep, 100);
  });

  it('keeps its numbers after the chunk is reused', async () => {
    const { engine } = await stage(['host']);
    const chunk = chunkOf(100, [FILLING]);
    engine.assess(chunk);
    chunk.quantiles.fill(0);
    chunk.windows.fill(0);
    await engine.endCycle(100);
    const kept = engine.assessmentOf('host');
    assert.ok(kept !== undefined && kept.severities[target('mem_used_pct')] > 0.5);
  });

  it('has a severity for every target, NaN for load, which has no thresholds', async () => {
    const { severities } = await assessmentOf({});
    assert.equal(severities.length, TARGET_COUNT);
    assert.deepEqual(
      TARGET_LIST.filter((_, index) => Number.isNaN(severities[index])).map(({ name }) => name),
      ['load_average'],
    );
  });

  it('names the first time P50 passes each threshold, soonest first, at the end of that step', async () => {
    const { breaches } = await assessmentOf(FILLING);
    const memory = target('mem_used_pct');
    assert.deepEqual(
      breaches.map(({ target: of, threshold, seconds }) => ({ of, threshold, seconds })),
      [
        { of: memory, threshold: 'warning', seconds: 300 },
        { of: memory, threshold: 'critical', seconds: 2400 },
      ],
    );
    assert.ok(breaches[1].value >= 95 && breaches[1].value < 97);
  });

  it('gives 0 seconds and the measured value for a threshold that is past already', async () => {
    const { breaches } = await assessmentOf({ now: { disk_usage_pct: 97 } });
    assert.deepEqual(
      breaches.map(({ threshold, seconds, value }) => ({ threshold, seconds, value })),
      [
        { threshold: 'warning', seconds: 0, value: 97 },
        { threshold: 'critical', seconds: 0, value: 97 },
      ],
    );
  });

  it('gives a failure within 8 hours at least the probability of one within 30 minutes', async () => {
    for (const scene of [{}, FILLING, { now: { disk_usage_pct: 97 } }]) {
      const { failureProbability30m, failureProbability8h } = await assessmentOf(scene);
      assert.ok(failureProbability30m > 0 && failureProbability30m <= failureProbability8h);
      assert.ok(failureProbability8h < 1);
    }
  });

  it('follows thresholds configured for a server', async () => {
    const config = {
      ...DEFAULT_RISK_CONFIG,
      servers: [{ pattern: '^big', thresholds: { disk_usage_pct: { warning: 98, critical: 99 } } }],
    };
    const { engine, cycle } = await stage(['big-1', 'small-1'], config);
    const scene = { now: { disk_usage_pct: 92 } };
    await cycle(100, [scene, scene]);
    assert.equal(engine.assessmentOf('big-1')?.level, 'healthy');
    assert.notEqual(engine.assessmentOf('small-1')?.level, 'healthy');
  });

  it('skips a slot that changed hands during the cycle', async () => {
    const { engine, fleet, cycle } = await stage(['old', 'other']);
    fleet.remove(0, 'new');
    await cycle(100, [{ now: { disk_usage_pct: 99 } }, {}]);
    assert.equal(engine.assessmentOf('new'), undefined);
    assert.equal(engine.assessmentOf('old'), undefined);
    assert.ok(engine.assessmentOf('other') !== undefined);
    await cycle(101, [{}, {}]);
    assert.ok(engine.assessmentOf('new') !== undefined);
  });

  it('is gone once its server is stale, has left, or has had no forecast for half an hour', async () => {
    const { engine, fleet, cycle } = await stage(['a', 'b', 'c']);
    await cycle(100, [{}, {}, {}]);
    fleet.setStale(0, true);
    fleet.remove(1);
    assert.equal(engine.assessmentOf('b'), undefined);
    await engine.endCycle(101);
    assert.deepEqual(
      [...engine.assessments()].map(({ server }) => server),
      ['c'],
    );
    await engine.endCycle(107);
    assert.deepEqual([...engine.assessments()], []);
  });
});

describe('the cause', () => {
  const causeOf = async (scene: Scene) => (await assessmentOf(scene)).cause;

  it('says when a threshold is reached, with the value now and the band then', async () => {
    assert.equal(
      await causeOf(FILLING),
      'memory used reaches 95 % in about 40 minutes (now 87 %, P10–P90 94–98 %)',
    );
  });

  it('says that a critical threshold is past', async () => {
    assert.equal(
      await causeOf({ now: { disk_usage_pct: 97 } }),
      'disk used is at 97 %, past its critical threshold of 95 %',
    );
  });

  it('says that a warning threshold is past and when the critical one follows', async () => {
    assert.equal(
      await causeOf({ now: { cpu_used_pct: 90 }, courses: { cpu_used_pct: rising(90, 96, 30) } }),
      'CPU used is at 90 %, past its warning threshold of 85 %, and reaches 95 % in about 2 h 5 min (P10–P90 93–97 %)',
    );
  });

  it('says what may happen where only the upper part of the band passes', async () => {
    assert.equal(
      await causeOf({ now: { mem_used_pct: 85 }, band: 6 }),
      'memory used may reach 88 % in about 5 minutes (chance 30 %, now 85 %, P10–P90 79–91 %)',
    );
  });

  it('says so where nothing is in sight, and where nothing is measured', async () => {
    assert.equal(await causeOf({}), 'no metric is expected to pass its thresholds in the next 8 hours');
    const courses = Object.fromEntries(TARGET_LIST.map(({ name }) => [name, flatAt(Number.NaN)]));
    assert.equal(await causeOf({ courses }), 'none of the metrics that have thresholds is measured');
  });

  it('is told without a value of now where nothing was measured lately', async () => {
    const { engine } = await stage(['host']);
    const chunk = chunkOf(100, [FILLING]);
    chunk.windows.fill(Number.NaN, 280 * METRIC_COUNT);
    engine.assess(chunk);
    await engine.endCycle(100);
    assert.equal(
      engine.assessmentOf('host')?.cause,
      'memory used reaches 95 % in about 40 minutes (P10–P90 94–98 %)',
    );
  });

  it('is the target that contributes most', async () => {
    const assessment = await assessmentOf({ now: { disk_usage_pct: 89, net_in_mb_s: 120 } });
    assert.equal(assessment.causeTarget, target('net_in_mb_s'));
  });
});

describe('the fleet summary', () => {
  it('counts levels and joins probabilities as those of at least one failure', async () => {
    const { engine, cycle } = await stage(['a', 'b']);
    await cycle(100, [{}, { now: { disk_usage_pct: 99 } }]);
    const [a, b] = [...engine.assessments()];
    const summary = summarizeFleet(engine.assessments());
    assert.deepEqual(summary.byLevel, { healthy: 1, degraded: 0, warning: 0, critical: 1 });
    assert.equal(summary.total, 2);
    const expected = 1 - (1 - a.failureProbability8h) * (1 - b.failureProbability8h);
    assert.ok(Math.abs(summary.failureProbability8h - expected) < 1e-12);
    assert.ok(Math.abs(summary.health - (100 - (a.score + b.score) / 2)) < 1e-9);
  });

  it('is in perfect health without servers', () => {
    const empty = summarizeFleet([]);
    assert.equal(empty.health, 100);
    assert.equal(empty.failureProbability8h, 0);
  });
});

describe('alerts', () => {
  const BAD: Scene = { now: { disk_usage_pct: 99 } };

  it('open after the level held for two cycles, once, with cause, lead and values', async () => {
    const { engine, events, cycle } = await stage(['host']);
    await cycle(100, [FILLING]);
    assert.deepEqual(engine.activeAlerts(), []);
    await cycle(101, [FILLING]);
    await cycle(102, [FILLING]);
    assert.equal(events.length, 1);
    const [{ type, previousLevel, alert }] = events;
    assert.equal(type, 'opened');
    assert.equal(previousLevel, 'healthy');
    assert.equal(alert.leadSeconds, 2400);
    assert.equal(
      alert.message,
      `Critical, risk ${Math.floor(alert.score)}: memory used reaches 95 % in about 40 minutes (now 87 %, P10–P90 94–98 %). Restart or roll back the service whose memory grows, or give the server more memory.`,
    );
    assert.equal(engine.activeAlerts().length, 1);
  });

  it('do not count a cycle twice', async () => {
    const { engine, cycle } = await stage(['host']);
    await cycle(100, [BAD]);
    await cycle(100, [BAD]);
    assert.deepEqual(engine.activeAlerts(), []);
  });

  it('open within a catch-up cycle for newcomers, without setting the others back', async () => {
    const { engine, cycle } = await stage(['known', 'newcomer']);
    await cycle(100, [{}]);
    await cycle(101, [{ now: { disk_usage_pct: 91 } }]);
    const known = engine.assessmentOf('known');
    await cycle(100, [BAD, BAD]);
    await cycle(101, [{ now: { disk_usage_pct: 91 } }, BAD]);
    assert.deepEqual(engine.assessmentOf('known')?.score, known?.score);
    assert.deepEqual(
      engine.activeAlerts().map(({ server }) => server),
      ['newcomer'],
    );
  });

  it('do not join streaks across a long gap', async () => {
    const { engine, cycle } = await stage(['host']);
    await cycle(100, [BAD]);
    await cycle(140, [BAD]);
    assert.deepEqual(engine.activeAlerts(), []);
    await cycle(141, [BAD]);
    assert.equal(engine.activeAlerts().length, 1);
  });

  it('resolve when the risk is gone for two cycles, with the level it fell to', async () => {
    const { engine, events, cycle } = await stage(['host']);
    for (const step of [100, 101]) await cycle(step, [BAD]);
    for (const step of [102, 103]) await cycle(step, [{}]);
    assert.deepEqual(
      events.map(({ type, previousLevel, alert }) => [type, previousLevel, alert.level]),
      [
        ['opened', 'healthy', 'critical'],
        ['resolved', 'critical', 'healthy'],
      ],
    );
    assert.equal(events[0].alert.id, events[1].alert.id);
    assert.ok(events[1].alert.message.startsWith('Resolved after'));
    assert.deepEqual(engine.activeAlerts(), []);
  });

  it('follow the newest score and message between events', async () => {
    const { engine, events, cycle } = await stage(['host']);
    for (const step of [100, 101]) await cycle(step, [BAD]);
    await cycle(102, [{ now: { disk_usage_pct: 98 } }]);
    assert.equal(events.length, 1);
    assert.ok(engine.activeAlerts()[0].message.includes('98 %'));
  });

  it('resolve with a reason when their server goes stale or leaves', async () => {
    const { engine, events, fleet, cycle } = await stage(['a', 'b']);
    for (const step of [100, 101]) await cycle(step, [BAD, BAD]);
    fleet.setStale(0, true);
    await engine.endCycle(102);
    fleet.remove(1);
    await engine.endCycle(103);
    const resolved = events.filter(({ type }) => type === 'resolved');
    assert.deepEqual(
      resolved.map(({ alert }) => alert.message.split(': ')[1]),
      ['the server stopped sending measurements', 'the server left the fleet'],
    );
    assert.deepEqual(engine.activeAlerts(), []);
  });

  it('stay below a configured minimum level', async () => {
    const config = {
      ...DEFAULT_RISK_CONFIG,
      alerts: { ...DEFAULT_RISK_CONFIG.alerts, minimumLevel: 'critical' as const },
    };
    const { engine, events, cycle } = await stage(['host'], config);
    for (const step of [100, 101, 102]) await cycle(step, [{ now: { disk_usage_pct: 91 } }]);
    assert.deepEqual(events, []);
    assert.notEqual(engine.assessmentOf('host')?.level, 'healthy');
  });

  it('reach every listener although one throws', async () => {
    const { engine, events, cycle } = await stage(['host']);
    const stop = engine.onAlertEvent(() => {
      throw new Error('broken listener');
    });
    engine.onAlertEvent((event) => events.push(event));
    for (const step of [100, 101]) await cycle(step, [BAD]);
    assert.equal(events.length, 2);
    stop();
  });

  it('are listed with the highest score first', async () => {
    const { engine, cycle } = await stage(['a', 'b']);
    for (const step of [100, 101]) await cycle(step, [{ now: { disk_usage_pct: 91 } }, BAD]);
    assert.deepEqual(
      engine.activeAlerts().map(({ server }) => server),
      ['b', 'a'],
    );
  });
});
