import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { METRICS } from '../../src/catalog/metrics.ts';
import type { ChunkManifest } from '../../src/simulate/dataset.ts';
import { DATASET_COLUMNS, generateDataset } from '../../src/simulate/dataset.ts';
import type { DatasetOptions } from '../../src/simulate/datasetOptions.ts';
import { STATUSES } from '../../src/simulate/server.ts';
import { MONDAY_MS, query, temporaryFolder } from './helper.ts';

const chunksOf = (folder: string) => `read_parquet('${join(folder, 'chunk_*.parquet')}')`;
const truthOf = (folder: string) => `read_parquet('${join(folder, 'truth.parquet')}')`;

async function fingerprint(folder: string): Promise<string> {
  const [{ print }] = await query(
    `SELECT md5(string_agg(line, '|' ORDER BY line)) AS print FROM (SELECT c::VARCHAR AS line FROM ${chunksOf(folder)} c)`,
  );
  return String(print);
}

test('chunks hold the promised columns, types and times', async (t) => {
  const directory = await temporaryFolder(t);
  await generateDataset({ directory, servers: 14, days: 0.5, seed: 3, startMs: MONDAY_MS });
  const columns = await query(`DESCRIBE SELECT * FROM ${chunksOf(directory)}`);
  assert.deepEqual(
    columns.map(({ column_name: name }) => name),
    [...DATASET_COLUMNS],
  );
  assert.deepEqual(
    columns.map(({ column_type: type }) => type),
    ['TIMESTAMP', 'VARCHAR', 'VARCHAR', 'VARCHAR', ...METRICS.map(() => 'FLOAT')],
  );
  const [range] = await query(
    `SELECT epoch_ms(min(timestamp)) AS first, epoch_ms(max(timestamp)) AS last, count(*) AS rows,
            count(DISTINCT (timestamp, server_name)) AS distinct_rows, count(DISTINCT server_name) AS servers
     FROM ${chunksOf(directory)}`,
  );
  assert.equal(Number(range.first), MONDAY_MS);
  assert.equal(Number(range.last), MONDAY_MS + 12 * 3_600_000 - 300_000);
  assert.equal(range.rows, range.distinct_rows);
  assert.equal(Number(range.servers), 14);
  const statuses = await query(`SELECT DISTINCT status FROM ${chunksOf(directory)}`);
  assert.ok(statuses.every(({ status }) => (STATUSES as readonly unknown[]).includes(status)));
  const [nan] = await query(`SELECT count(*) AS n FROM ${chunksOf(directory)} WHERE isnan(cpu_idle_pct)`);
  assert.equal(Number(nan.n), 0, 'what was not measured is NULL, not NaN');
});

test('the manifest matches the files, and nothing else is left in the folder', async (t) => {
  const directory = await temporaryFolder(t);
  const progress: number[] = [];
  const manifest = await generateDataset(
    { directory, servers: 7, days: 0.3, startMs: MONDAY_MS },
    ({ chunk, chunks }) => progress.push(chunk / chunks),
  );
  const stored = JSON.parse(await readFile(join(directory, 'chunk_manifest.json'), 'utf8')) as ChunkManifest;
  assert.deepEqual(stored, manifest);
  assert.equal(stored.chunks.length, 4, '7.2 hours are three full chunks and a rest');
  assert.deepEqual(progress, [0.25, 0.5, 0.75, 1]);
  for (const chunk of [...stored.chunks, stored.truth]) {
    const path = join(directory, chunk.file);
    assert.equal(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
      chunk.sha256,
    );
    const [{ n }] = await query(`SELECT count(*) AS n FROM '${path}'`);
    assert.equal(Number(n), chunk.rows);
  }
  for (const { file, from, to } of stored.chunks) {
    const [times] = await query(
      `SELECT epoch_ms(min(timestamp)) AS first, epoch_ms(max(timestamp)) AS last FROM '${join(directory, file)}'`,
    );
    assert.equal(new Date(Number(times.first)).toISOString(), from);
    assert.equal(new Date(Number(times.last)).toISOString(), to);
  }
  assert.equal(stored.servers.length, 7);
  const expected = [...stored.chunks.map(({ file }) => file), 'chunk_manifest.json', 'truth.parquet'];
  assert.deepEqual((await readdir(directory)).sort(), expected.sort());
});

