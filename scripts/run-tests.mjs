// Lint, types and every test, or the test files given; ends with "N passed, N failed". Called by npm test.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { environment, giveUp, root } from './setup.mjs';

const countsPath = join(root, '.cache', 'test-counts.json');
mkdirSync(join(root, '.cache'), { recursive: true });
rmSync(countsPath, { force: true });

const plugin = join(root, 'grafana-plugin');
const total = { passed: 0, failed: 0, skipped: 0 };
const bin = (tool) => join(root, 'node_modules', '.bin', tool);

function check(name, command, args, cwd = root) {
  const result = spawnSync(command, args, {
    cwd,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ok = result.status === 0;
  total[ok ? 'passed' : 'failed'] += 1;
  process.stdout.write(`${ok ? '✔' : '✖'} ${name}\n`);
}

/** The plugin's own TypeScript: its libraries' types are not ready for the one of the backend. */
function typescriptOf(folder) {
  return join(folder, 'node_modules', 'typescript', 'bin', 'tsc');
}

/** Grafana 12 gives plugins React 18, Grafana 13 React 19: the component tests run under both. */
function runComponentTests(react) {
  const resultPath = join(root, '.cache', `jest-react${react}.json`);
  rmSync(resultPath, { force: true });
  process.stdout.write(`Component tests under React ${react}\n`);
  const run = spawnSync(bin('jest'), ['--json', `--outputFile=${resultPath}`, '--maxWorkers=2'], {
    cwd: plugin,
    env: { ...environment, ARGUS_REACT: react },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (!existsSync(resultPath)) {
    total.failed += 1;
    return;
  }
  const result = JSON.parse(readFileSync(resultPath, 'utf8'));
  total.passed += result.numPassedTests;
  total.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  total.skipped += result.numPendingTests;
  if (run.status !== 0 && result.success) total.failed += 1;
}

const wanted = process.argv.slice(2);
if (wanted.length === 0) {
  check('the tree is formatted and linted', bin('biome'), ['check', '.']);
  check('the types agree', bin('tsc'), ['--noEmit']);
  check("the plugin's types agree", process.execPath, [typescriptOf(plugin), '--noEmit'], plugin);
  for (const react of ['19', '18']) runComponentTests(react);
}
const files = globSync(wanted.length > 0 ? wanted : 'backend/test/**/*.test.ts', { cwd: root }).sort();
if (files.length === 0) giveUp(`No test file matches ${wanted.join(' ')}.`);
const reporter = (name, destination) => [
  `--test-reporter=${name}`,
  `--test-reporter-destination=${destination}`,
];
const run = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-concurrency=2',
    '--test-timeout=300000',
    ...reporter('spec', 'stdout'),
    ...reporter('./scripts/count-reporter.mjs', countsPath),
    ...files,
  ],
  { cwd: root, env: environment, stdio: ['ignore', 'inherit', 'inherit'] },
);
const counts = JSON.parse(readFileSync(countsPath, 'utf8'));
for (const key of ['passed', 'failed', 'skipped']) total[key] += counts[key];
if (run.status !== 0 && counts.failed === 0) total.failed += 1;
for (const line of counts.skippedTests) process.stdout.write(`left out: ${line}\n`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
process.exit(total.failed === 0 ? 0 : 1);
