// Runs a development tool of the project: node scripts/tool.mjs biome check .
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, environment, root } from './setup.mjs';

ensureInstalled();
const [tool, ...args] = process.argv.slice(2);
const result = spawnSync(join(root, 'node_modules', '.bin', tool), args, {
  cwd: root,
  env: environment,
  stdio: 'inherit',
});
process.exit(result.status ?? 1);
