/** The dashboards that ship with the app: they open without editing wherever the data sources are provisioned. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { PLUGIN_FOLDER, PROJECT_FOLDER } from '../server/paths.ts';
import type { PluginJson } from '../server/plugins.ts';

interface Source {
  readonly type: string;
  readonly uid: string;
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: unknown }[];
  };
  readonly panels: readonly {
    readonly title: string;
    readonly type: string;
    readonly datasource: Source;
    readonly gridPos: { readonly x: number; readonly w: number };
    readonly targets: readonly {
      readonly datasource: Source;
      readonly queryType?: string;
      readonly expr?: string;
    }[];
  }[];
}

const source = join(PLUGIN_FOLDER, 'src');
const json = JSON.parse(readFileSync(join(source, 'plugin.json'), 'utf8')) as PluginJson;
const included = (json.includes ?? []).filter(({ type }) => type === 'dashboard');

for (const { name, path = '' } of included) {
  const dashboard = JSON.parse(readFileSync(join(source, path), 'utf8')) as Dashboard;

  it(`${name}: has the title that plugin.json gives it, a uid of ours and our tag`, () => {
    assert.equal(dashboard.title, name);
    assert.match(dashboard.uid, /^argus-/);
    assert.ok(dashboard.tags.includes('argus'));
  });

  it(`${name}: asks data sources by variables that it has, of the right type`, () => {
    const types = new Map(
      dashboard.templating.list
        .filter(({ type }) => type === 'datasource')
        .map((variable) => [`\${${variable.name}}`, variable.query]),
    );
    for (const { datasource, targets } of dashboard.panels) {
      for (const { uid, type } of [datasource, ...targets.map((target) => target.datasource)]) {
        assert.equal(types.get(uid), type);
      }
    }
  });

  it(`${name}: its panels stay within Grafana's 24 columns and each asks something`, () => {
    for (const { title, gridPos, targets } of dashboard.panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, title);
      assert.ok(targets.length > 0, title);
      assert.ok(
        targets.every(({ queryType, expr }) => queryType !== undefined || expr !== undefined),
        title,
      );
    }
  });
}

it('the metrics that the dashboards ask Prometheus for are those that Argus has', () => {
  const documented = readFileSync(join(PROJECT_FOLDER, 'docs', 'metrics.md'), 'utf8');
  const sources = included.map(({ path = '' }) => readFileSync(join(source, path), 'utf8')).join('\n');
  const asked = new Set(
    sources.match(/argus_(?:risk|fleet_health|fleet_servers_by_level|failure|forecast|report)\w*/g),
  );
  asked.delete('argus_fleet_servers');
  for (const metric of asked) assert.ok(documented.includes(metric), `${metric} is in no documentation`);
});
