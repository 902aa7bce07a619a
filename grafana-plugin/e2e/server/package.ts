import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { StartError } from './errors.ts';
import { UNSIGNED_PLUGINS } from './grafanaSettings.ts';
import { readPlugins } from './plugins.ts';

/** What Grafana, and people who look into the folder, expect beside the modules. */
const EXPECTED = ['plugin.json', 'module.js', 'README.md', 'CHANGELOG.md', 'LICENSE', 'img/logo.svg'];

export interface PluginPackage {
  readonly file: string;
  readonly files: readonly string[];
  /** Line of grafana.ini that lets Grafana load the plugin without a signature. */
  readonly setting: string;
}

/** Names in plugin.json of files that have to be there: modules, screenshots, dashboards, nested plugins. */
function namedFiles(dist: string): readonly string[] {
  const { app } = readPlugins(dist);
  const { includes = [], info } = app;
  const nested = includes.filter(({ type }) => type === 'panel' || type === 'datasource');
  return [
    ...includes.filter(({ type }) => type === 'dashboard').map(({ path = '' }) => path),
    ...nested.map(({ path = '' }) => path),
    ...nested.map(({ path = '' }) => path.replace(/plugin\.json$/, 'module.js')),
    ...(info.screenshots ?? []).map(({ path }) => path),
  ];
}

/**
 * Packs the built plugin as Grafana unpacks it: one folder called by the app's id.
 * @param folder where the archive goes
 * @throws StartError where a file that Grafana needs is missing
 */
export function packPlugin(dist: string, folder: string): PluginPackage {
  const { app } = readPlugins(dist);
  const missing = [...EXPECTED, ...namedFiles(dist)].filter((file) => !existsSync(join(dist, file)));
  if (missing.length > 0) {
    throw new StartError(`The built plugin lacks ${missing.join(', ')}: look at the end of npm run build.`);
  }
  const files = globSync('**/*', { cwd: dist })
    .filter((file) => statSync(join(dist, file)).isFile())
    .sort();
  const entries: Zippable = Object.fromEntries(
    files.map((file) => [`${app.id}/${file}`, new Uint8Array(readFileSync(join(dist, file)))]),
  );
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${app.id}-${app.info.version}.zip`);
  rmSync(file, { force: true });
  writeFileSync(file, zipSync(entries, { level: 9 }));
  const setting = `allow_loading_unsigned_plugins = ${UNSIGNED_PLUGINS.join(',')}`;
  return { file, files, setting };
}
