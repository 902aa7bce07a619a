import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Registry } from 'prom-client';
import { DEFAULT_CASCADE_CONFIG } from '../../src/cascade/config.ts';
import { CHANNELS } from '../../src/cascade/signals.ts';
import type { Cascade, Membership } from '../../src/cascade/types.ts';
import { SCORE_PARTS } from '../../src/catalog/targets.ts';
import { DEFAULT_RISK_CONFIG } from '../../src/risk/config.ts';
import { createRiskStage } from '../../src/risk/index.ts';
import { type AlertEvent, isGrouped } from '../../src/risk/types.ts';
import { chunkOf, FakeFleet, rising, type Scene, silentLogger } from './fixtures.ts';

const NAMES = ['ppdb001', 'ppdb002', 'ppdb003', 'other'];
const MEMBERS = NAMES.slice(0, 3);
const CALM: Scene = {};
/** Memory that may pass its warning threshold. */
const DOUBTFUL: Scene = { now: { mem_used_pct: 82 }, courses: { mem_used_pct: rising(82, 89, 60) } };
const FULL: Scene = { now: { disk_usage_pct: 97 } };

function cascadeOf(members: readonly string[], updatedStep: number): Cascade {
  return {
    id: 'c-0001',
    beganStep: 90,
    detectedStep: 95,
    updatedStep,
    members: members.map((server, i) => ({
      server,
      profile: 0,
      beganStep: 90 + i,
      z: 9,
      correlation: 0.9,
      channel: CHANNELS.find(({ signal }) => signal === 8) ?? CHANNELS[0],
      deviating: true,
    })),
    leader: { server: members[0], leadSteps: 1, confidence: 0.8 },
    common: { kind: 'attribute', key: 'rack', value: 'r1', inside: 1, outside: 0, pValue: 1e-9 },
    channels: [
      { channel: CHANNELS.find(({ signal }) => signal === 8) ?? CHANNELS[0], members: members.length },
    ],
  };
}

/** Cascades as a test sets them. */
class SetCascades {
  now: readonly Cascade[] = [];
  active(): readonly Cascade[] {
    return this.now;
  }
  membershipOf(server: string): Membership | undefined {
    const cascade = this.now.find(({ members }) => members.some((member) => member.server === server));
    if (cascade === undefined) return undefined;
    return {
      cascade: cascade.id,
      leader: cascade.leader.server,
      severity: 1,
      reason: 'part of a cascade of 3',
    };
  }
}

async function stage(t: TestContext, dataDir: string | null = null, weight = DEFAULT_CASCADE_CONFIG.weight) {
  const cascades = new SetCascades();
  const registry = new Registry();
  const engine = await createRiskStage({
    fleet: new FakeFleet(NAMES),
    clock: { now: () => 1_700_000_000_000 },
    config: DEFAULT_RISK_CONFIG,
    cascades,
    cascadeConfig: { enabled: true, weight },
    dataDir,
    registry,
    logger: silentLogger,
    calibration: null,
  });
  t.after(() => engine.close());
  const events: AlertEvent[] = [];
  engine.onAlertEvent((event) => events.push(event));
  const cycle = async (originStep: number, scenes: readonly Scene[]) => {
    engine.assess(chunkOf(originStep, scenes));
    await engine.endCycle(originStep);
  };
  return { cascades, engine, events, cycle, registry };
}

const ALL = (scene: Scene): readonly Scene[] => NAMES.map(() => scene);

