/** What the history answers, against rows whose answers can be worked out by hand. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { STEP_MS } from '../../src/catalog/time.ts';
import type { ExportRequest } from '../../src/history/protocol.ts';
import type { Archive } from '../../src/history/store/archive.ts';
import { alertEvents, incidents, summary } from '../../src/history/store/queries/alerts.ts';
import { environment } from '../../src/history/store/queries/environment.ts';
import { exportCsv, exportParquet } from '../../src/history/store/queries/exports.ts';
import { series } from '../../src/history/store/queries/series.ts';
import { risk, server } from '../../src/history/store/queries/server.ts';
import { extent, trainingData } from '../../src/history/store/queries/training.ts';
import { ENVIRONMENT_NUMBERS } from '../../src/history/tables.ts';
import {
  type AlertRow,
  alertRows,
  forecastBlock,
  historyFolder,
  MIDNIGHT_STEP,
  metricBlock,
  openArchive,
  timeOf,
} from './support.ts';

const MINUTE_MS = 60_000;
const START_MS = timeOf(MIDNIGHT_STEP);
const at = (minutes: number): number => START_MS + minutes * MINUTE_MS;
const HOURS = (count: number) => ({ fromMs: START_MS, toMs: at(count * 60) });
const ALL = { servers: null, eventTypes: null, levels: null, after: null, limit: 100 };
const steps = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

/** Alert x: warning at 10, critical at 30, resolved at 50. Alert y: opened at 20 and still open. */
function twoAlerts(): readonly AlertRow[] {
  const x = { alert: 'x', server: 'a', openedMs: at(10) };
  return [
    {
      ...x,
      event: 'x1',
      atMs: at(10),
      type: 'opened',
      from: 'healthy',
      to: 'warning',
      score: 65,
      message: 'as opened',
    },
    { ...x, event: 'x2', atMs: at(30), type: 'escalated', from: 'warning', to: 'critical', score: 90 },
    {
      ...x,
      event: 'x3',
      atMs: at(50),
      resolvedMs: at(50),
      type: 'resolved',
      from: 'critical',
      to: 'healthy',
      score: 20,
    },
    {
      alert: 'y',
      server: 'b',
      openedMs: at(20),
      event: 'y1',
      atMs: at(20),
      type: 'opened',
      from: 'healthy',
      to: 'degraded',
      score: 55,
    },
  ];
}

async function csvOf(archive: Archive, request: Partial<ExportRequest>): Promise<string> {
  let text = '';
  await archive.readAtLeisure((reading) =>
    exportCsv(
      reading,
      { table: 'metrics', servers: null, timeZone: 'UTC', format: 'csv', ...HOURS(24), ...request },
      async (bytes) => {
        text += Buffer.from(bytes).toString();
        return true;
      },
    ),
  );
  return text;
}

