import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fastify, { type FastifyInstance } from 'fastify';
import { modelRoutes } from '../../src/forecast/routes.ts';
import type { ForecastStage, ForecastStageOptions } from '../../src/forecast/stage.ts';
import {
  buildStage,
  configOf,
  FakeFleet,
  keepingLogger,
  manifestOf,
  temporaryFolder,
  writeBundle,
} from './support.ts';

interface Scene {
  readonly app: FastifyInstance;
  readonly stage: ForecastStage;
  readonly folder: string;
  readonly shipped: string;
}

/** Two bundles, `default` shipped and `newer` beside the data, and the routes over them. */
async function buildScene(t: TestContext, options: Partial<ForecastStageOptions> = {}): Promise<Scene> {
  const [folder, shipped] = [await temporaryFolder(t), await temporaryFolder(t)];
  await writeBundle(join(shipped, 'default'), {}, manifestOf('shipped'));
  await writeBundle(join(folder, 'newer'), { bias: 3 }, manifestOf('trained'));
  const fleet = new FakeFleet();
  fleet.add(0);
  const stage = buildStage(t, fleet, folder, { modelFolders: [folder, shipped], ...options });
  await stage.start();
  const app = fastify();
  await app.register(modelRoutes, { stage });
  t.after(() => app.close());
  return { app, stage, folder, shipped };
}

const reload = (app: FastifyInstance, body?: object) =>
  app.inject({
    method: 'POST',
    url: '/admin/reload-model',
    ...(body === undefined ? {} : { payload: body }),
  });

test('models are listed with the one in use', async (t) => {
  const { app, folder } = await buildScene(t);
  await mkdir(join(folder, 'half-copied'));
  await writeFile(join(folder, 'notes.txt'), 'x');
  const answer = await app.inject('/admin/models');
  assert.equal(answer.statusCode, 200);
  const { models, current_model: current } = answer.json();
  assert.equal(current, 'default');
  assert.deepEqual(
    models.map(({ name, path, is_current }: Record<string, unknown>) => [name, path, is_current]),
    [
      ['default', 'default', true],
      ['newer', 'newer', false],
    ],
  );
  assert.equal(models[0].created, '2026-01-01T00:00:00Z');
  assert.ok(models[0].size_mb > 0.05 && models[0].size_mb < 1);
});

test('a reload by name takes over, is remembered, and is where the next start begins', async (t) => {
  const { app, stage, folder, shipped } = await buildScene(t);
  const answer = await reload(app, { model_path: 'newer' });
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json(), {
    success: true,
    model: 'newer',
    message: "The model 'newer' forecasts now.",
  });
  assert.equal(stage.status().id, 'trained');
  assert.equal(await readFile(join(folder, 'current'), 'utf8'), 'newer\n');
  const next = buildStage(t, new FakeFleet(), folder, { modelFolders: [folder, shipped] });
  await next.start();
  assert.equal(next.status().id, 'trained');
});

test('a reload without a name, or with the name in the query, works too', async (t) => {
  const { app, stage } = await buildScene(t);
  assert.equal((await reload(app)).json().model, 'default');
  const answer = await app.inject({ method: 'POST', url: '/admin/reload-model?model_path=newer' });
  assert.equal(answer.json().model, 'newer');
  assert.equal((await reload(app, {})).json().model, 'newer');
  assert.equal(stage.modelName(), 'newer');
});

for (const path of ['../newer', '/etc', 'a/b', '..', '.', '', 'newer\u0000', 'x'.repeat(150), 'newer/..']) {
  test(`'${path.slice(0, 20)}' is refused as the name of a model`, async (t) => {
    const { app, stage } = await buildScene(t);
    const answer = await reload(app, { model_path: path });
    assert.equal(answer.statusCode, 422);
    assert.equal(answer.json().code, 'ARGUS_MODEL_NAME_INVALID');
    assert.equal(stage.status().id, 'shipped');
  });
}

test('a model that is not there is a 404, and a broken one a 422 that leaves the old serving', async (t) => {
  const { app, stage, folder } = await buildScene(t);
  const missing = await reload(app, { model_path: 'nowhere' });
  assert.equal(missing.statusCode, 404);
  assert.equal(missing.json().code, 'ARGUS_MODEL_NOT_FOUND');
  const weights = join(folder, 'newer', 'weights.bin');
  const bytes = await readFile(weights);
  bytes[9] ^= 1;
  await writeFile(weights, bytes);
  const broken = await reload(app, { model_path: 'newer' });
  assert.equal(broken.statusCode, 422);
  assert.equal(broken.json().code, 'ARGUS_MODEL_FILE_DAMAGED');
  assert.ok(!broken.body.includes(folder), 'no path is told');
  assert.equal(stage.status().id, 'shipped');
  assert.equal(stage.status().problem, null);
  assert.equal((await stage.runCycle(5_000_000)).baselineServers, 0);
});

test('of two reloads at once one is refused', async (t) => {
  const { app } = await buildScene(t);
  const answers = await Promise.all([
    reload(app, { model_path: 'newer' }),
    reload(app, { model_path: 'newer' }),
  ]);
  assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [200, 409]);
});

test('a broken bundle at the start leaves baselines, and a reload of a whole one ends that', async (t) => {
  const { logger } = keepingLogger();
  const { app, stage } = await buildScene(t, { config: configOf({ model: 'absent' }), logger });
  assert.equal(stage.status().loaded, false);
  assert.match(stage.status().problem ?? '', /no model 'absent'/);
  assert.equal((await app.inject('/admin/models')).json().current_model, null);
  assert.equal((await stage.runCycle(5_000_000)).baselineServers, 1);
  assert.equal((await reload(app, { model_path: 'default' })).statusCode, 200);
  assert.equal(stage.status().problem, null);
  assert.equal((await stage.runCycle(5_000_000)).baselineServers, 0);
});

test('a provider that cannot load is logged once, not once a worker', async (t) => {
  const { logger, lines } = keepingLogger();
  const { stage } = await buildScene(t, { config: configOf({ providers: ['cuda'], workers: 3 }), logger });
  if (stage.status().provider === 'cuda') return t.skip('this machine has CUDA');
  assert.equal(stage.status().provider, 'cpu');
  assert.equal(lines.filter(({ level }) => level === 'warn').length, 1);
});
