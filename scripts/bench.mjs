// npm run bench [name …]: every benchmark under backend/bench prints one line of JSON.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root, runtimeEnvironment, runtimeFlags } from './setup.mjs';

const node = ensureInstalled();
const folder = join(root, 'backend', 'bench');
const wanted = process.argv.slice(2);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => wanted.length === 0 || wanted.includes(name));
let failed = 0;
for (const name of names) {
  const result = spawnSync(node, [...runtimeFlags, join(folder, `${name}.ts`)], {
    cwd: root,
    env: runtimeEnvironment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
