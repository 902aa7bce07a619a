import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { localDayOf } from '../../src/catalog/calendar.ts';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { readDataset } from '../../src/training/datasets/reader.ts';
import { FIRST_STEP, runSql, temporaryFolder, writeFleet, writeText } from './fixtures.ts';

const HEADER = 'timestamp,server_name,cpu_idle_pct,mem_used_pct\n';

describe('reading a data set', () => {
  it('puts measurements on the five-minute grid and leaves gaps as NaN', async (t) => {
    const path = writeText(
      temporaryFolder(t),
      'fleet.csv',
      `${HEADER}2026-03-02 00:01:00,ppdb001,70,40\n2026-03-02 00:16:00,ppdb001,60,41\n`,
    );
    const { servers, measured } = await readDataset(path);
    assert.equal(servers.length, 1);
    const [series] = servers;
    assert.equal(series.firstStep, FIRST_STEP);
    assert.equal(series.steps, 4);
    const memory = Array.from({ length: 4 }, (_, row) => series.values[row * METRIC_COUNT + METRIC.memUsed]);
    assert.deepEqual(memory, [40, Number.NaN, Number.NaN, 41]);
    assert.deepEqual(measured, [METRIC.cpuIdle, METRIC.memUsed]);
    assert.ok(Number.isNaN(series.values[METRIC.netIn]), 'a column that is not there was not measured');
  });

  it('averages duplicates and everything else within a step', async (t) => {
    const rows = ['00:00:00,ppdb001,10,20', '00:00:00,ppdb001,20,40', '00:04:59,ppdb001,30,60'];
    const path = writeText(
      temporaryFolder(t),
      'fleet.csv',
      HEADER + rows.map((row) => `2026-03-02 ${row}\n`).join(''),
    );
    const [series] = (await readDataset(path)).servers;
    assert.equal(series.steps, 1);
    assert.equal(series.values[METRIC.cpuIdle], 20);
    assert.equal(series.values[METRIC.memUsed], 40);
  });

  it('counts what cannot be true as not measured', async (t) => {
    const path = writeText(
      temporaryFolder(t),
      'fleet.csv',
      `${HEADER}2026-03-02 00:00:00,ppdb001,-3,101\n2026-03-02 00:05:00,ppdb001,nan,7\n`,
    );
    const [series] = (await readDataset(path)).servers;
    assert.equal(series.firstStep, FIRST_STEP + 1);
    assert.ok(Number.isNaN(series.values[METRIC.cpuIdle]));
    assert.equal(series.values[METRIC.memUsed], 7);
  });

  for (const column of ['cpu_used_pct', 'cpu_pct']) {
    it(`fills idle CPU from ${column} where idle was not measured`, async (t) => {
      const path = writeText(
        temporaryFolder(t),
        'fleet.csv',
        `timestamp,server_name,${column}\n2026-03-02 00:00:00,web,30\n`,
      );
      const [series] = (await readDataset(path)).servers;
      assert.equal(series.values[METRIC.cpuIdle], 70);
    });
  }

  it('takes the profile from its column, else from the name', async (t) => {
    const path = writeText(
      temporaryFolder(t),
      'fleet.csv',
      'timestamp,server_name,profile,mem_used_pct\n2026-03-02 00:00:00,a,etl,1\n2026-03-02 00:00:00,ppml7,,1\n',
    );
    const { servers } = await readDataset(path);
    assert.deepEqual(
      servers.map(({ name, profile }) => [name, profile]),
      [
        ['a', 4],
        ['ppml7', 1],
      ],
    );
  });

  it('reads a folder of chunks, with or without a chunk manifest, and leaves the truth aside', async (t) => {
    const folder = temporaryFolder(t);
    const part = (name: string, from: string, value: number) =>
      runSql(
        `COPY (SELECT ts::TIMESTAMPTZ AS timestamp, 'ppdb001' AS server_name, ${value}::DOUBLE AS mem_used_pct
           FROM range(TIMESTAMP '2026-03-02 ${from}', TIMESTAMP '2026-03-02 ${from}' + INTERVAL 2 HOUR,
             INTERVAL 5 MINUTE) t(ts)) TO '${join(folder, name)}' (FORMAT parquet)`,
      );
    await part('one.parquet', '00:00', 1);
    await part('two.parquet', '02:00', 2);
    await runSql(`COPY (SELECT 'x' AS kind) TO '${join(folder, 'truth.parquet')}' (FORMAT parquet)`);
    const [both] = (await readDataset(folder)).servers;
    assert.equal(both.steps, 48);
    assert.equal(both.firstStep, FIRST_STEP);
    assert.equal(both.values[47 * METRIC_COUNT + METRIC.memUsed], 2);
    writeText(folder, 'chunk_manifest.json', JSON.stringify({ chunks: [{ file: 'one.parquet' }] }));
    assert.equal((await readDataset(folder)).servers[0].steps, 24);
  });

  it('takes zone, country and holidays of servers from the chunk manifest', async (t) => {
    const folder = temporaryFolder(t);
    await writeFleet(join(folder, 'fleet.parquet'), 3, 2);
    const names = (await readDataset(folder)).servers.map(({ name }) => name);
    const manifest = {
      chunks: [{ file: 'fleet.parquet' }],
      servers: [
        { name: names[0], time_zone: 'Europe/Berlin', country: 'DE-BY' },
        { name: names[1], time_zone: 'Mars/Olympus', country: 'XX' },
      ],
      holidays: ['2026-08-10'],
    };
    writeText(folder, 'chunk_manifest.json', JSON.stringify(manifest));
    const { servers } = await readDataset(folder, { timeZone: 'Asia/Tokyo' });
    assert.deepEqual(
      servers.map(({ timeZone, country }) => [timeZone, country]),
      [
        ['Europe/Berlin', 'DE-BY'],
        ['Asia/Tokyo', undefined],
        ['Asia/Tokyo', undefined],
      ],
    );
    const isFree = (date: string) => servers.map(({ holidays }) => holidays?.(localDayOf(date)));
    assert.deepEqual(isFree('2026-08-10'), [true, true, true]);
    assert.deepEqual(isFree('2026-01-06'), [true, false, false], 'Epiphany in Bavaria');
    writeText(folder, 'chunk_manifest.json', JSON.stringify({ ...manifest, holidays: ['tomorrow'] }));
    await assert.rejects(readDataset(folder), {
      code: 'ARGUS_DATA_UNREADABLE',
      message: /'tomorrow' is not a date/,
    });
  });

  it('reads many servers of unequal length', async (t) => {
    const path = join(temporaryFolder(t), 'fleet.parquet');
    await writeFleet(path, 5, 2);
    const data = await readDataset(path, { timeZone: 'Europe/Madrid' });
    assert.equal(data.servers.length, 5);
    assert.ok(data.servers.every((series) => series.steps === 576 && series.timeZone === 'Europe/Madrid'));
    assert.equal(data.lastStep - data.firstStep + 1, 576);
    assert.deepEqual(data.warnings, []);
  });

  it('warns of metrics that never move or have no usable value', async (t) => {
    const path = writeText(
      temporaryFolder(t),
      'fleet.csv',
      'timestamp,server_name,mem_used_pct,swap_used_pct,disk_usage_pct\n' +
        '2026-03-02 00:00:00,a,50,0,200\n2026-03-02 00:05:00,a,51,0,200\n',
    );
    const { warnings } = await readDataset(path);
    assert.equal(warnings.length, 2);
    assert.match(warnings[0], /Never moves: swap_used_pct\./);
    assert.match(warnings[1], /no usable value: disk_usage_pct\./);
  });
});

