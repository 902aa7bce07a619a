/** Starts on ground that is not as it should be: ports, configuration, files, models, disks. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stepOf, stepStartMs } from '../../src/catalog/time.ts';
import { LATE_ROWS, type Row, send, windowOf } from './rows.ts';
import {
  argus,
  eventually,
  freePort,
  getJson,
  runServe,
  sampleSum,
  scrape,
  serve,
  serversOf,
  startArgus,
  stop,
  temporaryFolder,
} from './support.ts';

const SHIPPED = fileURLToPath(new URL('../../../models/bundles/default', import.meta.url));
const SERVER = 'kept-1';

interface Status {
  readonly model_loaded: boolean;
  readonly model: { readonly id: string | null; readonly problem: string | null };
  readonly journal: { readonly healthy: boolean; readonly problem: string | null };
}

/** A port that somebody else has. */
async function takenPort(t: TestContext): Promise<{ readonly port: number; free(): Promise<void> }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const free = async () => {
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  t.after(free);
  return { port: (server.address() as { port: number }).port, free };
}

/** Rows of the last day but for its newest hour, which is left for rows that come later. */
function pastRows(): Row[] {
  const presentStep = stepOf(Date.now());
  return Array.from({ length: 200 }, (_, index) => {
    const step = presentStep - 220 + index;
    return {
      server: SERVER,
      step,
      timeMs: stepStartMs(step) + 1000,
      memoryPercent: 40 + (index % 9),
      load: 2,
    };
  });
}

function flipByte(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] ^= 0x10;
  writeFileSync(file, bytes);
}

const flipMiddleByte = (file: string): void => flipByte(file, Math.floor(statSync(file).size / 2));

describe('a port that is in use', () => {
  const doors = [
    { flag: '--http', code: 'ARGUS_CANNOT_LISTEN' },
    { flag: '--otlp-grpc', code: 'ARGUS_OTLP_LISTEN' },
    { flag: '--otlp-http', code: 'ARGUS_OTLP_LISTEN' },
  ];
  for (const { flag, code } of doors) {
    it(`ends the start with a message and exit code 1 (${flag})`, async (t) => {
      const { port } = await takenPort(t);
      const dataDir = temporaryFolder(t);
      const running = runServe(t, { dataDir, args: [flag, `127.0.0.1:${port}`] });
      assert.equal(await running.ended, 1);
      assert.match(running.stderr(), new RegExp(`argus: ${code}: .*127\\.0\\.0\\.1:${port}`));
      assert.doesNotMatch(running.stderr(), /\bat .*\.ts/);
      assert.equal(running.stdout(), '');
      // The folder is free for the next start, and what was open before the failure is closed.
      const next = await serve(t, { dataDir });
      assert.equal(await stop(next), 0);
    });
  }

  it('leaves nothing open in a process that goes on', async (t) => {
    const dataDir = temporaryFolder(t);
    const rest = await freePort();
    const taken = await takenPort(t);
    const flags = { http: `127.0.0.1:${rest}`, otlpGrpc: `127.0.0.1:${taken.port}` };
    await assert.rejects(startArgus(t, {}, { dataDir, flags }), { code: 'ARGUS_OTLP_LISTEN' });
    await taken.free();
    const app = await startArgus(t, {}, { dataDir, flags });
    assert.equal(new URL(app.addresses.rest).port, `${rest}`);
  });
});

