/** A backup holds what belongs into it, whole, and is refused where it is not. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { makeBackup, restoreBackup } from '../../src/backup/backup.ts';
import { MANIFEST_NAME, manifestOf } from '../../src/backup/manifest.ts';
import { stageFiles } from '../../src/backup/stage.ts';
import { pack } from '../../src/backup/tar.ts';
import { folderUntilExit } from '../folders.ts';

const NOW = Date.UTC(2026, 4, 1);

const scratch = (): string => folderUntilExit('argus-backup-');

function put(folder: string, file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

const KEPT: Readonly<Record<string, string>> = {
  'keys.json': 'keys',
  'window/snapshot-00000002.bin': 'snapshot',
  'window/journal-00000002.log': 'journal',
  'alerts/events-2026-05.jsonl': 'events',
  'history/2026-04-30/metrics.000-287.parquet': 'rows',
  'annotations/annotations.jsonl': 'said',
  'models/trained-1/weights.bin': 'weights',
  'models/current': 'trained-1',
  'annotations/elsewhere.json': 'told',
  'training/care.json': 'care',
  'training/log.jsonl': 'log',
  'watch/scores.bin': 'scores',
};
const LEFT_OUT = [
  'window/lock',
  'keys.json.lock',
  'keys.json.lock.123',
  'history/lock',
  'history/.tmp/file-0.parquet',
  'window/snapshot-00000003.bin.tmp',
  'history/2026-04-30/metrics.000-011.parquet.damaged-1',
  'training/20260501T000000Z-aaaa/train.parquet',
];

function dataFolder(): string {
  const folder = scratch();
  for (const [file, text] of Object.entries(KEPT)) put(folder, file, text);
  for (const file of LEFT_OUT) put(folder, file, 'not needed');
  return folder;
}

const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();

describe('a backup', () => {
  it('brings every file back that is kept, and none that a restart clears away', async () => {
    const [source, out] = [dataFolder(), join(scratch(), 'deep', 'argus.tar.zst')];
    const report = await makeBackup(source, out, '1.2.3', NOW);
    assert.equal(report.files, Object.keys(KEPT).length);
    assert.equal(statSync(out).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(dirname(out)), ['argus.tar.zst']);
    assert.ok(!readdirSync(source).some((name) => name.startsWith('.backup-')));
    const target = join(scratch(), 'restored');
    const manifest = await restoreBackup(out, target);
    assert.deepEqual([manifest.version, manifest.created], ['1.2.3', '2026-05-01T00:00:00.000Z']);
    assert.deepEqual(filesOf(target), Object.keys(KEPT).sort());
    for (const [file, text] of Object.entries(KEPT))
      assert.equal(readFileSync(join(target, file), 'utf8'), text);
  });

  it('is not written over another file, nor made of nothing', async () => {
    const out = join(scratch(), 'argus.tar.zst');
    await assert.rejects(makeBackup(join(scratch(), 'nowhere'), out, '1', NOW), {
      code: 'ARGUS_BACKUP_SOURCE',
    });
    writeFileSync(out, 'precious');
    await assert.rejects(makeBackup(dataFolder(), out, '1', NOW), { code: 'ARGUS_BACKUP_EXISTS' });
    assert.equal(readFileSync(out, 'utf8'), 'precious');
  });

  it('is not put over anything, and leaves an empty folder empty where it is damaged', async () => {
    const [source, out] = [dataFolder(), join(scratch(), 'argus.tar.zst')];
    await makeBackup(source, out, '1', NOW);
    await assert.rejects(restoreBackup(out, source), { code: 'ARGUS_RESTORE_TARGET' });
    const target = scratch();
    const whole = readFileSync(out);
    const damages: readonly (() => void)[] = [
      () => truncateSync(out, Math.floor(whole.length / 2)),
      () => writeFileSync(out, 'PK this is no such file'),
      () => writeFileSync(out, ''),
      () => writeFileSync(out, Buffer.from(whole).fill(0x5a, 40, 60)),
      () => rmSync(out),
    ];
    for (const damage of damages) {
      writeFileSync(out, whole);
      damage();
      await assert.rejects(restoreBackup(out, target), (error: Error & { code?: string }) => {
        assert.match(String(error.code), /^ARGUS_BACKUP_(DAMAGED|TAR)$/, error.message);
        return true;
      });
      assert.deepEqual(readdirSync(target), []);
      assert.ok(!readdirSync(dirname(target)).some((name) => name.includes('.restoring-')));
    }
  });

  it('is refused where a file in it is not what its list says', async () => {
    const [source, out] = [dataFolder(), join(scratch(), 'argus.tar.zst')];
    await makeBackup(source, out, '1', NOW);
    const target = join(scratch(), 'restored');
    await restoreBackup(out, target);
    // Packed again with a file changed, as after a flipped bit that the compression does not notice.
    const manifest = await manifestOf(target, Object.keys(KEPT), '1', 'now');
    writeFileSync(join(target, MANIFEST_NAME), JSON.stringify(manifest));
    appendFileSync(join(target, 'keys.json'), '!');
    const forged = join(scratch(), 'forged.tar.zst');
    await pack(target, forged);
    await assert.rejects(restoreBackup(forged, join(scratch(), 'x')), /keys\.json is damaged/);
  });

  it('takes away what a killed backup left', async () => {
    const source = dataFolder();
    put(source, '.backup-999999999/window/old', 'x');
    await makeBackup(source, join(scratch(), 'a.tar.zst'), '1', NOW);
    assert.ok(!existsSync(join(source, '.backup-999999999')));
  });

  it('takes the window as one state where a snapshot replaces the journal meanwhile', async () => {
    const source = dataFolder();
    const stage = join(source, '.backup-test');
    const staging = stageFiles(source, stage);
    // Happens between the listing and the end of the copy, or after it: either way the set has to fit.
    renameSync(join(source, 'window/snapshot-00000002.bin'), join(source, 'window/snapshot-00000003.bin'));
    renameSync(join(source, 'window/journal-00000002.log'), join(source, 'window/journal-00000003.log'));
    await staging;
    const numbers = new Set(readdirSync(join(stage, 'window')).map((name) => /\d+/.exec(name)?.[0]));
    assert.equal(numbers.size, 1);
  });
});
