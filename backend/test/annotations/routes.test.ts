import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import { type AnnotationsConfig, AnnotationsConfigSchema } from '../../src/annotations/config.ts';
import { createAnnotations } from '../../src/annotations/index.ts';
import { annotationRoutes } from '../../src/annotations/routes.ts';
import { CHANNELS } from '../../src/cascade/signals.ts';
import type { Cascade } from '../../src/cascade/types.ts';
import { fakeFleet, fakeRisk } from '../api/fakes.ts';
import { buildApp, HandClock, silent, temporaryFolder } from '../api/helper.ts';

const MEMBERS = ['ppdb003', 'ppdb001', 'ppdb002'];
const FLEET = [...MEMBERS, 'ppapi001'].map((name) => ({ name, score: 70 }));

const CASCADE: Cascade = {
  id: 'c-1',
  beganStep: 1,
  detectedStep: 2,
  updatedStep: 3,
  members: MEMBERS.map((server) => ({
    server,
    profile: 0,
    beganStep: 1,
    z: 9,
    correlation: 0.9,
    channel: CHANNELS[0],
    deviating: true,
  })),
  leader: { server: MEMBERS[0], leadSteps: 1, confidence: 0.8 },
  common: { kind: 'attribute', key: 'rack', value: 'r1', inside: 1, outside: 0, pValue: 1e-9 },
  channels: [{ channel: CHANNELS[0], members: MEMBERS.length }],
};

it('takes a verdict on the alert of a cascade as one on all its members', async (t) => {
  const clock = new HandClock();
  const annotations = await createAnnotations({
    config: Value.Default(AnnotationsConfigSchema, {}) as AnnotationsConfig,
    fleet: fakeFleet(FLEET),
    clock,
    registry: new Registry(),
    logger: silent,
    dataDir: temporaryFolder(t),
  });
  t.after(() => annotations.stop());
  const [about] = fakeRisk(FLEET).activeAlerts();
  const alert = {
    ...about,
    id: 'alert-of-all',
    kind: 'cascade',
    cascade: CASCADE.id,
    group: CASCADE,
  } as const;
  const risk = { activeAlerts: () => [alert], recentAlertEvents: () => [] };
  const { app } = await buildApp(t, {
    routes: (server) =>
      server.register(annotationRoutes, { annotations, clock, risk, fleet: fakeFleet(FLEET) }),
  });
  const payload = { kind: 'expected', alert_id: alert.id };
  const answer = await app.inject({ method: 'POST', url: '/annotations', payload });
  assert.equal(answer.statusCode, 201, answer.body);
  assert.deepEqual(answer.json().server_names, [...MEMBERS].sort());
  for (const name of MEMBERS) assert.equal(annotations.muteOf(name, 0)?.kind, 'expected', name);
  assert.equal(annotations.muteOf('ppapi001', 0), null);
});
