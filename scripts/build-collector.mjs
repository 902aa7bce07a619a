// npm run build:collector [-- --distribution agent|full]: builds the OpenTelemetry Collector of otel-collector/ with Go.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BUILD_FLAGS, go, requireGo } from './go.mjs';
import { giveUp, root, runQuietly } from './setup.mjs';

const BUILDER = 'go.opentelemetry.io/collector/cmd/builder@v0.160.0';
const DISTRIBUTIONS = { agent: 'otelcol-argus', full: 'otelcol-argus-full' };
const cache = join(root, '.cache', 'collector');
const folderOf = (distribution) => join(root, 'otel-collector', 'distribution', distribution);
const programOf = (distribution) => join(cache, DISTRIBUTIONS[distribution]);

/** Hash of what a distribution is made of. */
function hashOf(distribution) {
  const hash = createHash('sha256').update(BUILDER);
  for (const file of ['manifest.yaml', 'go.mod', 'go.sum'])
    hash.update(readFileSync(join(folderOf(distribution), file)));
  return hash.digest('hex');
}

/** True where the program is there, and made of what lies in the tree now. */
export function isCollectorBuilt(distribution) {
  const program = programOf(distribution);
  const marker = `${program}.sha256`;
  return existsSync(program) && existsSync(marker) && readFileSync(marker, 'utf8') === hashOf(distribution);
}

/** What the manifest says for Go's -tags; nothing where it says nothing. */
function tagsOf(folder) {
  const manifest = readFileSync(join(folder, 'manifest.yaml'), 'utf8');
  return /^ {2}build_tags: (\S+)$/m.exec(manifest)?.[1] ?? '';
}

function generateSources(folder, sources) {
  const builder = join(cache, 'bin', 'builder');
  go(['install', '-buildvcs=false', BUILDER], 'collector-builder.log', {
    env: { GOBIN: join(cache, 'bin') },
  });
  rmSync(sources, { recursive: true, force: true });
  mkdirSync(sources, { recursive: true });
  // Only the place of the sources is not in the manifest.
  const manifest = readFileSync(join(folder, 'manifest.yaml'), 'utf8');
  const placed = join(sources, 'manifest.yaml');
  writeFileSync(placed, manifest.replace(/^dist:$/m, `dist:\n  output_path: ${JSON.stringify(sources)}`));
  // Its own `go mod tidy` asks for modules of tests that cannot be had; go.mod and go.sum are committed instead.
  const args = ['--config', placed, '--skip-get-modules', '--skip-compilation'];
  const { ok, logPath } = runQuietly(builder, args, 'collector-sources.log');
  if (!ok) throw new Error(`The Collector's sources could not be written: see ${logPath}.`);
  for (const file of ['go.mod', 'go.sum']) copyFileSync(join(folder, file), join(sources, file));
}

/**
 * Builds a distribution unless it is built already.
 * @param {'agent' | 'full'} distribution
 * @returns path of the program
 * @throws where Go cannot build it
 */
export function buildCollector(distribution) {
  const program = programOf(distribution);
  if (isCollectorBuilt(distribution)) return program;
  requireGo();
  const folder = folderOf(distribution);
  const sources = join(cache, `sources-${distribution}`);
  generateSources(folder, sources);
  const built = `${program}.part`;
  go(
    ['build', ...BUILD_FLAGS, `-tags=${tagsOf(folder)}`, '-o', built, '.'],
    `collector-${distribution}.log`,
    { cwd: sources },
  );
  renameSync(built, program);
  writeFileSync(`${program}.sha256`, hashOf(distribution));
  return program;
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { distribution: { type: 'string', default: 'full' } } });
  if (!Object.hasOwn(DISTRIBUTIONS, values.distribution))
    giveUp(`--distribution is one of ${Object.keys(DISTRIBUTIONS).join(', ')}, not ${values.distribution}.`);
  try {
    const start = performance.now();
    process.stderr.write(`Building the ${values.distribution} Collector (minutes, the first time) …\n`);
    const program = buildCollector(values.distribution);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stdout.write(`${program} (${seconds} s)\n`);
  } catch (error) {
    giveUp(error.message);
  }
}