describe('questions about alerts', () => {
  it('are answered newest first, with the end of each alert, filtered and in pages', async (t) => {
    const archive = await openArchive(t);
    await archive.put(alertRows(twoAlerts()));
    const ask = (changes: object) =>
      archive.read((reading) => alertEvents(reading, { ...HOURS(1), ...ALL, ...changes }));
    const all = await ask({});
    assert.deepEqual(
      all.map(({ eventId, resolvedMs }) => [eventId, resolvedMs]),
      [
        ['x3', at(50)],
        ['x2', at(50)],
        ['y1', null],
        ['x1', at(50)],
      ],
    );
    assert.deepEqual(
      [all[0].causeMetric, all[0].leadSeconds, all[0].profile],
      ['mem_used_pct', 1800, 'database'],
    );
    const ids = async (changes: object) => (await ask(changes)).map(({ eventId }) => eventId);
    assert.deepEqual(await ids({ servers: ['b'] }), ['y1']);
    assert.deepEqual(await ids({ eventTypes: ['opened'] }), ['y1', 'x1']);
    assert.deepEqual(await ids({ levels: ['critical', 'degraded'] }), ['x2', 'y1']);
    assert.deepEqual(await ids({ servers: [] }), []);
    assert.deepEqual(await ids({ limit: 2 }), ['x3', 'x2']);
    assert.deepEqual(await ids({ limit: 2, after: { timeMs: at(30), id: 'x2' } }), ['y1', 'x1']);
    // The alert was resolved after the time that is asked about.
    assert.deepEqual(
      (await ask({ toMs: at(15) })).map(({ resolvedMs }) => resolvedMs),
      [at(50)],
    );
    assert.deepEqual(await ids({ servers: ["b'; DROP TABLE x --"] }), []);
  });

  it('tell whole lives, also of alerts that were opened before and resolved after', async (t) => {
    const archive = await openArchive(t);
    await archive.put(alertRows(twoAlerts()));
    const ask = (changes: object) =>
      archive.read((reading) => incidents(reading, { ...HOURS(1), ...ALL, open: null, ...changes }));
    const [y, x] = await ask({});
    assert.deepEqual([y.alertId, y.resolvedMs, y.events], ['y', null, 1]);
    assert.deepEqual(
      [x.firstLevel, x.peakLevel, x.peakScore, x.openedMs, x.resolvedMs, x.events, x.message],
      ['warning', 'critical', 90, at(10), at(50), 3, 'as opened'],
    );
    const names = async (changes: object) => (await ask(changes)).map(({ alertId }) => alertId);
    assert.deepEqual(await names({ fromMs: at(35), toMs: at(40) }), ['y', 'x']);
    assert.deepEqual(await names({ fromMs: at(55) }), ['y']);
    assert.deepEqual(await names({ toMs: at(10) }), []);
    assert.deepEqual(await names({ open: true }), ['y']);
    assert.deepEqual(await names({ open: false }), ['x']);
    assert.deepEqual(await names({ levels: ['critical'] }), ['x']);
    assert.deepEqual(await names({ limit: 1, after: { timeMs: at(20), id: 'y' } }), ['x']);
  });

  it('are summed up, and count an incident as prevented only where no breach was measured', async (t) => {
    const archive = await openArchive(t);
    await archive.put(alertRows(twoAlerts()));
    await archive.put(
      metricBlock(steps(MIDNIGHT_STEP, 12).map((step) => ({ server: 'a', step, memory: 94 }))),
    );
    const ask = () => archive.read((reading) => summary(reading, HOURS(1)));
    assert.deepEqual(await ask(), {
      byLevel: { critical: 1, degraded: 1 },
      opened: 2,
      open: 1,
      meanResolutionMinutes: 40,
      prevented: 1,
      meanHealth: null,
    });
    // Twenty minutes after it was resolved.
    await archive.put(metricBlock([{ server: 'a', step: MIDNIGHT_STEP + 14, memory: 96 }]));
    assert.equal((await ask()).prevented, 0);
    const empty = await openArchive(t);
    assert.equal((await empty.read((reading) => summary(reading, HOURS(1)))).opened, 0);
  });
});

