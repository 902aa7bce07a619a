// Runs a program of the plugin's with the project's own Node: node scripts/plugin.mjs e2e/stage/run.ts fleet
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, environment, root } from './setup.mjs';

const node = ensureInstalled();
const [program = '', ...args] = process.argv.slice(2);
const child = spawn(node, [join(root, 'grafana-plugin', program), ...args], {
  cwd: root,
  env: environment,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
