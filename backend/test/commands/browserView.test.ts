/** What the demo shows in a browser, and what it says where it cannot. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { startBrowserView } from '../../src/commands/browserView.ts';

const REST = 'http://127.0.0.1:1';

it('--no-preview starts nothing', () => {
  const view = startBrowserView({ rest: REST, port: 0, preview: false }, () => {});
  assert.equal(view.process, undefined);
  assert.match(view.status(), /left out/);
});

it('a folder that holds no Grafana: its status says what is missing, and nothing else ends', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'argus-no-grafana-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const changes: string[] = [];
  const view = startBrowserView({ rest: REST, port: 0, grafana: folder }, () => changes.push(view.status()));
  assert.ok(view.process);
  await once(view.process, 'exit');
  assert.match(view.status(), /is not a Grafana home folder: it needs bin\/grafana/);
  assert.deepEqual(changes, [view.status()]);
});
