/** The plugin as people install it: what is in the zip, and how much a browser has to load. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { strFromU8, unzipSync } from 'fflate';
import { ensurePluginBuilt } from '../server/build.ts';
import { UNSIGNED_PLUGINS } from '../server/grafanaSettings.ts';
import { packPlugin } from '../server/package.ts';
import { readPlugins } from '../server/plugins.ts';

const PANEL_KB = 100;

describe('the built plugin', () => {
  let dist = '';
  before(async () => {
    dist = await ensurePluginBuilt();
  });

  it('is packed in one folder called by its id, with everything that plugin.json names', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'argus-package-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const { file, setting } = packPlugin(dist, folder);
    assert.match(file, /argus-app-\d+\.\d+\.\d+\.zip$/);
    const content = unzipSync(new Uint8Array(readFileSync(file)));
    const names = Object.keys(content);
    assert.ok(names.every((name) => name.startsWith('argus-app/')));
    const expected = ['module.js', 'plugin.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'img/logo.svg'];
    const nested = ['datasource', 'panels/forecast', 'panels/fleet', 'panels/explanation'];
    const dashboards = ['fleet', 'server', 'health'].map((name) => `dashboards/${name}.json`);
    const modules = nested.flatMap((name) => [`${name}/plugin.json`, `${name}/module.js`]);
    for (const name of [...expected, ...modules, ...dashboards]) {
      assert.ok(names.includes(`argus-app/${name}`), `${name} is missing`);
    }
    const json = strFromU8(content['argus-app/plugin.json'] ?? new Uint8Array());
    assert.doesNotMatch(json, /%VERSION%|%TODAY%|%PLUGIN_ID%/);
    assert.match(setting, /^allow_loading_unsigned_plugins = argus-app,/);
  });

  it('names every plugin that Grafana has to be allowed to load', () => {
    const { app, dataSources, panels } = readPlugins(dist);
    const ids = [app, ...dataSources, ...panels].map(({ id }) => id);
    assert.deepEqual(new Set(UNSIGNED_PLUGINS), new Set(ids));
  });

  for (const panel of ['forecast', 'fleet', 'explanation']) {
    it(`loads at most ${PANEL_KB} kB for the ${panel} panel`, () => {
      const kb = gzipSync(readFileSync(join(dist, 'panels', panel, 'module.js'))).length / 1000;
      assert.ok(kb <= PANEL_KB, `the panel loads ${kb.toFixed(1)} kB gzipped`);
    });
  }
});