describe('questions about the fleet and its servers', () => {
  it('give snapshots in pages, oldest first', async (t) => {
    const archive = await openArchive(t);
    for (const step of steps(MIDNIGHT_STEP, 3)) {
      const numbers = Float64Array.from(ENVIRONMENT_NUMBERS, (_, i) =>
        i === 7 ? Number.NaN : i + step - MIDNIGHT_STEP,
      );
      await archive.put({ table: 'environment', steps: Int32Array.of(step), texts: [], numbers });
    }
    const ask = (changes: object) =>
      archive.read((reading) => environment(reading, { ...HOURS(1), limit: 2, after: null, ...changes }));
    const first = await ask({});
    assert.deepEqual(
      first.map(({ timeMs }) => timeMs),
      [timeOf(MIDNIGHT_STEP), timeOf(MIDNIGHT_STEP + 1)],
    );
    assert.equal(first[0].values[7], null);
    const rest = await ask({ after: { timeMs: first[1].timeMs, id: '' } });
    assert.deepEqual(
      rest.map(({ values }) => values[0]),
      [2],
    );
  });

  it('sum a server up, with the trend of its risk', async (t) => {
    const archive = await openArchive(t);
    const level = (score: number) => (score >= 80 ? 'critical' : score >= 60 ? 'warning' : 'healthy');
    const rows = steps(0, 10).map((i) => ({
      server: 'a',
      step: MIDNIGHT_STEP + i,
      score: i * 10,
      level: level(i * 10),
    }));
    await archive.put(forecastBlock(rows));
    const ask = (name: string) => archive.read((reading) => server(reading, { ...HOURS(1), server: name }));
    const a = await ask('a');
    assert.deepEqual([a.known, a.assessments, a.meanScore, a.maxScore], [true, 10, 45, 90]);
    assert.deepEqual(a.shares, { healthy: 0.6, degraded: 0, warning: 0.2, critical: 0.2 });
    assert.ok(Math.abs((a.rise ?? 0) - 90) < 1e-6, `${a.rise}`);
    assert.deepEqual(await ask('nobody'), {
      known: false,
      alerts: 0,
      assessments: 0,
      meanScore: null,
      maxScore: null,
      rise: null,
      shares: null,
    });
    const scores = await archive.read((reading) => risk(reading, { ...HOURS(1), server: 'a', maxPoints: 6 }));
    assert.deepEqual([scores.grid.stepSeconds, scores.grid.count], [600, 6]);
    assert.deepEqual(scores.columns[0], [5, 25, 45, 65, 85, null]);
  });

  it('lay the forecasts made earlier beside what came', async (t) => {
    const archive = await openArchive(t);
    // Memory rises by one a step; an hour earlier that was forecast exactly, but for one step by ten too much.
    const measured = steps(0, 24).map((i) => ({
      server: 'a',
      step: MIDNIGHT_STEP + i,
      memory: 20 + i,
      idle: 70,
    }));
    await archive.put(metricBlock(measured.filter(({ step }) => step !== MIDNIGHT_STEP + 20)));
    const forecasts = steps(0, 24).map((i) => ({
      server: 'a',
      step: MIDNIGHT_STEP + i,
      score: 0,
      memoryIn1h: 20 + i + 12 + (i === 3 ? 10 : 0),
    }));
    await archive.put(forecastBlock(forecasts));
    const ask = (maxPoints: number) =>
      archive.read((reading) =>
        series(reading, {
          ...HOURS(2),
          server: 'a',
          names: ['mem_used_pct', 'cpu_used_pct', 'uptime_days'],
          leads: ['1h'],
          maxPoints,
        }),
      );
    const { known, grid, series: found } = await ask(1000);
    assert.deepEqual([known, grid.count, grid.stepSeconds, grid.firstMs], [true, 24, 300, START_MS]);
    const [memory, cpu, uptime] = found;
    assert.deepEqual(memory.actual.slice(18, 22), [38, 39, null, 41]);
    const [lead] = memory.forecasts;
    // Nothing was forecast for the first hour; step 15 was forecast at step 3.
    assert.deepEqual(lead.p50.slice(10, 17), [null, null, 32, 33, 34, 45, 36]);
    assert.deepEqual([lead.p10[12], lead.p90[12]], [27, 37]);
    assert.equal(lead.compared, 11);
    assert.equal(lead.coverage, 10 / 11);
    assert.equal(lead.meanAbsoluteError, 10 / 11);
    assert.equal(cpu.actual[0], 30);
    assert.deepEqual([cpu.forecasts[0].compared, cpu.forecasts[0].coverage], [0, null]);
    assert.deepEqual(uptime.forecasts, []);
    const wide = await ask(12);
    assert.equal(wide.grid.stepSeconds, 600);
    assert.deepEqual(wide.series[0].actual.slice(9), [38.5, 41, 42.5]);
    assert.equal(wide.series[0].forecasts[0].compared, 11);
  });
});

