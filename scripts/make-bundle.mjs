// npm run make-bundle [-- --out DIR --data DIR --public DIR --seed N --quick]: makes the shipped model again, from nothing
// but the graphs in models/bundles/default: generated fleets, training, scores, calibration, golden windows.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled, environment, giveUp, root } from './setup.mjs';

const GRAPHS = join(root, 'models', 'bundles', 'default');
/** How often the public traces are drawn beside the generated fleet; see models/README.md. */
const GENERATED_WEIGHT = 0.9;
const PUBLIC_WEIGHTS = { asd: 0.07, smd: 0.02, datacentre: 0.01 };
/** The unseen fleet has other servers, and its last week comes after the end of the one that is trained on. */
const FULL = { servers: 240, days: 28, unseenServers: 60, unseenDays: 14, epochs: 16, samples: 32_768 };
const QUICK = { servers: 24, days: 8, unseenServers: 20, unseenDays: 8, epochs: 2, samples: 2_048 };
const START = Date.UTC(2026, 5, 1);
const UNSEEN_OFFSET_DAYS = 7;
const FIRST_UNSEEN_SERVER = 10_000;
const DAY_MS = 86_400_000;

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: GRAPHS },
    data: { type: 'string', default: join(root, '.cache', 'bundle-data') },
    public: { type: 'string' },
    seed: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
  },
});
const size = values.quick ? QUICK : FULL;
const node = ensureInstalled();

function argus(...args) {
  process.stderr.write(`argus ${args.join(' ')}\n`);
  const main = join(root, 'backend', 'src', 'main.ts');
  const { status } = spawnSync(node, [main, ...args], { cwd: root, env: environment, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function generate(name, servers, days, startMs, fromServer, seed) {
  const folder = join(values.data, `${name}-${servers}x${days}-${seed}`);
  // The manifest is written last, so a fleet that has one is complete.
  if (!existsSync(join(folder, 'chunk_manifest.json'))) {
    const start = new Date(startMs).toISOString();
    argus(
      ...['generate', '--out', folder, '--servers', `${servers}`, '--days', `${days}`, '--seed', `${seed}`],
      ...['--start', start, '--from-server', `${fromServer}`],
    );
  }
  return folder;
}

function publicTraces() {
  if (values.public === undefined) return [];
  return Object.entries(PUBLIC_WEIGHTS).flatMap(([name, weight]) => {
    const path = join(values.public, `${name}.parquet`);
    if (!existsSync(path)) giveUp(`${path} is missing; make it with models/public_data.py.`);
    return ['--data', `${path}=${weight}`];
  });
}

const seed = Number(values.seed);
const traces = publicTraces();
const trained = generate('train', size.servers, size.days, START, 0, seed);
const unseenStart = START + (size.days - UNSEEN_OFFSET_DAYS) * DAY_MS;
const unseen = generate(
  'unseen',
  size.unseenServers,
  size.unseenDays,
  unseenStart,
  FIRST_UNSEEN_SERVER,
  seed + 1,
);
argus(
  ...['train', '--data', `${trained}=${GENERATED_WEIGHT}`, ...traces, '--unseen', unseen],
  ...['--from', GRAPHS, '--out', values.out, '--replace', '--seed', values.seed],
  ...['--epochs', `${size.epochs}`, '--samples-per-epoch', `${size.samples}`],
);
