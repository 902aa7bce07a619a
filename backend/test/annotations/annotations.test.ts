/** When windows hold, for whom, and that what was said is not forgotten. */
import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { Annotations } from '../../src/annotations/index.ts';
import { PastWindows } from '../../src/annotations/past.ts';
import { AnnotationStore } from '../../src/annotations/store.ts';
import { type Annotation, type Recurrence, WEEKDAYS } from '../../src/annotations/types.ts';
import { concerns, holdsAt, timesWithin } from '../../src/annotations/windows.ts';
import { localToUtcMs, zoneOffsetMs } from '../../src/catalog/calendar.ts';
import { PROFILES } from '../../src/catalog/profiles.ts';
import { folderUntilExit } from '../folders.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const database = PROFILES.findIndex(({ name }) => name === 'database');
const logger = { error: () => undefined, warn: () => undefined, info: () => undefined };
const config = { refreshSeconds: 60 };

function annotation(changes: Partial<Annotation> = {}): Annotation {
  return {
    id: 'one',
    kind: 'maintenance',
    alert_id: null,
    server_names: null,
    profiles: null,
    fromMs: Date.UTC(2026, 0, 1),
    toMs: null,
    recurrence: null,
    text: '',
    createdMs: 0,
    author: 'test',
    ...changes,
  };
}

const nightly = (changes: Partial<Recurrence> = {}): Recurrence => ({
  days: [...WEEKDAYS],
  start: '02:30',
  duration_minutes: 60,
  time_zone: 'Europe/Berlin',
  ...changes,
});