test('the same options give the same values; another seed or other servers give others', async (t) => {
  const options = { servers: 7, days: 0.25, seed: 5, startMs: MONDAY_MS };
  const generate = async (changes: Partial<DatasetOptions> = {}) => {
    const directory = await temporaryFolder(t);
    await generateDataset({ ...options, ...changes, directory });
    return fingerprint(directory);
  };
  const print = await generate();
  assert.equal(await generate(), print);
  assert.notEqual(await generate({ seed: 6 }), print);
  assert.notEqual(await generate({ fromServer: 7 }), print);
});

test('servers do not depend on how many others are generated', async (t) => {
  const [few, many] = [await temporaryFolder(t), await temporaryFolder(t)];
  await generateDataset({ directory: few, servers: 3, days: 0.25, startMs: MONDAY_MS });
  await generateDataset({ directory: many, servers: 9, days: 0.25, startMs: MONDAY_MS });
  const [{ n }] = await query(
    `SELECT count(*) AS n FROM (SELECT * FROM ${chunksOf(few)} EXCEPT SELECT * FROM ${chunksOf(many)})`,
  );
  assert.equal(Number(n), 0);
});

test('the shipped model’s training data can be made again: these values never change', async (t) => {
  const directory = await temporaryFolder(t);
  await generateDataset({ directory, servers: 20, days: 1, seed: 1 });
  assert.equal(await fingerprint(directory), '287ac9b7d6b14ccb91d018ab66f12aab');
});

test('the truth tells servers, kinds and times in their order', async (t) => {
  const directory = await temporaryFolder(t);
  await generateDataset({ directory, servers: 20, days: 10, seed: 2, startMs: MONDAY_MS });
  const rows = await query(`SELECT *, epoch_ms(onset_time) AS onset, epoch_ms(first_symptom_time) AS symptom,
                              epoch_ms(end_time) AS ended FROM ${truthOf(directory)}`);
  const known = new Set(
    (await query(`SELECT DISTINCT server_name FROM ${chunksOf(directory)}`)).map((r) => r.server_name),
  );
  assert.ok(rows.length > 20);
  for (const row of rows) {
    assert.ok(known.has(row.server_name));
    assert.ok(Number(row.onset) <= Number(row.symptom) && Number(row.symptom) <= Number(row.ended));
    assert.ok(Number(row.ended) >= MONDAY_MS);
    assert.equal(row.failure_time === null, row.failed === false);
    if (row.has_precursor === true) assert.ok(Number(row.symptom) < Number(row.ended));
  }
  const ends = rows.map((row) => Number(row.ended));
  assert.deepEqual(
    ends,
    ends.toSorted((a, b) => a - b),
  );
});

test('a chunk file of an earlier run is replaced', async (t) => {
  const directory = await temporaryFolder(t);
  await writeFile(join(directory, 'chunk_20260601_0000.parquet'), 'not a Parquet file');
  const { chunks } = await generateDataset({ directory, servers: 2, days: 0.05 });
  const [{ n }] = await query(`SELECT count(*) AS n FROM ${chunksOf(directory)}`);
  assert.equal(Number(n), chunks[0].rows);
});

test('chunks of another data set in the folder are not mixed with new ones', async (t) => {
  const directory = await temporaryFolder(t);
  await generateDataset({ directory, servers: 1, days: 0.2, startMs: MONDAY_MS });
  await assert.rejects(generateDataset({ directory, servers: 1, days: 0.1, startMs: MONDAY_MS }), {
    code: 'ARGUS_SIMULATE_OPTION',
    message: /holds chunk_20260601_0400\.parquet of another data set; empty it/,
  });
  const { rows } = await generateDataset({ directory, servers: 2, days: 0.2, startMs: MONDAY_MS });
  const [{ n }] = await query(`SELECT count(*) AS n FROM ${chunksOf(directory)}`);
  assert.equal(Number(n), rows);
});