describe('a configuration that cannot be used', () => {
  it('ends the start where its file is missing', async (t) => {
    const running = runServe(t, { dataDir: temporaryFolder(t), args: ['--config', '/nowhere/argus.yaml'] });
    assert.equal(await running.ended, 1);
    assert.match(running.stderr(), /ARGUS_CONFIG_FILE_MISSING: .*\/nowhere\/argus\.yaml/);
  });

  it('ends the start with file, line and remedy of every mistake, as check-config names them', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'argus.yaml');
    writeFileSync(
      file,
      'risk: { alerts: { holdCycles: two } }\nfleet:\n  warmupSteps: many\n  maxSevers: 7\n',
    );
    const serving = runServe(t, { dataDir: join(folder, 'data'), args: ['--config', file] });
    assert.equal(await serving.ended, 1);
    const checking = argus(t, ['check-config', file]);
    assert.equal(await checking.ended, 1);
    for (const place of [
      `${file}:1:19: risk.alerts.holdCycles`,
      `${file}:3:3: fleet.warmupSteps`,
      `${file}:4:3: fleet.maxSevers`,
    ]) {
      assert.ok(serving.stderr().includes(place), `${place} in ${serving.stderr()}`);
      assert.ok(checking.stdout().includes(place), `${place} in ${checking.stdout()}`);
    }
    assert.match(serving.stderr(), /maxServers/);
  });

  it('ends the start where the data folder is a file', async (t) => {
    const file = join(temporaryFolder(t), 'data');
    writeFileSync(file, 'not a folder');
    const running = runServe(t, { dataDir: file });
    assert.equal(await running.ended, 1);
    assert.match(running.stderr(), /argus: ARGUS_\w+: .*data/);
    assert.doesNotMatch(running.stderr(), /\bat .*\.ts/);
  });

  it('ends a second start on the same data folder', async (t) => {
    const dataDir = temporaryFolder(t);
    const first = await serve(t, { dataDir });
    const second = runServe(t, { dataDir });
    assert.equal(await second.ended, 1);
    assert.match(second.stderr(), new RegExp(`ARGUS_FLEET_DATA_LOCKED: .*${first.child.pid}`));
    assert.equal(await stop(first), 0);
  });
});

describe('damaged files of the window', () => {
  const filesOf = (dataDir: string, pattern: RegExp) =>
    readdirSync(join(dataDir, 'window'))
      .filter((name) => pattern.test(name))
      .map((name) => join(dataDir, 'window', name));

  for (const { kind, signal, pattern } of [
    { kind: 'snapshot', signal: 'SIGTERM', pattern: /^snapshot-\d+\.bin$/ },
    { kind: 'journal', signal: 'SIGKILL', pattern: /^journal-\d+\.log$/ },
  ] as const) {
    it(`are set aside and reported, and Argus forecasts from what is left (${kind})`, async (t) => {
      const dataDir = temporaryFolder(t);
      const first = await serve(t, { dataDir, settings: LATE_ROWS });
      const rows = pastRows();
      // In pieces, so that one damaged byte is far from all of them.
      for (let from = 0; from < rows.length; from += 20)
        assert.ok(await send(first.addresses, rows.slice(from, from + 20)));
      await stop(first, signal);
      const damaged = filesOf(dataDir, pattern).filter((file) => statSync(file).size > 100);
      assert.ok(damaged.length > 0);
      for (const file of damaged) flipMiddleByte(file);

      const second = await serve(t, { dataDir, settings: LATE_ROWS });
      assert.match(second.stderr(), /is damaged: .*What could be read was taken/);
      assert.ok(filesOf(dataDir, /\.damaged-/).length > 0);
      // A sender goes on as if nothing had happened.
      const { addresses } = second;
      for (let from = 0; from < rows.length; from += 50) {
        const again = rows.slice(from, from + 50).map((row) => ({ ...row, timeMs: row.timeMs + 1000 }));
        assert.ok(await send(addresses, again));
      }
      const window = await windowOf(addresses, SERVER);
      for (const { step, memoryPercent } of rows) assert.equal(window(step).memory, memoryPercent);
      assert.equal(await stop(second), 0);
    });
  }
});

