/**
 * npm run compat: whether everything the plugin takes from Grafana's packages was there in the oldest Grafana it is for.
 * Fetches those packages from the npm registry.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { PLUGIN_FOLDER, PROJECT_FOLDER } from './paths.ts';

/** The least of plugin.json's grafanaDependency. */
const OLDEST = '12.3.0';
const TARGET = ['data', 'ui', 'runtime'].map((name) => `@grafana/${name}@${OLDEST}`).join(',');

const levitate = join(PROJECT_FOLDER, 'node_modules', '@grafana', 'levitate', 'dist', 'bin.js');
let failed = 0;
for (const module of globSync('src/**/module.{ts,tsx}', { cwd: PLUGIN_FOLDER }).sort()) {
  const args = [levitate, 'is-compatible', '--path', module, '--target', TARGET];
  const { status } = spawnSync(process.execPath, args, { cwd: PLUGIN_FOLDER, stdio: 'inherit' });
  if (status !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
