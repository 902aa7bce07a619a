import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { GRADIENT_GRAPH_FILE, GradientHost, NoGradientError } from '../../src/explain/gradientHost.ts';
import { SHIPPED } from './support.ts';

const shipped = { id: 'shipped', folder: join(SHIPPED, 'default') };

test('without a model, or with one that brings no gradient graph, there is no gradient', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'argus-gradient-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await assert.rejects(new GradientHost(() => null).load(), /no model is loaded/);
  const host = new GradientHost(() => ({ id: 'bare', folder }));
  await assert.rejects(host.load(), { message: /brings no grad\.onnx/ });
  assert.equal(host.isReady, false);
  await host.close();
});

test('a graph that cannot be loaded is told by its reason, and the thread is there for the next', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'argus-gradient-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  // A graph without its weights.
  await copyFile(join(shipped.folder, GRADIENT_GRAPH_FILE), join(folder, GRADIENT_GRAPH_FILE));
  let model = { id: 'broken', folder };
  const host = new GradientHost(() => model);
  t.after(() => host.close());
  await assert.rejects(host.load(), NoGradientError);
  model = shipped;
  await host.load();
  assert.ok(host.isReady && !host.isBusy);
});

test('a thread that dies under a request says so, and the next request starts another', async (t) => {
  let started = 0;
  const host = new GradientHost(
    () => shipped,
    () => {
      started++;
      return new Worker('setTimeout(() => process.exit(3), 20)', { eval: true });
    },
  );
  t.after(() => host.close());
  await assert.rejects(host.load(), /the gradient thread ended/);
  await assert.rejects(host.load(), /the gradient thread ended/);
  assert.equal(started, 2);
});
