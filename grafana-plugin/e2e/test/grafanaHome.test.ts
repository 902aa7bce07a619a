/** Finding the Grafana to run, and what a folder without one is told. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { StartError } from '../server/errors.ts';
import { findGrafana, grafanaOnPath } from '../server/grafanaHome.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'argus-grafana-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

function home(t: TestContext): string {
  const path = folder(t);
  for (const part of ['bin', 'conf', 'public']) mkdirSync(join(path, part));
  writeFileSync(join(path, 'conf', 'defaults.ini'), '');
  writeFileSync(join(path, 'bin', 'grafana'), '#!/bin/sh\n');
  chmodSync(join(path, 'bin', 'grafana'), 0o755);
  return path;
}

it('finds the Grafana of a home folder', (t) => {
  const path = home(t);
  assert.deepEqual(findGrafana(path), { home: path, binary: join(path, 'bin', 'grafana') });
});

it('says of a folder without a Grafana what it should hold', (t) => {
  const path = folder(t);
  assert.throws(
    () => findGrafana(path),
    (error) =>
      error instanceof StartError &&
      /is not a Grafana home folder: it needs bin\/grafana/.test(error.message),
  );
});

it('finds grafana on PATH, or tells that there is none', (t) => {
  const path = home(t);
  assert.equal(grafanaOnPath(`/nowhere:${join(path, 'bin')}`), join(path, 'bin', 'grafana'));
  assert.equal(grafanaOnPath('/nowhere'), undefined);
});
