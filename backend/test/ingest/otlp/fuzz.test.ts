import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonToProtobuf } from '../../../src/ingest/otlp/jsonMessage.ts';
import { collectorHost } from './collectorShape.ts';
import { encodeRequest, jsonRequest } from './messages.ts';
import { Bench, MINUTE, NOW } from './support.ts';

/** Rounds of each test; set ARGUS_FUZZ_ROUNDS for a long run. */
const ROUNDS = Number(process.env.ARGUS_FUZZ_ROUNDS ?? 3000);
const SEED = Number(process.env.ARGUS_FUZZ_SEED ?? 20_261_124);
const BOOT = NOW - 24 * 60 * MINUTE;

/** A small seeded generator (mulberry32), so that a failing round can be run again. */
function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Mutation = (body: Buffer, below: (limit: number) => number) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  // One bit.
  (body, below) => {
    body[below(body.length)] ^= 1 << below(8);
    return body;
  },
  // One byte becomes an extreme.
  (body, below) => {
    body[below(body.length)] = [0, 0x7f, 0x80, 0xff][below(4)];
    return body;
  },
  // Cut off.
  (body, below) => body.subarray(0, below(body.length)),
  // A piece is left out.
  (body, below) => {
    const from = below(body.length);
    return Buffer.concat([body.subarray(0, from), body.subarray(from + below(40))]);
  },
  // A piece comes twice.
  (body, below) => {
    const from = below(body.length);
    const to = from + below(40);
    return Buffer.concat([body.subarray(0, to), body.subarray(from)]);
  },
  // A piece moves elsewhere.
  (body, below) => {
    const piece = Buffer.from(body.subarray(below(body.length)).subarray(0, 16));
    piece.copy(body, below(body.length));
    return body;
  },
];

function mutate(original: Buffer, next: () => number): Buffer {
  const below = (limit: number) => Math.floor(next() * Math.max(1, limit));
  let body: Buffer = Buffer.from(original);
  for (let count = 1 + below(4); count > 0; count--) body = MUTATIONS[below(MUTATIONS.length)](body, below);
  return body;
}

const shape = (name: string) => ({ name, cpus: 1, devices: 1, mounts: 1 });

/** Takes what is thrown at it; only coded client errors may come out. */
function exportHostile(bench: Bench, body: Buffer, round: number): boolean {
  try {
    bench.service.export(body);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    assert.ok(code === 'ARGUS_OTLP_MALFORMED' || code === 'ARGUS_OTLP_TOO_LARGE', `round ${round}: ${error}`);
    return false;
  }
}

test('mutated messages never do more than be refused, and other servers’ numbers stay exact', () => {
  const next = random(SEED);
  const bench = new Bench();
  const alone = new Bench();
  const victim = (timeMs: number) => encodeRequest(collectorHost(shape('victim'), BOOT, timeMs));
  let malformed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const timeMs = NOW - 60 * MINUTE + (round % 3000) * 1000;
    const hostile = encodeRequest(collectorHost(shape(`hostile-${round % 20}`), BOOT, timeMs));
    if (!exportHostile(bench, mutate(hostile, next), round)) malformed++;
    if (round % 50 === 0) {
      bench.service.export(victim(timeMs));
      alone.service.export(victim(timeMs));
    }
  }
  bench.settle();
  alone.settle();
  const ofVictim = bench.intake.measurements.filter(({ server }) => server === 'victim');
  assert.ok(malformed > ROUNDS / 10);
  assert.ok(ofVictim.length >= 10);
  assert.deepEqual(ofVictim, alone.intake.measurements);
  for (const { value } of bench.intake.measurements) assert.ok(Number.isFinite(value) && value >= 0);
});

test('random bytes never do more than be refused', () => {
  const next = random(SEED + 1);
  const bench = new Bench();
  for (let round = 0; round < ROUNDS; round++) {
    const body = Buffer.from(Array.from({ length: Math.floor(next() * 60) }, () => Math.floor(next() * 256)));
    exportHostile(bench, body, round);
  }
});

test('mutated JSON never does more than be refused', () => {
  const next = random(SEED + 2);
  const bench = new Bench();
  const text = Buffer.from(JSON.stringify(jsonRequest(collectorHost(shape('json'), BOOT, NOW).slice(0, 3))));
  for (let round = 0; round < ROUNDS; round++) {
    try {
      exportHostile(bench, jsonToProtobuf(mutate(text, next)), round);
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'ARGUS_OTLP_MALFORMED', `round ${round}: ${error}`);
    }
  }
});