describe('exports', () => {
  it('are CSV that a spreadsheet reads and does not run', async (t) => {
    const archive = await openArchive(t);
    const names = ['plain', 'with,comma', 'with "quotes"', '=cmd()', '-1+1', 'line\nbreak'];
    await archive.put(
      metricBlock(names.map((name) => ({ server: name, step: MIDNIGHT_STEP, memory: 12.5 }))),
    );
    const text = await csvOf(archive, {});
    const lines = text.trimEnd().split('\n');
    assert.match(lines[0], /^timestamp,server_name,profile,time_zone,country,cpu_user_pct,.*,mem_used_pct,/);
    const fields = lines.slice(1).join('\n');
    assert.ok(fields.includes('2026-03-10T00:00:00.000Z,plain,generic,UTC,,'), fields);
    assert.ok(fields.includes('"with,comma"'));
    assert.ok(fields.includes('"with ""quotes"""'));
    assert.ok(fields.includes(`"'=cmd()"`));
    assert.ok(fields.includes(`"'-1+1"`));
    assert.ok(fields.includes('"line\nbreak"'));
    const one = await csvOf(archive, { servers: ['plain'] });
    assert.equal(one.trimEnd().split('\n').length, 2);
  });

  it('write times in the zone that is asked for, daylight saving included', async (t) => {
    const archive = await openArchive(t);
    const spring = Date.UTC(2026, 2, 29, 0, 55);
    const rows = [spring, spring + 5 * MINUTE_MS].map((timeMs) => ({
      server: 'a',
      step: timeMs / STEP_MS,
      memory: 1,
    }));
    await archive.put(metricBlock(rows));
    const times = async (timeZone: string) => {
      const text = await csvOf(archive, { timeZone, fromMs: spring, toMs: spring + 3.6e6 });
      return text
        .split('\n')
        .slice(1, 3)
        .map((line) => line.split(',')[0]);
    };
    assert.deepEqual(await times('Europe/Berlin'), [
      '2026-03-29T01:55:00.000+01:00',
      '2026-03-29T03:00:00.000+02:00',
    ]);
    assert.deepEqual(await times('America/St_Johns'), [
      '2026-03-28T22:25:00.000-02:30',
      '2026-03-28T22:30:00.000-02:30',
    ]);
  });

  it('hold every table, incidents included, and the header alone where there is nothing', async (t) => {
    const archive = await openArchive(t);
    await archive.put(alertRows(twoAlerts()));
    await archive.put(forecastBlock([{ server: 'a', step: MIDNIGHT_STEP, score: 5 }]));
    const linesOf = async (table: ExportRequest['table']) =>
      (await csvOf(archive, { table })).trimEnd().split('\n');
    assert.equal((await linesOf('alerts')).length, 5);
    assert.equal((await linesOf('incidents')).length, 3);
    assert.equal((await linesOf('forecasts')).length, 2);
    assert.deepEqual((await linesOf('environment')).length, 1);
  });

  it('stop where nobody reads any more', async (t) => {
    const archive = await openArchive(t);
    const rows = steps(MIDNIGHT_STEP, 288).flatMap((step) =>
      steps(0, 40).map((i) => ({ server: `server-${i}`, step, memory: 50 })),
    );
    await archive.put(metricBlock(rows));
    let chunks = 0;
    await archive.readAtLeisure((reading) =>
      exportCsv(
        reading,
        { table: 'metrics', servers: null, timeZone: 'UTC', format: 'csv', ...HOURS(24) },
        async () => {
          chunks++;
          return false;
        },
      ),
    );
    assert.equal(chunks, 1);
  });

  it('are Parquet files too', async (t) => {
    const archive = await openArchive(t);
    await archive.put(metricBlock([{ server: 'a', step: MIDNIGHT_STEP, memory: 12.5 }]));
    const path = archive.temporaryPath();
    const request = {
      table: 'metrics',
      servers: null,
      timeZone: 'UTC',
      format: 'parquet',
      ...HOURS(24),
    } as const;
    await archive.readAtLeisure((reading) => exportParquet(reading, request, path));
    const rows = await archive.read((reading) => reading.rows(`SELECT mem_used_pct FROM '${path}'`));
    assert.deepEqual(rows, [[12.5]]);
  });
});

describe('data for a training', () => {
  async function filled(t: TestContext): Promise<Archive> {
    const archive = await openArchive(t);
    const rows = steps(MIDNIGHT_STEP, 20).flatMap((step) => [
      { server: 'a', step, memory: 5, country: 'DE-BY' },
      { server: 'b', step, memory: 5 },
    ]);
    await archive.put(metricBlock(rows));
    return archive;
  }

  it('tells how much there is', async (t) => {
    const archive = await filled(t);
    const found = await archive.read((reading) => extent(reading, HOURS(24)));
    assert.deepEqual(found, {
      rows: 40,
      servers: 2,
      medianSteps: 20,
      fromMs: START_MS,
      toMs: timeOf(MIDNIGHT_STEP + 19),
    });
    const none = await archive.read((reading) => extent(reading, { fromMs: 0, toMs: 1000 }));
    assert.deepEqual(none, { rows: 0, servers: 0, medianSteps: 0, fromMs: null, toMs: null });
  });

  it('leaves out what is to be left out, of one server or of all', async (t) => {
    const archive = await filled(t);
    const out = `${historyFolder(t)}/data.parquet`;
    const without = [
      { server: 'a', profile: null, fromMs: START_MS, toMs: timeOf(MIDNIGHT_STEP + 5) },
      { server: null, profile: null, fromMs: timeOf(MIDNIGHT_STEP + 18), toMs: timeOf(MIDNIGHT_STEP + 20) },
    ];
    const kept = await archive.readAtLeisure((reading) =>
      trainingData(reading, { ...HOURS(24), out, without, maxServers: 10 }),
    );
    assert.equal(kept.rows, 40 - 5 - 4);
    assert.equal(kept.toMs, timeOf(MIDNIGHT_STEP + 17));
    const ofProfile = [{ server: null, profile: 'generic', ...HOURS(1) }];
    const late = await archive.readAtLeisure((reading) =>
      trainingData(reading, { ...HOURS(24), out, without: ofProfile, maxServers: 10 }),
    );
    assert.equal(late.fromMs, timeOf(MIDNIGHT_STEP + 12));
    assert.deepEqual(late.places, [
      { server: 'a', timeZone: 'UTC', country: 'DE-BY' },
      { server: 'b', timeZone: 'UTC', country: null },
    ]);
    const one = await archive.readAtLeisure((reading) =>
      trainingData(reading, { ...HOURS(24), out, without: [], maxServers: 1 }),
    );
    assert.deepEqual([one.servers, one.rows], [1, 20]);
  });
});
