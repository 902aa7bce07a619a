/** kill −9 of a real backend under load: what was acknowledged of closed steps is there again. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppAddresses } from '../../src/app.ts';
import { STEP_MS, stepOf, stepStartMs } from '../../src/catalog/time.ts';
import { simulateFleet } from '../../src/simulate/live/fleet.ts';
import { type Found, LATE_ROWS, type Row, send, windowOf } from './rows.ts';
import {
  eventually,
  freePort,
  getJson,
  type Serving,
  serve,
  stop,
  stopAfter,
  temporaryFolder,
} from './support.ts';

/** ARGUS_CRASH_ROUNDS asks for more kills than a build has time for. */
const ROUNDS = Number(process.env.ARGUS_CRASH_ROUNDS ?? 6);
const LONGEST_ROUND_MS = 1500;
/** More of them for more rounds: the window counts 255 points of a step and metric exactly. */
const SERVERS = Array.from({ length: Math.max(4, ROUNDS) }, (_, index) => `crash-${index}`);
/** The one that is in trouble from the beginning. */
const IN_TROUBLE = SERVERS[0];
/** Steps before the present one that history covers, and the rows that come late. */
const HISTORY = { oldest: 270, newest: 60 };
const LATE = { oldest: 59, newest: 3 };
/** The API rounds what it shows. */
const TOLERANCE = 1e-2;

/** Small random numbers that are the same in each run. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** What a window has to hold: acknowledged rows for certain, unanswered ones perhaps. */
class Ledger {
  readonly #acknowledged = new Map<string, Row[]>();
  #unanswered: readonly Row[] = [];

  acknowledge(rows: readonly Row[]): void {
    for (const row of rows) {
      const key = `${row.server} ${row.step}`;
      const known = this.#acknowledged.get(key);
      if (known === undefined) this.#acknowledged.set(key, [row]);
      else known.push(row);
    }
  }

  leaveOpen(rows: readonly Row[]): void {
    this.#unanswered = rows;
  }

