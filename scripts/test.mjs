// npm test: sets up what the tests need, then runs them with the project's own Node. Runs on Node 20.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, ensureTestPrograms, environment, root } from './setup.mjs';

const node = ensureInstalled();
ensureTestPrograms({ prometheus: 'prometheus', promtool: 'prometheus', amtool: 'prometheus-alertmanager' });
const run = spawnSync(node, [join(root, 'scripts', 'run-tests.mjs'), ...process.argv.slice(2)], {
  cwd: root,
  env: environment,
  stdio: ['ignore', 'inherit', 'inherit'],
});
process.exit(run.status ?? 1);
