import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { METRIC } from '../../src/catalog/metrics.ts';
import { type Donor, findDonors } from '../../src/explain/donors.ts';
import type { Subject } from '../../src/explain/subject.ts';
import type { RiskView } from '../../src/risk/types.ts';
import { Random } from '../../src/training/random.ts';
import { buildScene, LEAKING, LEAKING_NAME, leakingFleet, type Scene } from './support.ts';

const WANTED = 4;
const NOISE = 0.01;

function subjectOf({ forecast, risk }: Scene): Subject {
  const inputs = forecast.reruns.inputsOf(LEAKING);
  const assessment = risk.assessmentOf(LEAKING_NAME);
  assert.ok(inputs !== undefined && assessment !== undefined);
  const { signal } = new AbortController();
  return { inputs, assessment, reruns: forecast.reruns, assessor: risk.assessor, signal };
}

const placesOf = (donors: readonly Donor[]): readonly string[] =>
  donors.map(({ kind, serverName, fromStep }) => `${kind} ${serverName} ${fromStep}`);

/** More servers than are tried, all of them calm. */
function manyServers(t: TestContext): Promise<Scene> {
  return buildScene(t, { fleet: leakingFleet(14) });
}

describe('donors', () => {
  it('stay the same when everything that was measured has noise', async (t) => {
    const scene = await manyServers(t);
    const subject = subjectOf(scene);
    const random = new Random(3);
    const usual = placesOf(await findDonors(subject, scene.fleet, scene.risk, WANTED));
    assert.equal(usual.length, WANTED);
    for (let round = 0; round < 5; round++) {
      const window = subject.inputs.window.map((value) => value * (1 + NOISE * random.normal()));
      const noisy = { ...subject, inputs: { ...subject.inputs, window } };
      assert.deepEqual(placesOf(await findDonors(noisy, scene.fleet, scene.risk, WANTED)), usual);
    }
  });

  it('stay the same when calm servers change places in calmness', async (t) => {
    const scene = await manyServers(t);
    const usual = placesOf(await findDonors(subjectOf(scene), scene.fleet, scene.risk, WANTED));
    const turned: RiskView = {
      assessmentOf: (server) => scene.risk.assessmentOf(server),
      activeAlerts: () => [],
      assessments: () =>
        [...scene.risk.assessments()]
          .toReversed()
          .map((one, i) => (one.server === LEAKING_NAME ? one : { ...one, score: i })),
    };
    assert.deepEqual(placesOf(await findDonors(subjectOf(scene), scene.fleet, turned, WANTED)), usual);
  });

  it('give way to calmer ones', async (t) => {
    const fleet = leakingFleet(14);
    const { value } = fleet;
    const scene = await buildScene(t, { fleet });
    const [, , first] = await findDonors(subjectOf(scene), fleet, scene.risk, WANTED);
    const slot = fleet.byName(first.serverName)?.index;
    fleet.value = (server, metric, step) =>
      server === slot && metric === METRIC.memUsed ? 96 : value(server, metric, step);
    await scene.forecast.runCycle(fleet.closedStep);
    const donors = await findDonors(subjectOf(scene), fleet, scene.risk, WANTED);
    assert.equal(first.kind, 'profile');
    assert.ok(donors.every(({ serverName }) => serverName !== first.serverName));
  });

  it('are found among servers that the cycle under way has forecast already', async (t) => {
    const scene = await manyServers(t);
    const usual = placesOf(await findDonors(subjectOf(scene), scene.fleet, scene.risk, WANTED));
    const ahead = (by: number): RiskView => ({
      assessmentOf: (server) => scene.risk.assessmentOf(server),
      activeAlerts: () => [],
      assessments: () =>
        [...scene.risk.assessments()].map((one) => ({ ...one, originStep: one.originStep + by })),
    });
    assert.deepEqual(placesOf(await findDonors(subjectOf(scene), scene.fleet, ahead(1), WANTED)), usual);
    const alone = await findDonors(subjectOf(scene), scene.fleet, ahead(-2), WANTED);
    assert.ok(
      alone.every(({ kind }) => kind === 'own'),
      'what was calm ten minutes ago need not be now',
    );
  });
});
