/** The files of the history: what is written is there, once, whatever was joined, damaged or removed meanwhile. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { DamagedFile } from '../../src/history/protocol.ts';
import { realHistoryDisk } from '../../src/history/store/disk.ts';
import { removableDays } from '../../src/history/store/retention.ts';
import {
  alertRows,
  filesOf,
  forecastBlock,
  historyConfig,
  historyFolder,
  LAST_OF_DAY,
  MIDNIGHT_STEP,
  memoryOf,
  metricBlock,
  openArchive,
  timeOf,
} from './support.ts';

const row = (step: number, memory: number, server = 'a') => ({ server, step, memory });
const steps = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

describe('the archive', () => {
  it('gives back what was put, and the newer of two rows for the same server and time', async (t) => {
    const archive = await openArchive(t);
    await archive.put(metricBlock([row(MIDNIGHT_STEP, 40), row(MIDNIGHT_STEP, 70, 'b')]));
    await archive.put(metricBlock([row(MIDNIGHT_STEP + 1, 41)]));
    await archive.put(metricBlock([row(MIDNIGHT_STEP, 45)]));
    assert.deepEqual(
      [...(await memoryOf(archive, 'a'))],
      [
        [MIDNIGHT_STEP, 45],
        [MIDNIGHT_STEP + 1, 41],
      ],
    );
    assert.deepEqual([...(await memoryOf(archive, 'b')).values()], [70]);
  });

  it('puts rows of two days into the files of both', async (t) => {
    const folder = historyFolder(t);
    const archive = await openArchive(t, { folder });
    await archive.put(metricBlock([row(LAST_OF_DAY, 1), row(LAST_OF_DAY + 1, 2)]));
    assert.deepEqual(filesOf(folder), [
      '2026-03-10/metrics.287-287.parquet',
      '2026-03-11/metrics.000-000.parquet',
    ]);
    assert.equal((await memoryOf(archive, 'a')).size, 2);
  });

  it('joins an hour once it is over and a day once it is past, and keeps every row', async (t) => {
    const folder = historyFolder(t);
    const archive = await openArchive(t, { folder });
    for (const step of steps(MIDNIGHT_STEP, 30)) await archive.put(metricBlock([row(step, step % 50)]));
    await archive.tidy(MIDNIGHT_STEP + 30);
    assert.deepEqual(
      filesOf(folder).map((name) => name.slice(11)),
      [
        'metrics.000-011.parquet',
        'metrics.012-023.parquet',
        ...steps(24, 6).map((at) => `metrics.0${at}-0${at}.parquet`),
      ],
    );
    await archive.tidy(LAST_OF_DAY + 1);
    assert.deepEqual(filesOf(folder), ['2026-03-10/metrics.000-029.parquet']);
    const found = await memoryOf(archive, 'a');
    assert.deepEqual(
      [...found],
      steps(MIDNIGHT_STEP, 30).map((step) => [step, step % 50]),
    );
  });

  it('takes a late row into a file that is joined already', async (t) => {
    const folder = historyFolder(t);
    const archive = await openArchive(t, { folder });
    for (const step of steps(MIDNIGHT_STEP, 12)) await archive.put(metricBlock([row(step, 10)]));
    await archive.tidy(MIDNIGHT_STEP + 12);
    await archive.put(metricBlock([row(MIDNIGHT_STEP + 3, 99), row(MIDNIGHT_STEP + 4, 5, 'late')]));
    assert.deepEqual(filesOf(folder), ['2026-03-10/metrics.000-011.parquet']);
    const found = await memoryOf(archive, 'a');
    assert.equal(found.size, 12);
    assert.equal(found.get(MIDNIGHT_STEP + 3), 99);
    assert.equal((await memoryOf(archive, 'late')).size, 1);
  });

  it('counts a row once where a crash left the joined file beside those it was made of', async (t) => {
    const folder = historyFolder(t);
    const first = await openArchive(t, { folder });
    for (const step of steps(MIDNIGHT_STEP, 12)) await first.put(metricBlock([row(step, 10)]));
    const small = join(folder, '2026-03-10', 'metrics.003-003.parquet');
    const kept = readFileSync(small);
    await first.tidy(MIDNIGHT_STEP + 12);
    await first.close();
    writeFileSync(small, kept);
    mkdirSync(join(folder, '.tmp'), { recursive: true });
    writeFileSync(join(folder, '.tmp', 'file-0.parquet'), 'half a file');
    const second = await openArchive(t, { folder });
    assert.equal((await memoryOf(second, 'a')).size, 12);
    assert.deepEqual(filesOf(folder), ['2026-03-10/metrics.000-011.parquet']);
  });

  it('leaves names alone that are not its own', async (t) => {
    const folder = historyFolder(t);
    mkdirSync(join(folder, '2026-13-40'));
    mkdirSync(join(folder, '2026-03-10'));
    writeFileSync(join(folder, '2026-03-10', 'notes.txt'), 'mine');
    writeFileSync(join(folder, '2026-03-10', 'metrics.300-301.parquet'), 'not a position of a day');
    const archive = await openArchive(t, { folder });
    assert.equal((await archive.status()).files, 0);
    assert.deepEqual(readdirSync(join(folder, '2026-03-10')).sort(), [
      'metrics.300-301.parquet',
      'notes.txt',
    ]);
  });

  for (const [what, damage] of [
    ['cut short', (path: string) => truncateSync(path, 200)],
    ['empty', (path: string) => truncateSync(path, 0)],
    [
      'overwritten in the middle',
      (path: string) => writeFileSync(path, readFileSync(path).fill(0xa5, 60, 400)),
    ],
    [
      "another program's",
      (path: string) => writeFileSync(path, 'PK not parquet at all, but long enough to be read'),
    ],
  ] as const) {
    it(`sets a file aside that is ${what}, says so, and answers from the others`, async (t) => {
      const folder = historyFolder(t);
      const reported: DamagedFile[] = [];
      const archive = await openArchive(t, { folder, onDamaged: (file) => reported.push(file) });
      for (const step of steps(MIDNIGHT_STEP, 3))
        await archive.put(metricBlock([row(step, 10), row(step, 20, 'b')]));
      damage(join(folder, '2026-03-10', 'metrics.001-001.parquet'));
      assert.deepEqual([...(await memoryOf(archive, 'a')).keys()], [MIDNIGHT_STEP, MIDNIGHT_STEP + 2]);
      assert.equal(reported.length, 1);
      assert.equal(reported[0].file, '2026-03-10/metrics.001-001.parquet');
      assert.ok(!reported[0].reason.includes(folder), reported[0].reason);
      const names = readdirSync(join(folder, '2026-03-10'));
      assert.ok(
        names.some((name) => name.startsWith('metrics.001-001.parquet.damaged-')),
        names.join(),
      );
      await archive.close();
      const again = await openArchive(t, { folder });
      assert.equal((await again.status()).damaged.length, 1);
    });
  }

  it('joins what is left where one of the files is damaged', async (t) => {
    const folder = historyFolder(t);
    const archive = await openArchive(t, { folder });
    for (const step of steps(MIDNIGHT_STEP, 12)) await archive.put(metricBlock([row(step, 10)]));
    truncateSync(join(folder, '2026-03-10', 'metrics.005-005.parquet'), 100);
    await archive.tidy(MIDNIGHT_STEP + 12);
    assert.equal((await memoryOf(archive, 'a')).size, 11);
    assert.equal((await archive.status()).damaged.length, 1);
  });

  it('answers without a file that somebody has deleted', async (t) => {
    const folder = historyFolder(t);
    const archive = await openArchive(t, { folder });
    for (const step of steps(MIDNIGHT_STEP, 3)) await archive.put(metricBlock([row(step, 10)]));
    await realHistoryDisk.remove(join(folder, '2026-03-10', 'metrics.000-000.parquet'));
    assert.equal((await memoryOf(archive, 'a')).size, 2);
  });

  it('reads files written before a column existed', async (t) => {
    const folder = historyFolder(t);
    const writer = await openArchive(t);
    await writer.read((reading) => {
      mkdirSync(join(folder, '2026-03-10'));
      return reading.connection.run(
        `COPY (SELECT make_timestamp(${timeOf(MIDNIGHT_STEP)}::BIGINT * 1000) AS "timestamp", 'a' AS server_name, 33::FLOAT AS mem_used_pct)
         TO '${join(folder, '2026-03-10', 'metrics.000-000.parquet')}' (FORMAT parquet)`,
      );
    });
    const archive = await openArchive(t, { folder });
    await archive.put(metricBlock([row(MIDNIGHT_STEP, 50, 'b')]));
    assert.deepEqual([...(await memoryOf(archive, 'a')).values()], [33]);
    assert.deepEqual([...(await memoryOf(archive, 'b')).values()], [50]);
  });

  it('keeps a file in place while a question reads it that began before it was replaced', async (t) => {
    const folder = historyFolder(t);
    const archive = await openArchive(t, { folder });
    for (const step of steps(MIDNIGHT_STEP, 12)) await archive.put(metricBlock([row(step, 10)]));
    const rows = await archive.read(async (reading) => {
      const sql = `SELECT count(*)::INTEGER FROM ${reading.source('metrics', 0, 8.64e12)}`;
      await archive.tidy(MIDNIGHT_STEP + 12);
      return reading.rows(sql);
    });
    assert.deepEqual(rows, [[12]]);
    assert.deepEqual(filesOf(folder), ['2026-03-10/metrics.000-011.parquet']);
  });

  it('removes the oldest days on a full disk, and says so where only the newest are left', async (t) => {
    const folder = historyFolder(t);
    let isFull = false;
    const removed: string[] = [];
    const noRoom = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const archive = await openArchive(t, {
      folder,
      config: historyConfig({ keepAtLeastDays: 2 }),
      onRemoved: (day, reason) => removed.push(`${day} ${reason}`),
      disk: {
        ...realHistoryDisk,
        sync: (path) => (isFull ? Promise.reject(noRoom) : realHistoryDisk.sync(path)),
        remove: async (path) => {
          await realHistoryDisk.remove(path);
          // A whole day gone makes room for a few files.
          if (path.endsWith('2026-03-10')) isFull = false;
        },
      },
    });
    const day = 288;
    for (const age of [0, 1, 2]) await archive.put(metricBlock([row(MIDNIGHT_STEP + age * day, 10)]));
    isFull = true;
    await archive.put(metricBlock([row(MIDNIGHT_STEP + 2 * day + 1, 11)]));
    assert.deepEqual(removed, ['2026-03-10 space']);
    isFull = true;
    await assert.rejects(archive.put(metricBlock([row(MIDNIGHT_STEP + 2 * day + 2, 12)])), {
      code: 'ARGUS_HISTORY_DISK_FULL',
    });
    isFull = false;
    await archive.put(metricBlock([row(MIDNIGHT_STEP + 2 * day + 2, 12)]));
    assert.equal((await memoryOf(archive, 'a')).size, 4);
    assert.ok(!filesOf(folder).some((name) => name.startsWith('.tmp')));
  });

  it('keeps alerts and forecasts in files of their own', async (t) => {
    const folder = historyFolder(t);
    const archive = await openArchive(t, { folder });
    const atMs = timeOf(MIDNIGHT_STEP) + 1000;
    const opened = {
      alert: 'x',
      server: 'a',
      atMs,
      openedMs: atMs,
      type: 'opened',
      from: 'healthy',
      to: 'warning',
    };
    await archive.put(alertRows([{ ...opened, event: '1', score: 61 }]));
    // Announced a second time after a crash.
    await archive.put(alertRows([{ ...opened, event: '1', score: 61 }]));
    await archive.put(forecastBlock([{ server: 'a', step: MIDNIGHT_STEP, score: 61 }]));
    const count = await archive.read((reading) =>
      reading.rows(`SELECT count(*)::INTEGER FROM ${reading.source('alerts', 0, 8.64e12)}`),
    );
    assert.deepEqual(count, [[1]]);
    assert.equal((await archive.status()).files, 2);
  });
});

describe('retention', () => {
  const sizes = new Map([
    [1, 100],
    [2, 100],
    [8, 100],
    [9, 100],
    [10, 100],
  ]);
  const rules = { today: 10, keepDays: 30, keepAtLeastDays: 2, maxBytes: 1e9, missingBytes: 0 };

  it('removes days by age, size and space, oldest first', () => {
    assert.deepEqual(removableDays(sizes, rules), []);
    assert.deepEqual(removableDays(sizes, { ...rules, keepDays: 8 }), [
      { day: 1, reason: 'age' },
      { day: 2, reason: 'age' },
    ]);
    assert.deepEqual(removableDays(sizes, { ...rules, maxBytes: 350 }), [
      { day: 1, reason: 'size' },
      { day: 2, reason: 'size' },
    ]);
    assert.deepEqual(removableDays(sizes, { ...rules, missingBytes: 150 }), [
      { day: 1, reason: 'space' },
      { day: 2, reason: 'space' },
    ]);
  });

  it('never removes the newest days, not even when a clock that jumped makes all look old', () => {
    const kept = removableDays(sizes, { ...rules, today: 5000, maxBytes: 1, missingBytes: 1e12 });
    assert.deepEqual(
      kept.map(({ day }) => day),
      [1, 2, 8],
    );
  });
});
