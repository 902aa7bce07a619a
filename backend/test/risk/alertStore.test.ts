import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { type AlertFileWriter, diskWriter } from '../../src/risk/alertLog.ts';
import { decodeRecord, encodeRecord } from '../../src/risk/alertRecords.ts';
import { DEFAULT_RISK_CONFIG } from '../../src/risk/config.ts';
import { createRiskStage } from '../../src/risk/index.ts';
import type { AlertEvent } from '../../src/risk/types.ts';
import { chunkOf, FakeFleet, type Scene, silentLogger } from './fixtures.ts';

const BAD: Scene = { now: { disk_usage_pct: 99 } };
const NOVEMBER = Date.UTC(2026, 10, 24, 12);
const FILE = 'events-2026-11.jsonl';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'argus-alerts-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

interface RunOptions {
  readonly nowMs?: number;
  readonly names?: readonly string[];
  readonly writer?: AlertFileWriter;
  readonly pendingEvents?: number;
  readonly retentionMonths?: number;
}

/** One run of the stage on the test's data directory. */
async function run(options: RunOptions = {}) {
  const fleet = new FakeFleet(options.names ?? ['host']);
  const registry = new Registry();
  const clock = { now: () => options.nowMs ?? NOVEMBER };
  const alerts = {
    ...DEFAULT_RISK_CONFIG.alerts,
    pendingEvents: options.pendingEvents ?? 100,
    retentionMonths: options.retentionMonths ?? 13,
  };
  const engine = await createRiskStage({
    fleet,
    clock,
    config: { ...DEFAULT_RISK_CONFIG, alerts },
    dataDir,
    registry,
    logger: silentLogger,
    calibration: null,
    ...(options.writer === undefined ? {} : { writer: options.writer }),
  });
  const events: AlertEvent[] = [];
  engine.onAlertEvent((event) => events.push(event));
  return {
    engine,
    events,
    fleet,
    async cycles(origins: readonly number[], scenes: readonly Scene[]) {
      for (const origin of origins) {
        engine.assess(chunkOf(origin, scenes));
        await engine.endCycle(origin);
      }
    },
    async metric(name: string): Promise<number> {
      const values = (await registry.getSingleMetric(name)?.get())?.values ?? [];
      return values.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

const alertFile = (name = FILE) => join(dataDir, 'alerts', name);

async function eventsOnDisk(name = FILE): Promise<readonly AlertEvent[]> {
  const lines = (await readFile(alertFile(name), 'utf8')).trimEnd().split('\n');
  return lines.flatMap((line) => {
    const record = decodeRecord(line);
    assert.ok(record !== null, `damaged line: ${line}`);
    return 'event' in record ? [record.event] : [];
  });
}

/** A writer that refuses as a full disk does while it is told to. */
function fullDisk(): AlertFileWriter & { isFull: boolean } {
  return {
    isFull: true,
    async append(path, text, durable) {
      if (this.isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      await diskWriter.append(path, text, durable);
    },
  };
}

describe('an alert record', () => {
  it('is JSON in a line and is refused when any character of it changes', () => {
    const line = encodeRecord({ announced: true });
    assert.equal(JSON.parse(line).announced, true);
    assert.deepEqual(decodeRecord(line.trimEnd()), { announced: true });
    for (let i = 0; i < line.length - 1; i += 1) {
      const changed = line.slice(0, i) + (line[i] === 'x' ? 'y' : 'x') + line.slice(i + 1, -1);
      assert.equal(decodeRecord(changed), null);
      assert.equal(decodeRecord(line.slice(0, i)), null);
    }
  });
});

describe('alert events', () => {
  it('are on disk before a listener hears of them', async () => {
    const { engine, cycles } = await run();
    const seen: boolean[] = [];
    const checks: Promise<void>[] = [];
    engine.onAlertEvent((event) => {
      checks.push(eventsOnDisk().then((events) => void seen.push(events.some(({ id }) => id === event.id))));
    });
    await cycles([100, 101], [BAD]);
    await cycles([102, 103], [{}]);
    await Promise.all(checks);
    assert.deepEqual(seen, [true, true]);
  });

  it('leave open alerts open across a restart, without opening them again', async () => {
    const first = await run();
    await first.cycles([100, 101], [BAD]);
    const [before] = first.engine.activeAlerts();
    await first.engine.close();
    const second = await run();
    assert.deepEqual(second.engine.activeAlerts(), [before]);
    assert.equal(second.engine.recentAlertEvents().length, 1);
    await second.cycles([102, 103, 104], [BAD]);
    assert.equal(second.events.length, 0);
    assert.equal(second.engine.activeAlerts()[0].id, before.id);
    await second.cycles([105, 106], [{}]);
    assert.deepEqual(
      second.events.map(({ type, alert }) => [type, alert.id]),
      [['resolved', before.id]],
    );
  });

  it('resolve after a restart whose fleet does not know the server any more, but not at once', async () => {
    const first = await run();
    await first.cycles([100, 101], [BAD]);
    const second = await run({ names: ['other'] });
    await second.cycles([102, 103], [{}]);
    assert.equal(second.engine.activeAlerts().length, 1);
    await second.cycles([104], [{}]);
    assert.deepEqual(second.engine.activeAlerts(), []);
    assert.equal(second.events[0].type, 'resolved');
  });

  it('survive a torn last line, which is set aside', async () => {
    const first = await run();
    await first.cycles([100, 101], [BAD]);
    const whole = await readFile(alertFile(), 'utf8');
    const torn = encodeRecord({ active: [] }).slice(0, -9);
    await appendFile(alertFile(), torn);
    const second = await run();
    assert.equal(second.engine.activeAlerts().length, 1);
    assert.equal(await readFile(alertFile(), 'utf8'), whole);
    const aside = (await readdir(join(dataDir, 'alerts'))).filter((name) => name.includes('.damaged-'));
    assert.equal(aside.length, 1);
    assert.equal(await readFile(alertFile(aside[0]), 'utf8'), `${torn}\n`);
    await second.cycles([102, 103], [{}]);
    assert.equal((await eventsOnDisk()).length, 2);
  });

  it('survive a damaged line in the middle and a file that is garbage', async () => {
    const first = await run({ names: ['a', 'b'] });
    await first.cycles([100, 101], [BAD, {}]);
    await first.cycles([102, 103], [BAD, BAD]);
    const lines = (await readFile(alertFile(), 'utf8')).split('\n');
    const opened = lines.findIndex((line) => line.includes('"server":"a"'));
    lines[opened] = lines[opened].replace('"server":"a"', '"server":"z"');
    await writeFile(alertFile(), lines.join('\n'));
    await writeFile(alertFile('events-2026-10.jsonl'), Buffer.from([0, 255, 1, 10, 7]));
    const second = await run({ names: ['a', 'b'] });
    assert.deepEqual(
      second.engine.activeAlerts().map(({ server }) => server),
      ['b'],
    );
  });

  it('are announced and kept in line while the disk is full, and written once there is room', async () => {
    const writer = fullDisk();
    const stage = await run({ writer });
    await stage.cycles([100, 101], [BAD]);
    assert.equal(stage.events.length, 1);
    assert.equal(stage.engine.activeAlerts().length, 1);
    assert.ok((await stage.metric('argus_alert_log_errors_total')) >= 1);
    assert.equal(await stage.metric('argus_alert_log_pending_events'), 1);
    writer.isFull = false;
    await stage.cycles([102], [BAD]);
    assert.equal(await stage.metric('argus_alert_log_pending_events'), 0);
    assert.deepEqual(await eventsOnDisk(), stage.events);
    const restarted = await run();
    await restarted.cycles([103, 104], [BAD]);
    assert.deepEqual(restarted.events, []);
  });

  it('wait in a bounded line: the oldest are given up and counted', async () => {
    const names = ['a', 'b', 'c'];
    const stage = await run({ names, writer: fullDisk(), pendingEvents: 2 });
    await stage.cycles(
      [100, 101],
      names.map(() => BAD),
    );
    assert.equal(stage.events.length, 3);
    assert.equal(await stage.metric('argus_alert_log_pending_events'), 2);
    assert.equal(await stage.metric('argus_alert_log_dropped_events_total'), 1);
  });

  it('leave no half line behind when the disk takes only a part of them', async () => {
    const path = join(dataDir, 'limited');
    const module = new URL('../../src/risk/alertLog.ts', import.meta.url).href;
    const script = `
      const { diskWriter } = await import('${module}');
      for (;;) await diskWriter.append('${path}', 'x'.repeat(999) + '\\n', true);
    `;
    // A limit on the size of files fails in the middle of a write, just as a full disk does.
    const limited = `trap '' XFSZ; ulimit -f 8; exec "$0" --input-type=module --eval "$1"`;
    const { stderr } = spawnSync('sh', ['-c', limited, process.execPath, script], { encoding: 'utf8' });
    assert.match(stderr, /EFBIG/);
    const text = await readFile(path, 'utf8');
    assert.ok(text.length >= 4000);
    assert.ok(text.split('\n').every((line) => line.length === 999 || line === ''));
  });

  it('whose announcement was not recorded are announced again under the same id, once', async () => {
    const first = await run();
    await first.cycles([100, 101], [BAD]);
    const text = await readFile(alertFile(), 'utf8');
    await writeFile(alertFile(), text.replace(encodeRecord({ announced: true }), ''));
    const second = await run();
    await second.cycles([102], [BAD]);
    assert.deepEqual(second.events, first.events);
    const third = await run();
    await third.cycles([103], [BAD]);
    assert.deepEqual(third.events, []);
  });

  it('go to a file a month, each of which begins with the open alerts', async () => {
    const first = await run();
    await first.cycles([100, 101], [BAD]);
    const third = await run({ nowMs: Date.UTC(2027, 0, 3) });
    await third.cycles([102, 103], [{}]);
    const [head] = (await readFile(alertFile('events-2027-01.jsonl'), 'utf8')).split('\n');
    const record = decodeRecord(head);
    assert.ok(record !== null && 'active' in record);
    assert.deepEqual(
      record.active.map(({ server }) => server),
      ['host'],
    );
    const last = await run({ nowMs: Date.UTC(2027, 0, 4) });
    assert.deepEqual(last.engine.activeAlerts(), []);
  });

  it('are deleted with their file when it is past its retention', async () => {
    const first = await run();
    await first.cycles([100, 101], [BAD]);
    for (const month of ['08', '09', '10']) {
      await writeFile(alertFile(`events-2026-${month}.jsonl`), encodeRecord({ active: [] }));
    }
    await run({ retentionMonths: 2 });
    const names = (await readdir(join(dataDir, 'alerts'))).sort();
    assert.deepEqual(names, ['events-2026-10.jsonl', FILE]);
  });

  it('are kept in memory where the folder cannot be used, and that is counted', async () => {
    await writeFile(join(dataDir, 'alerts'), 'a file where the folder should be');
    const stage = await run();
    await stage.cycles([100, 101], [BAD]);
    assert.equal(stage.events.length, 1);
    assert.equal(await stage.metric('argus_alert_log_errors_total'), 1);
  });
});
