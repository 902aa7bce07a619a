// The command line, for people in a checkout: npm run argus -- <command>
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, root, runtimeEnvironment, runtimeFlags } from './setup.mjs';

const node = ensureInstalled();
const child = spawn(
  node,
  [...runtimeFlags, join(root, 'backend', 'src', 'main.ts'), ...process.argv.slice(2)],
  {
    env: runtimeEnvironment,
    stdio: 'inherit',
  },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
