// npm run make-bundle [-- --out DIR --data DIR --public DIR --seed N --quick]: makes the shipped model again, from nothing
// but the graphs in models/bundles/default: generated fleets, training, scores, calibration, golden windows.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled, environment, giveUp, root } from './setup.mjs';

const GRAPHS = join(root, 'models', 'bundles', 'default');
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 5, 1);
/** Drawn beside the generated fleets where they are given; see models/README.md. */
const PUBLIC_WEIGHTS = { asd: 0.07, smd: 0.02, datacentre: 0.01 };
/** Kinds of incident that no shipped model has seen, so that a backtest can tell how it meets what is new. */
const UNSEEN_KINDS = ['noisy_neighbour', 'network_saturation'];
/**
 * A long fleet and a wide one to train on: many servers matter more to new ones than many days of the same. No server of
 * the unseen fleet is in either, and its last week comes after the end of both.
 */
const FULL = {
  fleets: [
    { name: 'long', servers: 240, days: 28, startDay: 0, fromServer: 0, seedOffset: 0, weight: 0.4 },
    { name: 'wide', servers: 480, days: 14, startDay: 14, fromServer: 1000, seedOffset: 10, weight: 0.5 },
  ],
  unseen: { name: 'unseen', servers: 60, days: 14, startDay: 21, fromServer: 10_000, seedOffset: 1 },
  failures: { name: 'failures', servers: 2400, days: 14, startDay: 21, fromServer: 40_000, seedOffset: 2 },
  epochs: 14,
  samples: 32_768,
};
const QUICK = {
  fleets: [{ name: 'long', servers: 24, days: 8, startDay: 0, fromServer: 0, seedOffset: 0, weight: 0.9 }],
  unseen: { name: 'unseen', servers: 20, days: 8, startDay: 1, fromServer: 10_000, seedOffset: 1 },
  failures: { name: 'failures', servers: 30, days: 8, startDay: 1, fromServer: 40_000, seedOffset: 2 },
  epochs: 2,
  samples: 2_048,
};

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

/** @returns folder of the fleet, which is generated unless it is there already */
function generate({ name, servers, days, startDay, fromServer, seedOffset }) {
  const seed = Number(values.seed) + seedOffset;
  const folder = join(values.data, `${name}-${servers}x${days}-${seed}`);
  // The manifest is written last, so a fleet that has one is complete.
  if (!existsSync(join(folder, 'chunk_manifest.json'))) {
    const start = new Date(START + startDay * DAY_MS).toISOString();
    argus(
      ...['generate', '--out', folder, '--servers', `${servers}`, '--days', `${days}`, '--seed', `${seed}`],
      ...['--start', start, '--from-server', `${fromServer}`, '--without', UNSEEN_KINDS.join()],
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

const traces = publicTraces();
const fleets = size.fleets.flatMap((fleet) => ['--data', `${generate(fleet)}=${fleet.weight}`]);
const unseen = generate(size.unseen);
const failures = generate(size.failures);
argus(
  ...['train', ...fleets, ...traces, '--unseen', unseen, '--failures', failures],
  ...['--from', GRAPHS, '--out', values.out, '--replace', '--seed', values.seed],
  ...['--epochs', `${size.epochs}`, '--samples-per-epoch', `${size.samples}`],
);
