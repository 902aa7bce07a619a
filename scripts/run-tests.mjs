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

/** The plugin in a browser, in the preview: its specs are left out where no Chromium is. */
function runSpecs() {
  const onPath = (program) =>
    spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
  if (process.env.CHROMIUM === undefined && !onPath('chromium')) {
    total.skipped += 1;
    process.stdout.write('left out: the specs in a browser: no chromium is installed\n');
    return;
  }
  const resultPath = join(root, '.cache', 'specs.json');
  rmSync(resultPath, { force: true });
  const run = spawnSync(process.execPath, [join(plugin, 'e2e', 'stage', 'run.ts')], {
    cwd: root,
    env: { ...environment, ARGUS_E2E_JSON: resultPath },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (!existsSync(resultPath)) {
    total.failed += 1;
    return;
  }
  const { stats, suites } = JSON.parse(readFileSync(resultPath, 'utf8'));
  total.passed += stats.expected + stats.flaky;
  total.failed += stats.unexpected;
  total.skipped += stats.skipped;
  for (const line of skippedSpecs(suites)) process.stdout.write(`left out: ${line}\n`);
  if (run.status !== 0 && stats.unexpected === 0) total.failed += 1;
}

function skippedSpecs(suites = []) {
  return suites.flatMap(({ specs = [], suites: inner }) => [
    ...specs
      .filter(({ tests }) => tests.some(({ status }) => status === 'skipped'))
      .map(
        ({ title, tests }) => `${title}: ${tests[0]?.annotations.at(-1)?.description ?? 'no reason given'}`,
      ),
    ...skippedSpecs(inner),
  ]);
}

const wanted = process.argv.slice(2);
if (wanted.length === 0) {
  check('the tree is formatted and linted', bin('biome'), ['check', '.']);
  check('the types agree', bin('tsc'), ['--noEmit']);
  check("the plugin's types agree", process.execPath, [typescriptOf(plugin), '--noEmit'], plugin);
  const e2e = ['--noEmit', '-p', 'e2e/tsconfig.json'];
  check(
    'the types of the preview and its specs agree',
    process.execPath,
    [typescriptOf(plugin), ...e2e],
    plugin,
  );
  for (const react of ['19', '18']) runComponentTests(react);
  runSpecs();
}
const tests = ['backend/test/**/*.test.ts', 'grafana-plugin/e2e/test/*.test.ts'];
const files = globSync(wanted.length > 0 ? wanted : tests, { cwd: root }).sort();
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
    `--test-timeout=${process.env.TEST_TIMEOUT_MS ?? 300_000}`,
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