describe('a model bundle with a flipped byte', () => {
  it('is not used: baselines forecast, and /status says why', async (t) => {
    const folder = temporaryFolder(t);
    const model = join(folder, 'broken');
    cpSync(SHIPPED, model, { recursive: true });
    flipMiddleByte(join(model, 'weights.bin'));
    const { addresses } = await serve(t, {
      dataDir: join(folder, 'data'),
      args: ['--model', model],
      settings: LATE_ROWS,
    });
    const status = await getJson<Status>(`${addresses.rest}/status`);
    assert.equal(status?.model_loaded, false);
    assert.match(status?.model.problem ?? '', /weights\.bin.*checksum/);
    assert.ok(!status?.model.problem?.includes(folder), 'a path is nobody’s business');
    assert.ok(await send(addresses, pastRows()));
    const server = await eventually('a forecast of a baseline', async () => {
      const seen = (await serversOf(addresses)).get(SERVER);
      return seen?.mode === 'baseline' && seen.risk_score !== null ? seen : undefined;
    });
    assert.ok(server.risk_score !== null && server.risk_score >= 0);
  });

  it('is refused by a reload while the old one goes on', async (t) => {
    const dataDir = temporaryFolder(t);
    const model = join(dataDir, 'models', 'broken');
    mkdirSync(join(dataDir, 'models'), { recursive: true });
    cpSync(SHIPPED, model, { recursive: true });
    cpSync(SHIPPED, join(dataDir, 'models', 'sound'), { recursive: true });
    flipMiddleByte(join(model, 'forecast.onnx'));
    const { addresses } = await serve(t, { dataDir, settings: LATE_ROWS });
    assert.ok(await send(addresses, pastRows()));
    const modeled = async () =>
      (await serversOf(addresses)).get(SERVER)?.mode === 'model' ? true : undefined;
    await eventually('a forecast of the model', modeled);
    const reload = async (name: string) => {
      const answer = await fetch(`${addresses.rest}/admin/reload-model?model_path=${name}`, {
        method: 'POST',
      });
      return { status: answer.status, body: (await answer.json()) as { code?: string; model?: string } };
    };
    const before = await getJson<Status>(`${addresses.rest}/status`);
    const refused = await reload('broken');
    assert.deepEqual([refused.status, refused.body.code], [422, 'ARGUS_MODEL_FILE_DAMAGED']);
    assert.equal((await reload('..%2Fbroken')).body.code, 'ARGUS_MODEL_NAME_INVALID');
    assert.equal((await reload('nowhere')).status, 404);
    const after = await getJson<Status>(`${addresses.rest}/status`);
    assert.deepEqual([after?.model_loaded, after?.model.id], [true, before?.model.id]);
    assert.equal(await modeled(), true);
    // A sound one is taken all the same.
    const taken = await reload('sound');
    assert.deepEqual([taken.status, taken.body.model], [200, 'sound']);
  });
});

/** A file system of a few megabytes; undefined where this user may not make one. */
function smallDisk(t: TestContext): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'argus-disk-'));
  // In one hook: a folder cannot be removed while something is mounted on it.
  t.after(() => {
    spawnSync('umount', ['-l', folder], { stdio: 'ignore' });
    rmSync(folder, { recursive: true });
  });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
  return mounted.status === 0 ? folder : undefined;
}

describe('a disk that is full', () => {
  it('costs what would survive a restart, not the forecasts; /status says so until there is room', async (t) => {
    const disk = smallDisk(t);
    if (disk === undefined) return t.skip('only root may mount a small disk');
    const filler = join(disk, 'filler');
    const rows = pastRows();
    const serving = await serve(t, { dataDir: join(disk, 'data'), settings: LATE_ROWS });
    const { addresses } = serving;
    writeFileSync(filler, '');
    spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096'], { stdio: 'ignore' });
    const journal = async () => (await getJson<Status>(`${addresses.rest}/status`))?.journal;
    assert.equal((await journal())?.healthy, true);
    for (let from = 0; from < rows.length; from += 10)
      assert.ok(await send(addresses, rows.slice(from, from + 10)));
    const trouble = await eventually('the journal to be reported', async () => {
      const seen = await journal();
      return seen?.healthy === false ? seen : undefined;
    });
    assert.match(trouble.problem ?? '', /journal cannot be written.*Free disk space/);
    const window = await windowOf(addresses, SERVER);
    for (const { step, memoryPercent } of rows) assert.equal(window(step).memory, memoryPercent);
    const page = await scrape(addresses);
    assert.ok(sampleSum(page, 'argus_journal_errors_total') > 0);
    assert.equal(sampleSum(page, 'argus_journal_healthy'), 0);

    rmSync(filler);
    const [last] = rows.slice(-1);
    await eventually('the journal to be written again', async () => {
      assert.ok(
        await send(addresses, [{ ...last, timeMs: last.timeMs + Math.floor(Math.random() * 200_000) }]),
      );
      return (await journal())?.healthy === true ? true : undefined;
    });
    // What could not be written then is on disk now.
    await stop(serving, 'SIGKILL');
    const next = await serve(t, { dataDir: join(disk, 'data'), settings: LATE_ROWS });
    const restored = await windowOf(next.addresses, SERVER);
    for (const { step, memoryPercent } of rows) assert.equal(restored(step).memory, memoryPercent);
    assert.equal(await stop(next), 0);
  });
});
