/** Trainings without a person: when they begin, and when their model is taken back. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Value } from 'typebox/value';
import {
  Caretaker,
  type DriftReason,
  isQuiet,
  type ServiceCard,
} from '../../../src/training/jobs/caretaker.ts';
import { type TrainingConfig, TrainingConfigSchema } from '../../../src/training/jobs/config.ts';
import { HistoryShortError } from '../../../src/training/jobs/errors.ts';
import type { TrainingRecord, TrainingTrigger } from '../../../src/training/jobs/types.ts';
import { temporaryFolder } from '../fixtures.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 4, 1);
const CONFIG = Value.Default(TrainingConfigSchema, {}) as TrainingConfig;

interface World {
  nowMs: number;
  model: string;
  card: ServiceCard;
  drift: DriftReason | null;
  records: TrainingRecord[];
  readonly triggered: string[];
  readonly causes: (string | undefined)[];
  readonly changes: (number | undefined)[];
  readonly rolledBack: string[];
  isHistoryShort: boolean;
  readonly open: () => Promise<Caretaker>;
}

function world(t: TestContext, changes: Partial<TrainingConfig> = {}): World {
  const path = join(temporaryFolder(t), 'care.json');
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const it: World = {
    nowMs: START,
    model: 'default',
    card: { scored: 0, relativeLoss: null },
    drift: null,
    causes: [],
    changes: [],
    records: [],
    triggered: [],
    rolledBack: [],
    isHistoryShort: false,
    open: () =>
      Caretaker.open({
        manager: {
          active: null,
          get records() {
            return it.records;
          },
          trigger: ({ trigger, cause, changedMs }) => {
            if (it.isHistoryShort) return Promise.reject(new HistoryShortError('too little'));
            it.triggered.push(trigger);
            it.causes.push(cause);
            it.changes.push(changedMs);
            it.records.push(record('rejected', it.nowMs, null, trigger));
            return Promise.resolve(undefined as never);
          },
          noteRollback: async (_id, model) => {
            it.rolledBack.push(model);
          },
        },
        forecast: {
          modelName: () => it.model,
          reload: async (name = '') => {
            it.model = name;
            return name;
          },
        },
        card: () => it.card,
        drift: () => it.drift,
        clock: { now: () => it.nowMs },
        config: { ...CONFIG, ...changes },
        logger: silent,
        path,
      }),
  };
  return it;
}

function record(
  outcome: TrainingRecord['outcome'],
  finishedMs: number,
  model: string | null = null,
  trigger: TrainingTrigger = 'manual',
): TrainingRecord {
  return {
    training_id: 'one',
    trigger,
    started_at: new Date(finishedMs).toISOString(),
    finished_at: new Date(finishedMs).toISOString(),
    minutes: 1,
    epochs: 1,
    incremental: true,
    outcome,
    reason: '',
    model,
    compared_with: 'default',
    data: null,
    comparison: null,
  };
}

describe('a training by schedule', () => {
  it('begins a week after the first start, and a week after each other', async (t) => {
    const it = world(t);
    const caretaker = await it.open();
    await caretaker.look();
    it.nowMs = START + 6.9 * DAY_MS;
    await (await it.open()).look();
    assert.deepEqual(it.triggered, []);
    it.nowMs = START + 7 * DAY_MS;
    await caretaker.look();
    await caretaker.look();
    assert.deepEqual(it.triggered, ['schedule']);
    it.nowMs += 7 * DAY_MS;
    await caretaker.look();
    assert.equal(it.triggered.length, 2);
  });

  it('waits for quiet hours to end, for the cooldown, and for enough history', async (t) => {
    const it = world(t, {
      everyDays: 0.5,
      cooldownHours: 48,
      quietHours: { start: '22:00', end: '06:00', timeZone: 'UTC' },
    });
    it.records = [record('failed', START)];
    const caretaker = await it.open();
    it.nowMs = START + DAY_MS + 12 * HOUR_MS;
    await caretaker.look();
    it.nowMs = START + 2 * DAY_MS + 5 * HOUR_MS;
    await caretaker.look();
    assert.deepEqual(it.triggered, []);
    it.nowMs = START + 2 * DAY_MS + 6 * HOUR_MS;
    it.isHistoryShort = true;
    await caretaker.look();
    assert.deepEqual(it.triggered, []);
    it.isHistoryShort = false;
    await caretaker.look();
    assert.deepEqual(it.triggered, ['schedule']);
  });

  it('never begins where it is switched off', async (t) => {
    const it = world(t, { everyDays: 0 });
    const caretaker = await it.open();
    it.nowMs = START + 400 * DAY_MS;
    await caretaker.look();
    assert.deepEqual(it.triggered, []);
  });

  it('knows quiet hours by the clocks of their zone, over midnight as well', () => {
    const quiet = { start: '22:00', end: '06:00', timeZone: 'Europe/Berlin' };
    const at = (hour: number, minute = 0) => isQuiet(quiet, Date.UTC(2026, 6, 1, hour, minute));
    assert.deepEqual([at(19, 59), at(20), at(3, 59), at(4)], [false, true, true, false]);
    assert.equal(isQuiet(undefined, START), false);
  });

  it('keeps quiet hours by the clock on the wall when clocks are changed', () => {
    const quiet = { start: '01:30', end: '02:30', timeZone: 'Europe/Berlin' };
    const quietMinutes = (day: string) => {
      const start = Date.parse(`${day}T00:00:00Z`) - 2 * HOUR_MS;
      const minutes = Array.from({ length: 6 * 60 }, (_, minute) => start + minute * 60_000);
      return minutes.filter((timeMs) => isQuiet(quiet, timeMs)).length;
    };
    assert.equal(quietMinutes('2026-03-28'), 60);
    assert.equal(quietMinutes('2026-03-29'), 30, 'what clocks skip is not there');
    assert.equal(quietMinutes('2026-10-25'), 90, 'what they show twice counts twice');
  });
});

describe('a training because of drift', () => {
  const CAUSE = 'The fleet scores 0.80: forecast error 0.210 above usual (limit 0.100).';
  const since = (sinceMs: number): DriftReason => ({ sinceMs, sentence: CAUSE });
  const AT_ONCE = { driftSettleDays: 0 };

  it('begins once there are days of the new to learn from, and says why and since when', async (t) => {
    const it = world(t);
    const caretaker = await it.open();
    it.drift = since(START);
    await caretaker.look();
    it.nowMs = START + 3.9 * DAY_MS;
    await caretaker.look();
    assert.deepEqual(it.triggered, []);
    it.nowMs = START + 4 * DAY_MS;
    await caretaker.look();
    assert.deepEqual([it.triggered, it.causes, it.changes], [['drift'], [CAUSE], [START]]);
  });

  it('is not forgotten when the new has become usual to the watch meanwhile, nor over a restart', async (t) => {
    const it = world(t);
    it.drift = since(START);
    await (await it.open()).look();
    it.drift = null;
    it.nowMs = START + 4 * DAY_MS;
    const caretaker = await it.open();
    await caretaker.look();
    assert.deepEqual([it.triggered, it.changes], [['drift'], [START]]);
    it.nowMs += 2 * DAY_MS;
    await caretaker.look();
    assert.deepEqual(it.triggered, ['drift'], 'one training is enough');
  });

  it('holds one by schedule up, whose model could not know the new', async (t) => {
    const it = world(t);
    const caretaker = await it.open();
    it.nowMs = START + 6 * DAY_MS;
    it.drift = since(it.nowMs);
    await caretaker.look();
    it.nowMs = START + 9 * DAY_MS;
    await caretaker.look();
    assert.deepEqual(it.triggered, []);
    it.nowMs = START + 10 * DAY_MS;
    await caretaker.look();
    assert.deepEqual(it.triggered, ['drift']);
  });

  it('is tried again after the cooldown where the drift goes on', async (t) => {
    const it = world(t, AT_ONCE);
    const caretaker = await it.open();
    it.drift = since(START);
    await caretaker.look();
    it.nowMs += 23 * HOUR_MS;
    await caretaker.look();
    assert.deepEqual(it.triggered, ['drift']);
    it.nowMs += HOUR_MS;
    await caretaker.look();
    assert.deepEqual(it.triggered, ['drift', 'drift']);
  });

  it('waits for the cooldown after any other training, and for quiet hours to end', async (t) => {
    const it = world(t, { ...AT_ONCE, quietHours: { start: '00:00', end: '02:00', timeZone: 'UTC' } });
    it.records = [record('rejected', START)];
    it.drift = since(START);
    const caretaker = await it.open();
    it.nowMs = START + 23 * HOUR_MS;
    await caretaker.look();
    it.nowMs = START + 25 * HOUR_MS;
    await caretaker.look();
    assert.deepEqual(it.triggered, []);
    it.nowMs = START + 26 * HOUR_MS;
    await caretaker.look();
    it.nowMs += HOUR_MS;
    await caretaker.look();
    assert.deepEqual(it.triggered, ['drift']);
  });

  it('is tried again where the history is too short', async (t) => {
    const it = world(t, AT_ONCE);
    it.drift = since(START);
    it.isHistoryShort = true;
    const caretaker = await it.open();
    await caretaker.look();
    it.isHistoryShort = false;
    it.nowMs += HOUR_MS;
    await caretaker.look();
    assert.deepEqual(it.triggered, ['drift']);
  });

  it('never begins where it is switched off; those by schedule go on', async (t) => {
    const it = world(t, { ...AT_ONCE, onDrift: false });
    it.drift = since(START);
    const caretaker = await it.open();
    it.nowMs = START + 2 * DAY_MS;
    await caretaker.look();
    assert.deepEqual(it.triggered, []);
    it.nowMs = START + 7 * DAY_MS;
    await caretaker.look();
    assert.deepEqual(it.triggered, ['schedule']);
  });

  it('does not begin while a new model is being watched', async (t) => {
    const it = world(t, { ...AT_ONCE, everyDays: 0, cooldownHours: 0 });
    const caretaker = await it.open();
    it.card = { scored: 1000, relativeLoss: 0.8 };
    await caretaker.look();
    it.model = 'trained-one';
    it.records = [record('taken', it.nowMs, 'trained-one')];
    it.drift = since(START);
    it.nowMs += HOUR_MS;
    await caretaker.look();
    assert.deepEqual(it.triggered, []);
  });
});

describe('a model that a training brought', () => {
  /** The old model's card is known, then a training brings another. */
  async function taken(
    t: TestContext,
    lossAfter: number | null,
    scored = 1000,
  ): Promise<World & { caretaker: Caretaker }> {
    const it = world(t, { everyDays: 0 });
    const caretaker = await it.open();
    it.card = { scored: 1000, relativeLoss: 0.8 };
    await caretaker.look();
    it.model = 'trained-one';
    it.records = [record('taken', it.nowMs, 'trained-one')];
    it.card = { scored: 0, relativeLoss: null };
    it.nowMs += HOUR_MS;
    await caretaker.look();
    it.card = { scored, relativeLoss: lossAfter };
    return Object.assign(it, { caretaker });
  }

  it('gives way to the old one where it does worse in service', async (t) => {
    const it = await taken(t, 0.9);
    it.nowMs += 5 * HOUR_MS;
    await it.caretaker.look();
    assert.equal(it.model, 'trained-one');
    it.nowMs += HOUR_MS;
    await it.caretaker.look();
    assert.deepEqual([it.model, it.rolledBack], ['default', ['default']]);
  });

  it('is watched on after a restart', async (t) => {
    const it = await taken(t, 0.9);
    it.nowMs += 7 * HOUR_MS;
    await (await it.open()).look();
    assert.equal(it.model, 'default');
  });

  it('is watched where Argus was killed between taking it and the next look', async (t) => {
    const it = world(t, { everyDays: 0 });
    it.card = { scored: 1000, relativeLoss: 0.8 };
    await (await it.open()).look();
    it.model = 'trained-one';
    it.records = [record('taken', it.nowMs, 'trained-one')];
    it.card = { scored: 0, relativeLoss: null };
    const restarted = await it.open();
    await restarted.look();
    it.card = { scored: 1000, relativeLoss: 0.9 };
    it.nowMs += 7 * HOUR_MS;
    await restarted.look();
    assert.deepEqual([it.model, it.rolledBack], ['default', ['default']]);
  });

  it('stays where it is as good, within the margin, or cannot be judged', async (t) => {
    for (const [loss, scored] of [
      [0.7, 1000],
      [0.87, 1000],
      [0.99, 50],
      [null, 0],
    ] as const) {
      const it = await taken(t, loss, scored);
      for (let hour = 0; hour < 30; hour++) {
        it.nowMs += HOUR_MS;
        await it.caretaker.look();
      }
      assert.deepEqual([it.model, it.rolledBack], ['trained-one', []], `loss ${loss}`);
    }
  });

  it('is no longer watched where a person chose another', async (t) => {
    const it = await taken(t, 0.99);
    it.model = 'chosen';
    it.nowMs += 10 * HOUR_MS;
    await it.caretaker.look();
    assert.deepEqual([it.model, it.rolledBack], ['chosen', []]);
  });

  it('is not watched where nothing is known of the old one, and a damaged file does no harm', async (t) => {
    const it = world(t, { everyDays: 0 });
    const caretaker = await it.open();
    await caretaker.look();
    it.model = 'trained-one';
    it.records = [record('taken', it.nowMs, 'trained-one')];
    it.card = { scored: 1000, relativeLoss: 5 };
    it.nowMs += 8 * HOUR_MS;
    await caretaker.look();
    it.nowMs += 8 * HOUR_MS;
    await caretaker.look();
    assert.equal(it.model, 'trained-one');
    const path = join(temporaryFolder(t), 'care.json');
    writeFileSync(path, 'half a f');
    assert.ok(await it.open());
  });
});
