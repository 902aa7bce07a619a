// npm run bench [name …]: every benchmark of the backend and of the plugin prints one line of JSON.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root, runtimeEnvironment, runtimeFlags } from './setup.mjs';

const node = ensureInstalled();
const folders = [join(root, 'backend', 'bench'), join(root, 'grafana-plugin', 'e2e', 'bench')];
const wanted = process.argv.slice(2);
const benches = folders
  .flatMap((folder) => readdirSync(folder).map((file) => ({ folder, file })))
  .filter(({ file }) => file.endsWith('.ts'))
  .filter(({ file }) => wanted.length === 0 || wanted.includes(file.replace(/\.ts$/, '')));
let failed = 0;
for (const { folder, file } of benches) {
  const result = spawnSync(node, [...runtimeFlags, join(folder, file)], {
    cwd: root,
    env: runtimeEnvironment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
