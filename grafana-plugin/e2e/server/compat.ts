/**
 * npm run compat: whether everything the plugin takes from Grafana's packages was there in the oldest Grafana it is for.
 * Fetches those packages from the npm registry.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { CACHE_FOLDER, PLUGIN_FOLDER, PROJECT_FOLDER } from './paths.ts';

/** The least of plugin.json's grafanaDependency. */
const OLDEST = '12.3.0';
const TARGET = ['data', 'ui', 'runtime'].map((name) => `@grafana/${name}@${OLDEST}`).join(',');

// One entry that imports every module, so that each package is fetched and read once; in a project of its own, because
// levitate takes the installed versions from npm's list of the entry's folder, where a workspace's are not.
const folder = join(CACHE_FOLDER, 'compat');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
symlinkSync(join(PROJECT_FOLDER, 'node_modules'), join(folder, 'node_modules'));
cpSync(join(PLUGIN_FOLDER, 'package.json'), join(folder, 'package.json'));
const modules = globSync('src/**/module.{ts,tsx}', { cwd: PLUGIN_FOLDER }).sort();
const imports = modules.map((file) => {
  const path = relative(folder, join(PLUGIN_FOLDER, file.replace(/\.tsx?$/, '')));
  return `import '${path}';`;
});
writeFileSync(join(folder, 'entry.ts'), `${imports.join('\n')}\n`);

// Their parameters are the same types, only imported in another way.
const sameTypes = ['PanelOptionsEditorBuilder', 'UPlotConfigBuilder'].map((name) => `/^${name}\\.add\\w+$/`);
writeFileSync(join(folder, '.levignore.js'), `module.exports = { changes: [${sameTypes.join(', ')}] };\n`);

const levitate = join(PROJECT_FOLDER, 'node_modules', '@grafana', 'levitate', 'dist', 'bin.js');
const args = [levitate, 'is-compatible', '--path', join(folder, 'entry.ts'), '--target', TARGET];
const { stdout, error } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
if (error !== undefined) throw error;
const report = stripVTControlCharacters(stdout);
// It also counts changes that it has no difference to show for; only those it names are some.
const named = report.split('\n').filter((line) => /^\d+\) (Removed|Changed)/.test(line));
const compared = report.match(/Comparing @grafana\/\w+@/g)?.length ?? 0;
if (compared < 3) process.stdout.write(report);
else if (named.length > 0) process.stdout.write(`${named.join('\n')}\n`);
else
  process.stdout.write(`Everything that the plugin uses of Grafana's packages is the same in ${OLDEST}.\n`);
process.exitCode = compared === 3 && named.length === 0 ? 0 : 1;
