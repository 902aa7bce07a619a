// npm run scoreboard [-- --quick --only ROW,… --data DIR --seed N --out FILE --cache DIR --again]: measures every row of
// scripts/scoreboard/rows.mjs and writes docs/scoreboard.md. What was measured before, with the same inputs, is kept.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Context, inputsHash, NotMeasured } from './scoreboard/context.mjs';
import { render } from './scoreboard/render.mjs';
import { MEASUREMENTS, ROWS } from './scoreboard/rows.mjs';
import { ensureInstalled, giveUp, root } from './setup.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
    only: { type: 'string' },
    data: { type: 'string' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    cache: { type: 'string', default: join(root, '.cache', 'scoreboard') },
  },
});
const { quick, again } = values;
const cache = resolve(values.cache);
const out = resolve(values.out ?? (quick ? join(cache, 'quick.md') : join(root, 'docs', 'scoreboard.md')));
const seed = Number(values.seed);
if (!Number.isInteger(seed)) giveUp(`--seed takes a whole number, not ${values.seed}.`);

/** The folder given, or the one that lies beside the checkout. */
function dataFolder() {
  if (values.data !== undefined) {
    if (!existsSync(values.data))
      giveUp(`There is no folder ${values.data}; --data names that of the data sets.`);
    return resolve(values.data);
  }
  const beside = join(root, '..', 'shared', 'data');
  return existsSync(beside) ? beside : undefined;
}

/** Names of the measurements wanted: --only takes rows, measurements, or how either begins. */
function wantedMeasurements() {
  if (values.only === undefined) return new Set(Object.keys(MEASUREMENTS));
  const wanted = values.only.split(',').map((name) => name.trim().toLowerCase());
  const unknown = wanted.filter((name) => !ROWS.some((row) => matches(row, name)));
  if (unknown.length > 0) {
    giveUp(`No row is called ${unknown.join(', ')}; there are ${ROWS.map(({ id }) => id).join(', ')}.`);
  }
  return new Set(
    ROWS.filter((row) => wanted.some((name) => matches(row, name))).map((row) => row.measurement),
  );
}

function matches({ id, measurement }, name) {
  return id.startsWith(name) || measurement.startsWith(name);
}

const node = ensureInstalled();
mkdirSync(cache, { recursive: true });
const context = new Context({ node, data: dataFolder(), quick, seed, scratch: cache });

function cachePath(name) {
  return join(cache, `${name}${quick ? '.quick' : ''}.json`);
}

/** Writes under another name first: a run that is broken off leaves whole files only. */
function writeWhole(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}

function hashOf({ inputs, data }) {
  const folders = context.data === undefined ? [] : data.map((name) => join(context.data, name));
  return inputsHash(inputs, folders, { quick, seed });
}

function cached(name) {
  const path = cachePath(name);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** @returns what was measured: figures, or the reason why there are none */
function measure(name) {
  const measurement = MEASUREMENTS[name];
  const inputs = hashOf(measurement);
  const known = cached(name);
  if (!again && known?.inputs === inputs) {
    process.stderr.write(`${name}: measured on ${known.measured}\n`);
    return known;
  }
  process.stderr.write(`${name} …\n`);
  const start = performance.now();
  try {
    const { figures, note } = measurement.run(context);
    const seconds = (performance.now() - start) / 1000;
    const measured = new Date().toISOString().slice(0, 10);
    const result = { inputs, figures, note, command: measurement.command, seed, measured, seconds };
    writeWhole(cachePath(name), `${JSON.stringify(result, null, 2)}\n`);
    return result;
  } catch (error) {
    const reason = error instanceof NotMeasured ? error.message : `failed: ${error.message}`;
    process.stderr.write(`${name}: ${reason}\n`);
    return { reason, failed: !(error instanceof NotMeasured) };
  }
}

/** A row that is not asked for keeps the figure it has, if its inputs are still the same. */
function unasked(name) {
  const known = cached(name);
  if (known === undefined) return { reason: 'not asked for yet' };
  return known.inputs === hashOf(MEASUREMENTS[name]) ? known : { reason: 'its inputs changed since' };
}

const wanted = wantedMeasurements();
const results = {};
for (const name of Object.keys(MEASUREMENTS)) {
  results[name] = wanted.has(name) ? measure(name) : unasked(name);
}
const date = new Date().toISOString().slice(0, 10);
writeWhole(out, render(ROWS, results, { date, quick }));
process.stdout.write(`${out}\n`);
process.exit(Object.values(results).some(({ failed }) => failed) ? 1 : 0);
