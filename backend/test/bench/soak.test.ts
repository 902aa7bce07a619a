/** The soak run: its account of itself by hand-made records, and a small one as a whole, broken off and gone on with. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { drawChart } from '../../bench/soak/chart.ts';
import { claimsOf } from '../../bench/soak/claims.ts';
import { findingsOf } from '../../bench/soak/findings.ts';
import { readOptions, SoakOptionError, storyOf } from '../../bench/soak/options.ts';
import {
  type AccuracyLine,
  type CascadeReading,
  type HourLine,
  RECORD_FILE,
  RecordFile,
  type RunLine,
  type SoakRecord,
  type TrainingLine,
} from '../../bench/soak/record.ts';
import { pinball, relativeLoss, Scorer } from '../../bench/soak/scorer.ts';
import { World } from '../../bench/soak/world.ts';
import { increase, rise } from '../../bench/support/statistics.ts';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { HORIZON_STEPS, stepOf, stepStartMs, WINDOW_STEPS } from '../../src/catalog/time.ts';
import { eventually, runProgram, temporaryFolder } from '../app/support.ts';

const MAIN = join(import.meta.dirname, '../../bench/soak/main.ts');
const FIRST_STEP = stepOf(Date.UTC(2026, 5, 1));
/** The first forecasts come after 4 hours, their horizon 8 hours later. */
const SMALL_RUN_HOURS = 14;
/** On a machine that is busy with other things. */
const LONGEST_WAIT_MS = 150_000;
const RACK = ['ppdb001', 'ppapi002', 'srv-003', 'ppml004'];

const RUN: RunLine = {
  kind: 'run',
  servers: 300,
  days: 30,
  seed: 1,
  firstStep: FIRST_STEP,
  ...storyOf({ days: 30 }),
  releasedServers: ['ppdb101', 'ppdb102', 'ppdb103'],
  cascadeServers: RACK,
  cascadeLeader: 'ppdb001',
  keepDays: 10,
  begun: '2026-06-01T00:00:00.000Z',
  cores: 2,
  node: 'v24',
};
const RELEASE_HOUR = 360;
const CASCADE_HOUR = 480;

function timeOf(hour: number): string {
  return new Date(stepStartMs(FIRST_STEP) + hour * 3_600_000).toISOString();
}

function cascade(id: string, hour: number, members: readonly string[]): CascadeReading {
  return {
    id,
    state: 'ended',
    startedAt: timeOf(hour),
    detectedAt: timeOf(hour + 0.5),
    leader: members[0],
    members,
    common: 'attribute rack rack-01',
  };
}

interface Told {
  readonly drift?: (hour: number) => boolean;
  readonly memory?: (hour: number) => number;
  readonly history?: (hour: number) => number;
  readonly cascades?: (hour: number) => readonly CascadeReading[];
}

function hourLine(hour: number, told: Told): HourLine {
  const isDrifting = told.drift?.(hour) ?? false;
  return {
    kind: 'hour',
    hour,
    step: FIRST_STEP + 12 * hour - 1,
    elapsedSeconds: hour,
    meanCycleSeconds: 0.1,
    maxCycleSeconds: 0.2,
    model: 'default',
    modes: { model: 300 },
    card: { scored: 1000, relativeLoss: 0.6, coverage: 0.8 },
    drift: {
      status: isDrifting ? 'drifting' : 'quiet',
      score: isDrifting ? 1.5 : 0.3,
      signals: { prediction_error_rate: 0, distribution_shift: 0, feature_drift: 0, anomaly_rate: 0 },
      profiles: [],
    },
    cascades: told.cascades?.(hour) ?? [],
    alerts: { active: 1, critical: 0, cascadeItems: 0, opened: hour, resolved: hour },
    memory: { argus: told.memory?.(hour) ?? 400e6, history: 250e6 },
    disk: { history: told.history?.(hour) ?? 100e6 },
    historyDays: Math.min(11, Math.ceil(hour / 24)),
    historyFiles: 10,
    rowsLost: 0,
    latePoints: 0,
    cycles: 12 * hour,
    overruns: 0,
  };
}

/** CPU loss and baseline's loss per forecast value. */
function accuracyLine(hour: number, group: string, loss: number, baseline: number): AccuracyLine {
  const sums = {
    count: 100,
    loss: 100 * loss,
    lossLast: 100 * baseline,
    lossYesterday: 200 * baseline,
    absoluteError: 250 * loss,
    covered: 80,
  };
  return { kind: 'accuracy', hour, group, targets: { cpu_used_pct: sums } };
}

const TAKEN: TrainingLine = {
  kind: 'training',
  id: 'one',
  hour: RELEASE_HOUR + 60,
  startedHour: RELEASE_HOUR + 59,
  trigger: 'drift',
  cause: null,
  outcome: 'taken',
  reason: 'Better.',
  model: 'trained-one',
  lossOld: 0.7,
  lossNew: 0.5,
};

