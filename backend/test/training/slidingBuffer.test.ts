import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { PROFILES } from '../../src/catalog/profiles.ts';
import { NEEDED_STEPS } from '../../src/training/datasets/series.ts';
import type { ChunkServer } from '../../src/training/streaming/chunkReader.ts';
import { type Chunk, firstNeeded } from '../../src/training/streaming/chunks.ts';
import { SlidingBuffer } from '../../src/training/streaming/slidingBuffer.ts';
import { CHUNKS_A_CHECKPOINT, StepPlan } from '../../src/training/streaming/stepPlan.ts';

/** Values that tell server and step; a server's rows are missing where its number and the step say so. */
function chunkServers(chunk: Chunk, names: readonly string[]): readonly ChunkServer[] {
  const steps = chunk.lastStep - chunk.firstStep + 1;
  return names.map((name, server) => ({
    name,
    profile: 'database',
    values: Float32Array.from({ length: steps * METRIC_COUNT }, (_, i) => {
      const step = chunk.firstStep + Math.floor(i / METRIC_COUNT);
      return (step + server) % 7 === 0 ? Number.NaN : step * 10 + server;
    }),
  }));
}

/** Chunks of given lengths, with gaps of given lengths before them. */
function chunksOf(lengths: readonly (readonly [gap: number, steps: number])[]): readonly Chunk[] {
  let next = 1000;
  const spans = lengths.map(([gap, steps], i) => {
    const firstStep = next + (i === 0 ? 0 : gap);
    next = firstStep + steps;
    return { file: `${i}`, firstStep, lastStep: next - 1 };
  });
  return spans.map((span) => ({ ...span, keepFrom: Math.max(1000, span.firstStep - NEEDED_STEPS + 1) }));
}

const lengths = fc.array(fc.tuple(fc.constantFrom(0, 0, 0, 5, 120, 900), fc.integer({ min: 1, max: 300 })), {
  minLength: 2,
  maxLength: 12,
});
const place = () => ({ timeZone: 'UTC' });

describe('the sliding buffer', () => {
  it('holds the same whether it slid there or was rebuilt from the chunks that are needed', () => {
    fc.assert(
      fc.property(
        lengths,
        fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 12, maxLength: 12 }),
        (all, who) => {
          const chunks = chunksOf(all);
          const capacity = NEEDED_STEPS + 300;
          const present = (i: number) => ['a', 'b', 'c'].filter((_, bit) => ((who[i] >> bit) & 1) === 1);
          const fill = (buffer: SlidingBuffer, first: number, last: number) => {
            for (const [i, chunk] of chunks.entries()) {
              if (i < first || i > last) continue;
              const span = { first: chunk.firstStep, last: chunk.lastStep };
              buffer.append(chunkServers(chunk, present(i)), span, chunk.keepFrom);
              assert.ok(buffer.steps <= capacity);
            }
            return buffer.series(place);
          };
          const last = chunks.length - 1;
          const slid = fill(new SlidingBuffer(capacity), 0, last);
          assert.deepEqual(fill(new SlidingBuffer(capacity), firstNeeded(chunks, last), last), slid);
          for (const { steps, firstStep } of slid) {
            assert.deepEqual(
              [firstStep, firstStep + steps - 1],
              [chunks[last].keepFrom, chunks[last].lastStep],
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('lets go of servers that measured nothing since', () => {
    const chunks = chunksOf(Array.from({ length: 30 }, () => [0, 24] as const));
    const buffer = new SlidingBuffer(NEEDED_STEPS + 24);
    for (const [i, chunk] of chunks.entries()) {
      const span = { first: chunk.firstStep, last: chunk.lastStep };
      buffer.append(chunkServers(chunk, [`short-lived ${i}`, 'steady']), span, chunk.keepFrom);
    }
    const names = buffer.series(place).map(({ name }) => name);
    assert.equal(names.length, 1 + Math.ceil(NEEDED_STEPS / 24) + 1);
    assert.ok(names.includes('steady') && !names.includes('short-lived 5'));
    assert.equal(PROFILES[buffer.series(place)[0].profile].name, 'database');
  });
});

describe('the steps of a pass', () => {
  const chunks = chunksOf(Array.from({ length: 40 }, () => [0, 24] as const));
  const list = { path: 'made-up', chunks };
  const train = { first: 1000, last: 1000 + 30 * 24 - 1 };

  it('are dealt to the chunks that complete windows, later steps to later chunks, all in every pass', () => {
    const plan = new StepPlan(list, train, 50);
    assert.equal(plan.chunks, 30);
    assert.equal(plan.origins, 30 * 24 - NEEDED_STEPS + 1);
    const pass = Array.from({ length: 50 }, (_, i) => plan.chunkOf(i + 1));
    assert.deepEqual(
      [...new Set(pass)].sort((a, b) => a - b),
      Array.from({ length: 14 }, (_, i) => i + 16),
    );
    assert.deepEqual(
      pass,
      pass.toSorted((a, b) => a - b),
    );
    assert.deepEqual(
      Array.from({ length: 50 }, (_, i) => plan.chunkOf(i + 51)),
      pass,
    );
  });

  it(`are saved after every ${CHUNKS_A_CHECKPOINT} chunks`, () => {
    const plan = new StepPlan(list, train, 50);
    const saved = Array.from({ length: 50 }, (_, i) => i + 1).filter((step) => plan.isSavePoint(step));
    const next = saved.map((step) => plan.chunkOf(step + 1)).filter((chunk) => chunk > 16);
    assert.deepEqual(next, [20, 25]);
  });

  it('need a window in the training part', () => {
    const short = { first: 1000, last: 1000 + NEEDED_STEPS - 2 };
    assert.throws(() => new StepPlan(list, short, 10), { code: 'ARGUS_DATA_TOO_SHORT' });
  });
});
