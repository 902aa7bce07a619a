/** What `npm start` runs, as a person meets it. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { argus, eventually, getJson, sampleSum, stop, temporaryFolder } from './support.ts';

const SERVERS = 8;

/** Processes whose command line names a folder; none where the system has no /proc. */
function processesThatName(folder: string): readonly string[] {
  if (!existsSync('/proc')) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false; // it ended while we looked
    }
  });
}

it('the demo shows trouble to come and this machine, and leaves nothing behind when it is stopped', async (t) => {
  const folder = temporaryFolder(t);
  const demo = argus(t, [
    ...['demo', '--servers', `${SERVERS}`, '--data-dir', `${folder}/data`],
    ...['--http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0', '--otlp-http', '127.0.0.1:0', '--no-preview'],
  ]);
  const addresses = await eventually(
    'the addresses to open',
    () => /(http\S+)\/predictions\/current/.exec(demo.stdout()) ?? undefined,
  );
  const table = await eventually('a table with a critical server', () => {
    const [last] = demo.stdout().split('\n\n').slice(-1);
    return /Critical/.test(last) && last.includes(hostname()) ? last : undefined;
  });
  const row = (pattern: RegExp) => table.split('\n').find((line) => pattern.test(line)) ?? '';
  // Level, risk, and the metric that is to blame with its value.
  assert.match(row(/Critical/), /Critical +\d+\.\d .*\d/);
  assert.match(row(new RegExp(`^${hostname()} `)), /Warming up/i);
  assert.match(demo.stdout(), new RegExp(`${SERVERS + 1} servers: [1-9]\\d* critical`));

  const page = await (await fetch(`${addresses[1]}/metrics`)).text();
  assert.equal(sampleSum(page, 'argus_fleet_servers'), SERVERS + 1);
  assert.equal(await stop(demo, 'SIGINT'), 0);
  assert.match(demo.stderr(), /^The past of 8 servers is in: \d+ points\. Live now\.\n$/);
  assert.equal(await getJson(`${addresses[1]}/health`), undefined);
  assert.deepEqual(processesThatName(folder), []);
});

it('the demo deletes nothing but what a demo made', async (t) => {
  const folder = temporaryFolder(t);
  const precious = join(folder, 'precious.txt');
  writeFileSync(precious, 'mine');
  const refused = argus(t, ['demo', '--data-dir', folder]);
  assert.equal(await refused.ended, 2);
  assert.match(refused.stderr(), /--data-dir .* is not the folder of a demo/);
  assert.equal(readFileSync(precious, 'utf8'), 'mine');

  writeFileSync(join(folder, '.argus-demo'), '');
  // It ends at the wrong address, after the folder was emptied.
  const taken = argus(t, ['demo', '--data-dir', folder, '--http', 'nowhere']);
  assert.equal(await taken.ended, 1);
  assert.equal(existsSync(precious), false);
});