/** A month in which everything goes as promised, but for what is told otherwise. */
function month(told: Told = {}, trainings: readonly TrainingLine[] = [TAKEN], afterLoss = 4): SoakRecord {
  const whole: Told = {
    drift: (hour) => hour > RELEASE_HOUR + 3 && hour < TAKEN.hour,
    cascades: (hour) => (hour > CASCADE_HOUR + 2 ? [cascade('c-1', CASCADE_HOUR + 1, RACK)] : []),
    ...told,
  };
  const hours = Array.from({ length: 720 }, (_, i) => hourLine(i + 1, whole));
  const lossAt = (hour: number) => (hour <= RELEASE_HOUR ? 3 : hour <= TAKEN.hour ? 6 : afterLoss);
  const accuracy = hours.flatMap(({ hour }) => [
    accuracyLine(hour, 'released', lossAt(hour), hour <= RELEASE_HOUR ? 5 : 9),
    accuracyLine(hour, 'others', 3, 5),
  ]);
  return {
    run: RUN,
    hours,
    accuracy,
    trainings,
    end: { kind: 'end', elapsedSeconds: 1800, errorsLogged: [] },
  };
}

function brokenIn(record: SoakRecord): readonly string[] {
  return claimsOf(record, findingsOf(record)).flatMap(({ text, holds }) => (holds ? [] : [text]));
}

test('a month as it should be keeps every promise', () => {
  assert.deepEqual(brokenIn(month()), []);
});

test('each promise is broken by what it is about, and by nothing else', () => {
  const cases: readonly (readonly [what: string, record: SoakRecord, broken: RegExp, count: number])[] = [
    ['drift noticed late', month({ drift: (hour) => hour > RELEASE_HOUR + 7 }), /noticed within/, 1],
    [
      'drift on quiet days',
      month({ drift: (hour) => hour === 50 || hour === 90 || hour === 362 }),
      /At most 1 drift/,
      1,
    ],
    ['no better than during', month({}, [TAKEN], 6), /within 5 %|25 %/, 2],
    [
      'taken back',
      month({}, [TAKEN, { ...TAKEN, outcome: 'rolled_back' }]),
      /new model is taken|Afterwards|Of the loss/,
      3,
    ],
    [
      'two groups',
      month({
        cascades: () => [cascade('c-1', CASCADE_HOUR + 1, RACK), cascade('c-2', CASCADE_HOUR + 2, RACK)],
      }),
      /grouped as one/,
      1,
    ],
    ['a leak', month({ memory: (hour) => 400e6 * (1 + hour / 2000) }), /Memory of the process 'argus'/, 1],
    ['a disk that fills', month({ history: (hour) => hour * 1e6 }), /on disk grows/, 1],
  ];
  for (const [what, record, pattern, count] of cases) {
    const broken = brokenIn(record);
    assert.equal(broken.length, count, `${what}: ${broken.join('; ')}`);
    assert.ok(
      broken.every((text) => pattern.test(text)),
      `${what}: ${broken.join('; ')}`,
    );
  }
});

test('many cascades that nobody staged break a promise', () => {
  const strangers = Array.from({ length: 6 }, (_, i) => cascade(`x-${i}`, 100 + i, ['a', 'b', 'c']));
  const staged = cascade('c-1', CASCADE_HOUR + 1, RACK);
  assert.match(brokenIn(month({ cascades: () => [...strangers, staged] })).join(), /other cascade a week/);
});

test('a cascade of servers with the release is told apart from one of nobody', () => {
  const staged = cascade('c-1', CASCADE_HOUR + 1, RACK);
  const ofRelease = cascade('r-1', RELEASE_HOUR + 1, RUN.releasedServers);
  const record = month({
    cascades: () => [ofRelease, staged, { ...ofRelease, id: 'x', startedAt: timeOf(100) }],
  });
  const findings = findingsOf(record);
  assert.deepEqual(
    [findings.staged, findings.ofRelease, findings.otherCascades].map((all) => all.map(({ id }) => id)),
    [['c-1'], ['r-1'], ['x']],
  );
});

test('a Theil-Sen rise is not turned by single outliers; a counter that began again is counted on', () => {
  const points = Array.from({ length: 50 }, (_, x) => [x, 2 * x + (x % 10 === 3 ? 1000 : 0)] as const);
  assert.equal(rise(points), 98);
  assert.equal(rise([[0, 5]]), 0);
  assert.equal(increase([3, 5, 1, 4]), 9);
});

