import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const ROOT = join(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'argus-scoreboard-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const out = join(scratch, 'scoreboard.md');

function scoreboard(...args: string[]): { status: number | null; stderr: string } {
  const command = ['scripts/scoreboard.mjs', '--quick', '--cache', scratch, '--out', out, ...args];
  const environment = { ...process.env };
  delete environment.ARGUS_PYTHON;
  const { status, stderr } = spawnSync(process.execPath, command, { cwd: ROOT, env: environment });
  return { status, stderr: stderr.toString() };
}

/** Cells of a row. */
function row(id: string): readonly string[] {
  const line = readFileSync(out, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`| ${id} |`));
  assert.ok(line !== undefined, `there is no row ${id}`);
  return line.split('|').map((cell) => cell.trim());
}

test('a row is measured, written with its bounds, and not measured again', () => {
  const first = scoreboard('--only', 'coverage-generated-error');
  assert.equal(first.status, 0, first.stderr);
  const cells = row('coverage-generated-error');
  assert.match(cells[3], /^\.\d{3}$/);
  assert.deepEqual(cells.slice(4, 6), ['≤ .050', '≤ .030']);
  assert.match(row('coverage-generated-winkler')[3], /^\d?\.\d+$/);
  assert.match(row('bitbrains-zero-shot-wql')[3], /^not measured: not asked for yet$/);
  assert.match(
    readFileSync(out, 'utf8'),
    /\*\*coverage-generated\*\*, seed 1, \d{4}-\d\d-\d\d, \d+ s: `argus generate/,
  );

  const cache = join(scratch, 'coverage-generated.quick.json');
  const kept = JSON.parse(readFileSync(cache, 'utf8'));
  writeFileSync(cache, JSON.stringify({ ...kept, figures: { error_corrected: 0.123, winkler_ratio: 0.9 } }));
  utimesSync(cache, 0, 0);
  assert.match(scoreboard('--only', 'coverage-generated').stderr, /coverage-generated: measured on/);
  assert.equal(row('coverage-generated-error')[3], '.123');

  assert.equal(scoreboard('--only', 'etth1').status, 0);
  assert.equal(row('coverage-generated-error')[3], '.123');
  writeFileSync(cache, JSON.stringify({ ...kept, inputs: 'others' }));
  assert.equal(scoreboard('--only', 'etth1').status, 0);
  assert.equal(row('coverage-generated-error')[3], 'not measured: its inputs changed since');
});

test('what is missing is said in the row, and the run goes on', () => {
  const run = scoreboard('--only', 'bitbrains-zero-shot,training-speed', '--data', scratch);
  assert.equal(run.status, 0, run.stderr);
  assert.match(
    row('bitbrains-zero-shot-wql')[3],
    /^not measured: bitbrains\/2013-08.parquet is not in the data/,
  );
  assert.match(row('training-speed')[3], /^not measured: ARGUS_PYTHON names no Python$/);
});

test('an unknown row or folder is refused in one line', () => {
  for (const args of [
    ['--only', 'nothing'],
    ['--data', join(scratch, 'absent')],
  ]) {
    const { status, stderr } = scoreboard(...args);
    assert.equal(status, 1);
    assert.match(stderr, /^(No row is called nothing; there are .*|There is no folder .*)\n$/);
  }
});