describe('data that cannot be used', () => {
  const refused = (path: string, code: string, message: RegExp) =>
    assert.rejects(readDataset(path), { code, message });

  it('is refused where there is nothing', async (t) => {
    const folder = temporaryFolder(t);
    await refused(join(folder, 'none'), 'ARGUS_DATA_NOT_FOUND', /no data at ".*none"/);
    await refused(folder, 'ARGUS_DATA_NOT_FOUND', /Parquet or CSV/);
  });

  it('is refused where the file is of another kind or damaged', async (t) => {
    const folder = temporaryFolder(t);
    await refused(writeText(folder, 'a.json', '{}'), 'ARGUS_DATA_UNREADABLE', /ends in neither/);
    await refused(writeText(folder, 'a.parquet', 'PAR1 no'), 'ARGUS_DATA_UNREADABLE', /a\.parquet/);
  });

  it('is refused without rows', async (t) => {
    const folder = temporaryFolder(t);
    const typed = `SELECT now()::TIMESTAMP AS timestamp, 'a' AS server_name, 1.0 AS mem_used_pct`;
    const path = join(folder, 'empty.parquet');
    await runSql(`COPY (${typed} WHERE false) TO '${path}' (FORMAT parquet)`);
    await refused(path, 'ARGUS_DATA_EMPTY', /no rows/);
    const blank = join(folder, 'blank.parquet');
    await runSql(`COPY (SELECT * REPLACE (NULL::DOUBLE AS mem_used_pct) FROM (${typed})) TO '${blank}'`);
    await refused(blank, 'ARGUS_DATA_EMPTY', /no rows/);
  });

  it('is refused with the wrong columns, all of them named', async (t) => {
    const folder = temporaryFolder(t);
    const path = writeText(folder, 'a.csv', 'time,server_name,mem\n2026-03-02 00:00:00,a,1\n');
    await refused(path, 'ARGUS_DATA_COLUMNS', /"timestamp" is missing; none of the metrics/);
    const text = writeText(
      folder,
      'b.csv',
      'timestamp,server_name,mem_used_pct\nyesterday,a,high\ntoday,a,low\n',
    );
    await refused(text, 'ARGUS_DATA_COLUMNS', /not a timestamp; "mem_used_pct" is VARCHAR, not a number/);
  });

  it('is refused where chunks overlap, naming both', async (t) => {
    const folder = temporaryFolder(t);
    writeText(folder, 'a.csv', `${HEADER}2026-03-02 00:00:00,s,1,1\n2026-03-02 00:10:00,s,1,1\n`);
    writeText(folder, 'b.csv', `${HEADER}2026-03-02 00:10:00,s,1,1\n`);
    await refused(folder, 'ARGUS_DATA_OVERLAP', /a\.csv" and ".*b\.csv" both cover s at 2026-03-02T00:10/);
  });

  it('is refused where a wrong timestamp would span decades', async (t) => {
    const path = writeText(
      temporaryFolder(t),
      'a.csv',
      HEADER +
        Array.from(
          { length: 20 },
          (_, i) => `1970-01-01 00:00:00,s${i},1,1\n2100-01-01 00:00:00,s${i},1,1\n`,
        ).join(''),
    );
    await refused(path, 'ARGUS_DATA_TOO_LARGE', /wrong timestamp/);
  });

  it('is refused where the chunk manifest is broken or names what is not there', async (t) => {
    const folder = temporaryFolder(t);
    writeText(folder, 'chunk_manifest.json', '{');
    await refused(folder, 'ARGUS_DATA_UNREADABLE', /not JSON/);
    writeText(folder, 'chunk_manifest.json', '{"chunks":[{}]}');
    await refused(folder, 'ARGUS_DATA_UNREADABLE', /lists no chunks/);
    writeText(folder, 'chunk_manifest.json', '{"chunks":[{"file":"gone.parquet"}]}');
    await refused(folder, 'ARGUS_DATA_UNREADABLE', /gone\.parquet", which is not there/);
  });
});