test('forecasts are scored over their whole horizon against last value and yesterday, gaps left out', () => {
  const scorer = new Scorer(['one']);
  const row = new Float64Array(METRIC_COUNT).fill(Number.NaN);
  const used = (step: number) => (step <= WINDOW_STEPS ? 20 : 50);
  const origin = WINDOW_STEPS;
  const bands = {
    p10: Array<number>(HORIZON_STEPS).fill(30),
    p50: Array<number>(HORIZON_STEPS).fill(40),
    p90: Array<number>(HORIZON_STEPS).fill(60),
  };
  for (let step = 1; step <= origin + HORIZON_STEPS; step++) {
    row[METRIC.cpuIdle] = 100 - used(step);
    const isGap = step === origin + 5;
    scorer.measured(step, isGap ? new Map() : new Map([['one', row]]));
    if (step === origin) scorer.given(origin, new Map([['one', { targets: { cpu_used_pct: bands } }]]));
    if (step < origin + HORIZON_STEPS) assert.deepEqual(scorer.due(step), []);
  }
  const [{ origin: scored, targets }] = scorer.due(origin + HORIZON_STEPS);
  const { count, loss, lossLast, lossYesterday, absoluteError, covered } = targets.cpu_used_pct;
  assert.equal(scored, origin);
  assert.equal(count, HORIZON_STEPS - 1);
  assert.equal(covered, count);
  assert.ok(Math.abs(loss / count - (0.1 * 20 + 0.5 * 10 + 0.1 * 10) / 3) < 1e-9);
  assert.ok(Math.abs(lossLast / count - 15) < 1e-9);
  assert.ok(Math.abs(lossYesterday - lossLast) < 1e-9);
  assert.ok(Math.abs(absoluteError / count - 10) < 1e-9);
  assert.ok(Math.abs((relativeLoss([{ targets }]) ?? 0) - 8 / 3 / 15) < 1e-9);
  assert.deepEqual([pinball(0.9, 10, 20), pinball(0.9, 20, 10)], [9, 0.9999999999999998]);
});

test('the world stages one cascade on one rack, and the release on half of the fleet', () => {
  const world = new World({ ...storyOf({ days: 4 }), servers: 40, seed: 3, firstStep: FIRST_STEP });
  const members = world.servers.filter(({ cascadeLag }) => cascadeLag !== null);
  assert.equal(members.length, 12);
  assert.equal(new Set(members.map(({ rack }) => rack)).size, 1);
  assert.deepEqual(
    members.map(({ cascadeLag }) => cascadeLag).filter((lag) => lag === 0),
    [0],
  );
  assert.equal(world.servers.filter(({ isReleased }) => isReleased).length, 20);
});

test('charts are whole, break lines at gaps, and escape what they are told', () => {
  const svg = drawChart({
    title: 'a < b & "c"',
    xLabel: 'day',
    series: [
      {
        name: 'one',
        points: [
          [0, 1],
          [1, null],
          [2, 3],
        ],
      },
    ],
    marks: [{ x: 1, label: 'now' }],
    xTo: 2,
  });
  assert.match(svg, /^<svg [^>]*aria-label="a &lt; b &amp; &quot;c&quot;">/);
  assert.match(svg, /prefers-color-scheme:dark/);
  const [, path] = /<path class="line c0" d="([^"]+)"/.exec(svg) ?? [];
  assert.equal(path.match(/M/g)?.length, 2);
  assert.ok(!/NaN|Infinity|undefined/.test(svg));
});

test('options that cannot be used are named', () => {
  assert.throws(
    () => readOptions(['--servers', '3'], '/r'),
    new SoakOptionError("--servers takes a whole number from 12 to 10000, not '3'."),
  );
  assert.throws(() => readOptions(['--days', 'x'], '/r'), /--days takes a number/);
  assert.throws(() => readOptions(['--nonsense'], '/r'), /nonsense/);
});

test('a small run that is killed goes on where it was, loses nothing, and writes its report', async (t) => {
  const out = temporaryFolder(t);
  const args = [MAIN, '--servers', '12', '--days', String(SMALL_RUN_HOURS / 24), '--out', out, '--no-check'];
  const file = new RecordFile(join(out, RECORD_FILE));
  const first = runProgram(t, process.execPath, args);
  await eventually(
    'some hours',
    () => ((file.read()?.hours.length ?? 0) >= 5 ? true : undefined),
    LONGEST_WAIT_MS,
  );
  first.child.kill('SIGKILL');
  await first.ended;
  const second = runProgram(t, process.execPath, [...args, '--resume']);
  assert.equal(await second.ended, 0, second.stderr());
  const record = file.read();
  assert.ok(record?.end);
  assert.deepEqual(
    record.hours.map(({ hour }) => hour),
    Array.from({ length: SMALL_RUN_HOURS }, (_, i) => i + 1),
  );
  assert.deepEqual(record.end.errorsLogged, []);
  const last = record.hours[record.hours.length - 1];
  assert.equal(last.rowsLost, 0);
  assert.equal(last.overruns, 0);
  assert.ok(last.card.scored > 0);
  assert.ok(record.accuracy.length > 0);
  assert.ok((last.disk.history ?? 0) > 0);
  const page = readFileSync(join(out, 'soak.md'), 'utf8');
  for (const [, picture] of page.matchAll(/\]\((soak\/[a-z-]+\.svg)\)/g))
    assert.ok(existsSync(join(out, picture)), picture);
  assert.match(page, /\| No row of the history is lost \| 0 \| yes \|/);
});