describe('a member of a cascade', () => {
  it('has more risk than it would have alone, by its own part, which is named in the cause', async (t) => {
    const { cascades, engine, cycle } = await stage(t);
    await cycle(100, ALL(DOUBTFUL));
    const alone = engine.assessmentOf('ppdb001');
    cascades.now = [cascadeOf(MEMBERS, 101)];
    await cycle(101, ALL(DOUBTFUL));
    const inIt = engine.assessmentOf('ppdb001');
    assert.ok(alone !== undefined && inIt !== undefined);
    assert.ok(inIt.score > alone.score);
    assert.equal(inIt.parts.memory, alone.parts.memory);
    assert.ok(inIt.parts.cascade > 0);
    assert.equal(
      SCORE_PARTS.reduce((sum, part) => sum + inIt.parts[part], 0),
      inIt.score,
    );
    assert.equal(inIt.cause, `${alone.cause}; part of a cascade of 3`);
    assert.equal(engine.assessmentOf('other')?.parts.cascade, 0);
  });

  it('is told of the cascade alone where nothing else is expected', async (t) => {
    const { cascades, engine, cycle } = await stage(t);
    cascades.now = [cascadeOf(MEMBERS, 100)];
    await cycle(100, ALL(CALM));
    assert.equal(engine.assessmentOf('ppdb002')?.cause, 'part of a cascade of 3');
    assert.equal(engine.assessmentOf('ppdb002')?.level, 'healthy');
  });

  it('has no more risk where a cascade is to count for nothing', async (t) => {
    const { cascades, engine, cycle } = await stage(t, null, 0);
    cascades.now = [cascadeOf(MEMBERS, 100)];
    await cycle(100, ALL(DOUBTFUL));
    assert.equal(engine.assessmentOf('ppdb001')?.parts.cascade, 0);
  });

  it('is explained by the same score that is shown', async (t) => {
    const { cascades, engine } = await stage(t);
    cascades.now = [cascadeOf(MEMBERS, 100)];
    const chunk = chunkOf(100, ALL(DOUBTFUL));
    engine.assess(chunk);
    await engine.endCycle(100);
    const server = { name: 'ppdb001', profile: engine.assessmentOf('ppdb001')?.profile ?? 0 };
    const score = engine.assessor.score(server, chunk.quantiles, 0, chunk.windows, 0);
    assert.equal(score, engine.assessmentOf('ppdb001')?.score);
  });
});

describe('the alert about a cascade', () => {
  it('is one, opened at once and as bad as the worst member, and speaks for those that are not critical', async (t) => {
    const { cascades, engine, events, cycle, registry } = await stage(t);
    cascades.now = [cascadeOf(MEMBERS, 100)];
    const scenes = [DOUBTFUL, DOUBTFUL, FULL, CALM];
    await cycle(100, scenes);
    await cycle(101, scenes);
    const announced = engine.activeAlerts().filter((alert) => !isGrouped(alert));
    assert.deepEqual(announced.map(({ kind, server }) => [kind, server]).sort(), [
      ['cascade', 'ppdb001'],
      ['server', 'ppdb003'],
    ]);
    const [cascade] = engine.activeAlerts().filter(({ kind }) => kind === 'cascade');
    assert.equal(cascade.level, 'critical');
    assert.match(
      cascade.message,
      /^Critical, risk \d+: 3 servers deviate together since .* ppdb001 led by 5 minutes/,
    );
    const grouped = engine.activeAlerts().filter(isGrouped);
    for (const alert of grouped) assert.equal(alert.cascade, 'c-0001');
    assert.equal(events.filter(({ alert, type }) => alert.kind === 'cascade' && type === 'opened').length, 1);
    const page = await registry.metrics();
    assert.match(page, /argus_alerts_active\{level="critical"\} 2/);
  });

  it('rises and falls with its worst member, and is resolved when the cascade is over', async (t) => {
    const { cascades, events, cycle, engine } = await stage(t);
    cascades.now = [cascadeOf(MEMBERS, 100)];
    await cycle(100, ALL(CALM));
    await cycle(101, [CALM, FULL, CALM, CALM]);
    await cycle(102, ALL(CALM));
    cascades.now = [];
    await cycle(103, ALL(CALM));
    const ofCascade = events.filter(({ alert }) => alert.kind === 'cascade');
    assert.deepEqual(
      ofCascade.map(({ type, alert }) => [type, alert.level]),
      [
        ['opened', 'degraded'],
        ['escalated', 'critical'],
        ['deescalated', 'degraded'],
        ['resolved', 'healthy'],
      ],
    );
    assert.ok(ofCascade.every(({ id }, i) => ofCascade.findIndex((other) => other.id === id) === i));
    assert.deepEqual(engine.openCascades(), []);
  });

  it('is there again after a restart, with what it takes to follow it', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'argus-cascade-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const first = await stage(t, folder);
    first.cascades.now = [cascadeOf(MEMBERS, 100)];
    await first.cycle(100, [DOUBTFUL, DOUBTFUL, FULL, CALM]);
    await first.cycle(101, [DOUBTFUL, DOUBTFUL, FULL, CALM]);
    const before = first.engine.activeAlerts();
    await first.engine.close();
    const second = await stage(t, folder);
    assert.deepEqual(
      new Set(second.engine.activeAlerts().map(({ id }) => id)),
      new Set(before.map(({ id }) => id)),
    );
    assert.deepEqual(
      second.engine.openCascades().map(({ id, members }) => [id, members.length]),
      [['c-0001', 3]],
    );
    await second.cycle(102, ALL(CALM));
    assert.deepEqual(
      second.events.filter(({ alert }) => alert.kind === 'cascade').map(({ type }) => type),
      ['resolved'],
    );
  });
});