  /** Compares the window with the rows; what was unanswered is settled by what is found. */
  async check(addresses: AppAddresses): Promise<void> {
    const isThere: boolean[] = [];
    for (const server of SERVERS) {
      const window = await windowOf(addresses, server);
      const steps = new Set([...this.#rowsOf(server), ...this.#openOf(server)].map(({ step }) => step));
      for (const step of steps) {
        const known = this.#acknowledged.get(`${server} ${step}`) ?? [];
        const open = this.#openOf(server).filter((row) => row.step === step);
        const found = window(step);
        if (isMeanOf(known, found)) {
          if (open.length > 0) isThere.push(false);
          continue;
        }
        assert.ok(open.length > 0, `${server}, step ${step}: ${known.length} rows, ${JSON.stringify(found)}`);
        assert.ok(isMeanOf([...known, ...open], found), `${server}, step ${step}: half of a request`);
        isThere.push(true);
      }
    }
    if (isThere.includes(true)) this.acknowledge(this.#unanswered);
    // A request is taken as a whole or not at all.
    assert.ok(new Set(isThere).size <= 1, 'a request was taken in part');
    this.#unanswered = [];
  }

  #rowsOf(server: string): readonly Row[] {
    return [...this.#acknowledged.values()].flat().filter((row) => row.server === server);
  }

  #openOf(server: string): readonly Row[] {
    return this.#unanswered.filter((row) => row.server === server);
  }
}

function isMeanOf(rows: readonly Row[], { memory, load }: Found): boolean {
  if (rows.length === 0) return memory === null && load === null;
  const mean = (value: (row: Row) => number) => rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
  const near = (found: number | null, expected: number) =>
    found !== null && Math.abs(found - expected) < TOLERANCE;
  return (
    near(
      memory,
      mean((row) => row.memoryPercent),
    ) &&
    near(
      load,
      mean((row) => row.load),
    )
  );
}

function historyRows(presentStep: number): readonly Row[] {
  const rows: Row[] = [];
  for (let step = presentStep - HISTORY.oldest; step <= presentStep - HISTORY.newest; step++) {
    SERVERS.forEach((server, index) => {
      const timeMs = stepStartMs(step) + 1000;
      rows.push({ server, step, timeMs, memoryPercent: 40 + index + (step % 7), load: 1 + (step % 5) });
    });
  }
  return rows;
}

/** A row of a closed step; no two have the same time. */
function lateRow(presentStep: number, number: number, roll: (sides: number) => number): Row {
  const server = SERVERS[roll(SERVERS.length)];
  const step = presentStep - LATE.newest - roll(LATE.oldest - LATE.newest + 1);
  const memoryPercent = server === IN_TROUBLE ? 97 : 30 + roll(400) / 10;
  return {
    server,
    step,
    timeMs: stepStartMs(step) + 2000 + (number % 200_000),
    memoryPercent,
    load: roll(80) / 10,
  };
}

interface Alerts {
  readonly alerts: readonly { readonly id: string; readonly server_name: string; readonly level: string }[];
}

async function alertIds({ rest }: AppAddresses): Promise<readonly string[] | undefined> {
  const answer = await getJson<Alerts>(`${rest}/alerts/active?server=${IN_TROUBLE}`);
  const ids = answer?.alerts.map(({ id, level }) => `${id} ${level}`);
  return ids?.length === 0 ? undefined : ids;
}

interface Setup {
  start(): Promise<Serving>;
}

async function setUp(t: TestContext): Promise<Setup> {
  const dataDir = temporaryFolder(t);
  const args = [
    ...['--http', `127.0.0.1:${await freePort()}`],
    ...['--otlp-grpc', `127.0.0.1:${await freePort()}`],
    ...['--otlp-http', `127.0.0.1:${await freePort()}`],
  ];
  return { start: () => serve(t, { dataDir, args, settings: LATE_ROWS }) };
}

describe('a backend that is killed', () => {
  it(`has every acknowledged row of closed steps after each of ${ROUNDS} kills, and its alerts`, async (t) => {
    const { start } = await setUp(t);
    const presentStep = stepOf(Date.now());
    const roll = dice(20_261_124);
    const ledger = new Ledger();
    let serving = await start();
    const past = historyRows(presentStep);
    assert.ok(await send(serving.addresses, past));
    ledger.acknowledge(past);
    // The newest closed steps are what an alert is made from.
    const newest = [4, 3, 2].map((age) => {
      const step = presentStep - age;
      return { server: IN_TROUBLE, step, timeMs: stepStartMs(step) + 1000, memoryPercent: 97, load: 2 };
    });
    assert.ok(await send(serving.addresses, newest));
    ledger.acknowledge(newest);
    stopAfter(
      t,
      simulateFleet(
        { endpoint: serving.addresses.otlpGrpc, servers: 3, historyHours: 1, intervalSeconds: 1 },
        { print: () => {} },
      ),
    );
    const alerts = await eventually('an alert', () => alertIds(serving.addresses));

    let sent = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const killed = sleep(roll(LONGEST_ROUND_MS)).then(() => stop(serving, 'SIGKILL'));
      for (;;) {
        const rows = Array.from({ length: 1 + roll(5) }, () => lateRow(presentStep, ++sent, roll));
        if (!(await send(serving.addresses, rows))) {
          ledger.leaveOpen(rows);
          break;
        }
        ledger.acknowledge(rows);
      }
      assert.equal(await killed, 'SIGKILL');
      serving = await start();
      await ledger.check(serving.addresses);
      assert.deepEqual(await alertIds(serving.addresses), alerts);
    }
    t.diagnostic(`${sent} late rows, ${ROUNDS} kills`);
    assert.equal(await stop(serving), 0);
  });

  it('has the one measurement of a closed step that it acknowledged since its start', async (t) => {
    const { start } = await setUp(t);
    const presentStep = stepOf(Date.now());
    const first = await start();
    const past = historyRows(presentStep);
    assert.ok(await send(first.addresses, past));
    await stop(first, 'SIGKILL');

    const second = await start();
    const step = presentStep - 20;
    const row = {
      server: IN_TROUBLE,
      step,
      timeMs: stepStartMs(step) + STEP_MS / 2,
      memoryPercent: 71,
      load: 3,
    };
    assert.ok(await send(second.addresses, [row]));
    await stop(second, 'SIGKILL');

    const third = await start();
    const window = await windowOf(third.addresses, IN_TROUBLE);
    assert.deepEqual(window(step), { memory: 71, load: 3 });
  });
});
