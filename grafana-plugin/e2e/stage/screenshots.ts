/** npm run screenshots: takes the pictures of docs/images/ and of the plugin's README again, from a real Grafana. */
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { PLUGIN_FOLDER, PROJECT_FOLDER } from '../server/paths.ts';

/** Pictures that the plugin carries along, by what plugin.json calls them. */
const IN_PLUGIN = ['fleet', 'server', 'panel-explanation'];

function run(): number {
  if (process.env.GRAFANA_URL === undefined) {
    process.stderr.write(
      'The pictures are of a real Grafana: name one that has the plugin by GRAFANA_URL.\n',
    );
    return 1;
  }
  const folder = join(PROJECT_FOLDER, 'docs', 'images');
  const { status } = spawnSync(
    process.execPath,
    [join(PLUGIN_FOLDER, 'e2e', 'stage', 'run.ts'), 'appearance'],
    {
      env: { ...process.env, ARGUS_SCREENSHOTS: folder },
      stdio: 'inherit',
    },
  );
  for (const name of IN_PLUGIN) {
    cpSync(join(folder, 'dark', `${name}.png`), join(PLUGIN_FOLDER, 'src', 'img', `${name}.png`));
  }
  return status ?? 1;
}

process.exitCode = run();