describe('a window', () => {
  it('holds once, from its beginning to before its end', () => {
    const once = annotation({ fromMs: 1000, toMs: 2000 });
    assert.deepEqual(
      [999, 1000, 1999, 2000].map((at) => holdsAt(once, at)),
      [false, true, true, false],
    );
    assert.ok(holdsAt(annotation({ fromMs: 1000 }), 1e15));
  });

  it('comes round by the clocks of its zone, across both changes of daylight saving', () => {
    const times = (from: number, to: number, recurrence = nightly()) =>
      timesWithin(annotation({ recurrence }), { fromMs: from, toMs: to }).map(
        ({ fromMs, toMs }) => `${new Date(fromMs).toISOString().slice(5, 16)} ${(toMs - fromMs) / 60_000}`,
      );
    // Spring: clocks skip from 2:00 to 3:00 on 29 March. Autumn: 2:30 comes twice on 25 October; the first counts.
    assert.deepEqual(times(Date.UTC(2026, 2, 27, 12), Date.UTC(2026, 2, 30, 12)), [
      '03-28T01:30 60',
      '03-29T01:30 60',
      '03-30T00:30 60',
    ]);
    assert.deepEqual(times(Date.UTC(2026, 9, 24), Date.UTC(2026, 9, 26, 12)), [
      '10-24T00:30 60',
      '10-25T00:30 60',
      '10-26T01:30 60',
    ]);
  });

  it('may go over midnight, the end of the week and of the year', () => {
    const newYear = annotation({
      fromMs: 0,
      recurrence: nightly({ days: ['thu'], start: '23:00', duration_minutes: 120, time_zone: 'UTC' }),
    });
    // 31 December 2026 is a Thursday.
    assert.ok(holdsAt(newYear, Date.UTC(2027, 0, 1, 0, 59)));
    assert.ok(!holdsAt(newYear, Date.UTC(2027, 0, 1, 1)));
    assert.ok(!holdsAt(newYear, Date.UTC(2027, 0, 1, 23, 30)));
  });

  it('holds exactly as often as its days come round, in every zone and year', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
    );
    fc.assert(
      fc.property(
        zones,
        fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2028, 11, 31) }),
        fc.integer({ min: 0, max: 1439 }),
        (zone, from, minute) => {
          const two = (value: number) => String(value).padStart(2, '0');
          const start = `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
          const recurrence = nightly({ start, duration_minutes: 5, time_zone: zone });
          const found = timesWithin(annotation({ fromMs: 0, recurrence }), {
            fromMs: from,
            toMs: from + 28 * DAY_MS,
          });
          assert.ok(found.length >= 27 && found.length <= 29, `${found.length} in 28 days`);
          for (const { fromMs } of found.slice(1)) {
            const local = fromMs + zoneOffsetMs(zone, fromMs);
            const shown = new Date(local).toISOString().slice(11, 16);
            // Where the clock skips the time, the window begins when it would have come.
            const skipped = localToUtcMs(local, zone) !== fromMs || shown !== start;
            if (skipped)
              assert.ok(Math.abs(Number(shown.slice(0, 2)) * 60 + Number(shown.slice(3)) - minute) <= 60);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('concerns the servers and profiles it names, or all', () => {
    assert.ok(concerns(annotation(), 'any', database));
    const some = annotation({ server_names: ['a'], profiles: ['database'] });
    assert.ok(concerns(some, 'a', null));
    assert.ok(concerns(some, 'b', database));
    assert.ok(!concerns(some, 'b', database + 1));
    assert.ok(!concerns(some, 'b', null));
  });
});

describe('annotations', () => {
  function fileOf(_t: TestContext): string {
    return join(folderUntilExit('argus-annotations-'), 'deep', 'annotations.jsonl');
  }

  async function open(path: string, nowMs = 5000): Promise<Annotations> {
    const store = await AnnotationStore.open(path, nowMs, logger);
    const servers = [
      { name: 'a', profile: database },
      { name: 'b', profile: database + 1 },
    ] as never[];
    const past = await PastWindows.open(join(dirname(path), 'elsewhere.json'), nowMs, logger);
    return new Annotations(store, past, {
      fleet: { servers: () => servers, byName: () => undefined },
      clock: { now: () => nowMs },
      registry: new Registry(),
      config,
      logger,
    });
  }

  it('are there again after a restart, without those that were taken back', async (t) => {
    const path = fileOf(t);
    const first = await open(path);
    const kept = await first.add(annotation({ text: 'kept' }));
    const gone = await first.add(annotation({ text: 'gone' }));
    assert.ok(await first.remove(gone.id));
    assert.ok(!(await first.remove(gone.id)));
    const second = await open(path);
    assert.deepEqual(
      [...second.all()].map(({ text }) => text),
      ['kept'],
    );
    assert.equal(second.get(kept.id)?.text, 'kept');
    assert.equal(readFileSync(path, 'utf8').trimEnd().split('\n').length, 1);
  });

  it('outlive a torn or damaged line, which is set aside', async (t) => {
    const path = fileOf(t);
    const first = await open(path);
    await first.add(annotation({ text: 'one' }));
    appendFileSync(path, 'not json\n{"add":{"id":"torn"');
    const second = await open(path);
    assert.deepEqual(
      [...second.all()].map(({ text }) => text),
      ['one'],
    );
    await second.add(annotation({ text: 'two' }));
    const third = await open(path);
    assert.deepEqual(
      [...third.all()].map(({ text }) => text),
      ['one', 'two'],
    );
    assert.ok(readdirSync(join(path, '..')).some((name) => name.includes('.damaged-')));
  });

  it('mute servers while a window holds, and only windows do', async (t) => {
    const annotations = await open(fileOf(t));
    await annotations.add(
      annotation({ kind: 'false', alert_id: 'x', server_names: ['a'], fromMs: 0, toMs: 1e9 }),
    );
    assert.equal(annotations.muteOf('a', database), null);
    const { id } = await annotations.add(
      annotation({ kind: 'expected', profiles: ['database'], fromMs: 0, toMs: 1e9 }),
    );
    assert.equal(annotations.muteOf('a', database)?.id, id);
    assert.equal(annotations.muteOf('b', database + 1), null);
    await annotations.add(annotation({ fromMs: 0, toMs: 4000 }));
    assert.equal(annotations.muteOf('b', database + 1), null);
  });

  it('tell what is not to be learned, and how alerts were judged', async (t) => {
    const annotations = await open(fileOf(t));
    await annotations.add(
      annotation({ server_names: ['a'], profiles: ['database'], fromMs: 100, toMs: 200 }),
    );
    await annotations.add(
      annotation({ kind: 'true', alert_id: 'x', server_names: ['a'], fromMs: 100, toMs: 200 }),
    );
    await annotations.add(
      annotation({ kind: 'true', alert_id: 'y', server_names: ['a'], fromMs: 100, toMs: 200 }),
    );
    await annotations.add(
      annotation({ kind: 'false', alert_id: 'z', server_names: ['a'], fromMs: 100, toMs: 200 }),
    );
    assert.deepEqual(annotations.unlearned({ fromMs: 150, toMs: 900 }), [
      { fromMs: 150, toMs: 200, server: 'a', profile: null },
      { fromMs: 150, toMs: 200, server: null, profile: 'database' },
    ]);
    const { counts, precision } = annotations.verdicts(30);
    assert.deepEqual(counts, { true: 2, false: 1, expected: 0, maintenance: 1 });
    assert.equal(precision, 2 / 3);
  });

  it('leave the time of windows of other systems out of trainings, and count them, when they are over', async (t) => {
    const path = fileOf(t);
    const elsewhere = annotation({ id: 'grafana-1', server_names: ['a'], fromMs: 100, toMs: 200 });
    const past = await PastWindows.open(join(dirname(path), 'elsewhere.json'), 150, logger);
    await past.told('grafana', [{ ...elsewhere, author: 'grafana' }], 150);
    const annotations = await open(path);
    assert.deepEqual(annotations.unlearned({ fromMs: 0, toMs: 900 }), [
      { fromMs: 100, toMs: 200, server: 'a', profile: null },
    ]);
    assert.equal(annotations.verdicts(30).counts.maintenance, 1);
    assert.equal(annotations.muteOf('a', database), null, 'it mutes no more');
  });
});
