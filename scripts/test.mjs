// npm test: sets up what the tests need, then runs them with the project's own Node. Runs on Node 20.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildCollector, isCollectorBuilt } from './build-collector.mjs';
import { ensureDeployTools } from './build-deploy-tools.mjs';
import { ensureInstalled, ensureTestPrograms, environment, root } from './setup.mjs';

const node = ensureInstalled();
ensureTestPrograms({
  prometheus: 'prometheus',
  promtool: 'prometheus',
  amtool: 'prometheus-alertmanager',
  'prometheus-node-exporter': 'prometheus-node-exporter',
});
const wanted = process.argv.slice(2);
const isWanted = (pattern) => wanted.length === 0 || wanted.some((file) => pattern.test(file));
if (isWanted(/collector|stack/i)) ensureCollectors();
if (isWanted(/provisioning|collector/i))
  ensureDeployTools((problem) => process.stderr.write(`Tests that need it are left out: ${problem}\n`));
const run = spawnSync(node, [join(root, 'scripts', 'run-tests.mjs'), ...wanted], {
  cwd: root,
  env: environment,
  stdio: ['ignore', 'inherit', 'inherit'],
});
process.exit(run.status ?? 1);

/** Tests with a real Collector are left out, with their reason, where it cannot be built. */
function ensureCollectors() {
  // The small one first: most tests need no other, and the full one takes over what was compiled for it.
  for (const distribution of ['agent', 'full']) {
    if (isCollectorBuilt(distribution)) continue;
    process.stderr.write(
      `Building the ${distribution} OpenTelemetry Collector for the tests, once (minutes) …\n`,
    );
    try {
      buildCollector(distribution);
    } catch (error) {
      process.stderr.write(`Tests that need the ${distribution} Collector are left out: ${error.message}\n`);
    }
  }
}
