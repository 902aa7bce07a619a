// Brings a fresh checkout to the point where Argus runs. Plain JavaScript for Node 20: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cacheDir = join(root, '.cache');
const marker = join(root, 'node_modules', '.argus-installed');
const OLDEST_NODE_MAJOR = 20;
const RUNTIME_NODE_MAJOR = 24;

/** Environment of everything started from here: no install step may reach for a vendor's own site. */
export const environment = {
  ...process.env,
  ONNXRUNTIME_NODE_INSTALL: 'skip',
  PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`,
};

/** Of 10,000 servers, the young generation's default size and one malloc arena a thread cost 150 MB without being faster. */
export const runtimeFlags = ['--max-semi-space-size=4'];
export const runtimeEnvironment = { MALLOC_ARENA_MAX: '2', ...environment };

/** Ends the program with one line that says what is missing and what to do. */
export function giveUp(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function lockHash() {
  const lock = join(root, 'package-lock.json');
  if (!existsSync(lock)) giveUp('package-lock.json is missing: restore it from the repository.');
  return createHash('sha256').update(readFileSync(lock)).digest('hex');
}

/** Runs a program whose output goes to a file in .cache, which is read only when something is wrong. */
export function runQuietly(command, args, logName, { cwd = root, env = {} } = {}) {
  mkdirSync(cacheDir, { recursive: true });
  const logPath = join(cacheDir, logName);
  const log = openSync(logPath, 'w');
  const result = spawnSync(command, args, {
    cwd,
    env: { ...environment, ...env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return { ok: result.status === 0, logPath };
}

function runtimeNode() {
  const packaged = join(root, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  const major = Number(process.versions.node.split('.')[0]);
  return major >= RUNTIME_NODE_MAJOR ? process.execPath : undefined;
}

/**
 * Installs the project's packages when the lock file changed since the last time.
 * @returns path of the Node 24 that runs Argus
 */
export function ensureInstalled() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE_MAJOR) {
    giveUp(`Node ${OLDEST_NODE_MAJOR} or newer is needed to install Argus; this is ${process.version}.`);
  }
  const hash = lockHash();
  const installed =
    existsSync(marker) && readFileSync(marker, 'utf8') === hash && runtimeNode() !== undefined;
  if (!installed) {
    process.stderr.write('Installing packages, once (half a minute) …\n');
    const { ok, logPath } = runQuietly('npm', ['ci', '--no-audit', '--no-fund'], 'install.log');
    if (!ok) giveUp(`The packages could not be installed: see ${logPath}. Is the npm registry reachable?`);
    if (runtimeNode() === undefined) {
      giveUp(
        'The npm package "node" brought no binary (install scripts off?): install Node 24 or allow its script.',
      );
    }
    writeFileSync(marker, hash);
  }
  return runtimeNode();
}

function onPath(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}

/**
 * Programs that some tests compare Argus with. Installs Debian's packages where that is possible.
 * @param {Record<string, string>} packageByProgram program on PATH → Debian package
 */
export function ensureTestPrograms(packageByProgram) {
  const missing = Object.entries(packageByProgram).filter(([program]) => !onPath(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))];
  const canInstall = process.getuid?.() === 0 && onPath('apt-get');
  if (canInstall) {
    process.stderr.write(`Installing ${packages.join(', ')} for the tests, once …\n`);
    const script = `apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${packages.join(' ')}`;
    runQuietly('sh', ['-c', script], 'apt.log');
  }
  const stillMissing = missing.filter(([program]) => !onPath(program)).map(([program]) => program);
  if (stillMissing.length > 0) {
    process.stderr.write(`Tests that need ${stillMissing.join(', ')} are left out: not installed here.\n`);
  }
}