test('kinds of incident can be kept back', async (t) => {
  const directory = await temporaryFolder(t);
  const withoutKinds = ['memory_leak', 'cascade', 'deploy'] as const;
  await generateDataset({ directory, servers: 40, days: 8, startMs: MONDAY_MS, withoutKinds });
  const kinds = (await query(`SELECT DISTINCT kind FROM ${truthOf(directory)}`)).map(({ kind }) => kind);
  assert.ok(kinds.length > 5);
  assert.ok(withoutKinds.every((kind) => !kinds.includes(kind)));
});

test('holidays are told in the manifest, and without them a fleet is what it was', async (t) => {
  const base = { servers: 7, days: 2, seed: 3, startMs: MONDAY_MS };
  const [plain, again, free] = await Promise.all([1, 2, 3].map(() => temporaryFolder(t)));
  const told = async (directory: string, more: Partial<DatasetOptions>) => {
    const { servers, holidays } = await generateDataset({ directory, ...base, ...more });
    return { countries: new Set(servers.map(({ country }) => country)), holidays };
  };
  assert.deepEqual(await told(plain, {}), { countries: new Set([undefined]), holidays: undefined });
  await told(again, { holidays: [] });
  const tuesday = new Date(MONDAY_MS + 86_400_000).toISOString().slice(0, 10);
  const withHolidays = await told(free, { country: 'de-by', holidays: [tuesday] });
  assert.deepEqual(withHolidays, { countries: new Set(['DE-BY']), holidays: [tuesday] });
  assert.equal(await fingerprint(again), await fingerprint(plain));
  assert.notEqual(await fingerprint(free), await fingerprint(plain));
});

const refused: readonly [string, Partial<DatasetOptions>, RegExp][] = [
  ['no servers', { servers: 0 }, /--servers is 0; it must be a whole number from 1/],
  ['half a server', { servers: 1.5 }, /--servers is 1\.5/],
  ['no days', { days: 0 }, /--days is 0; it must be above 0/],
  ['too many days', { days: 1e6 }, /--days/],
  ['days that are no number', { days: Number.NaN }, /--days is NaN/],
  ['a negative seed', { seed: -1 }, /--seed is -1/],
  ['a start between two steps', { startMs: MONDAY_MS + 1 }, /--start must be a time such as/],
  ['a start that is no time', { startMs: Number.NaN }, /--start/],
  ['a negative server number', { fromServer: -5 }, /--from-server is -5/],
  ['a regime change in the past', { regimeChangeDay: -1 }, /regime change/],
  [
    'a kind of incident that does not exist',
    { withoutKinds: ['flood' as never] },
    /'flood' is no kind.*memory_leak/,
  ],
  ['a country without known holidays', { country: 'XX' }, /--country is 'XX'; it must be the ISO 3166 code/],
  ['a holiday that is no date', { holidays: ['2026-02-30'] }, /--holidays: '2026-02-30' is not a date/],
  ['an empty folder name', { directory: '' }, /--out/],
];
for (const [what, changes, message] of refused) {
  test(`${what} is refused with the option's name`, async () => {
    await assert.rejects(generateDataset({ directory: '/nowhere', servers: 2, days: 1, ...changes }), {
      code: 'ARGUS_SIMULATE_OPTION',
      message,
    });
  });
}

test('a folder that cannot be made is named, with a remedy', async (t) => {
  const directory = await temporaryFolder(t);
  const file = join(directory, 'file');
  await writeFile(file, '');
  await assert.rejects(generateDataset({ directory: join(file, 'below'), servers: 1, days: 0.1 }), {
    code: 'ARGUS_SIMULATE_WRITE',
    message: /Cannot write the data set into .*below.*Choose a folder that can be written/,
  });
});
