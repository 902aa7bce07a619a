import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { FrameBuffer, readFrames } from '../../src/fleet/persistence/frames.ts';
import {
  abandon,
  assertSameContent,
  contentOf,
  liveFor,
  newStage,
  temporaryFolder,
  windowFilesIn,
} from './diskSupport.ts';
import { HeldClock, START_MS } from './support.ts';

const NAMES = Array.from({ length: 12 }, (_, i) => `server-${i}`);
const STEPS = 24;

/** A folder with one snapshot and one journal segment behind it, and what they hold. */
async function keptFolder(t: TestContext) {
  const dataDir = temporaryFolder(t);
  const clock = new HeldClock(START_MS);
  const stage = newStage(dataDir, { clock });
  await stage.open();
  liveFor(stage.fleet, clock, NAMES, STEPS / 2);
  await stage.snapshot();
  liveFor(stage.fleet, clock, NAMES, STEPS / 2);
  abandon(dataDir);
  const files = windowFilesIn(dataDir, /\.(bin|log)$/).map((name) => join(dataDir, 'window', name));
  return { dataDir, clock, stage, files, bytes: files.map((file) => readFileSync(file)) };
}

/** Every value that is there must be the one that was written. @returns how many there are */
function countTrueValues(actual: Map<string, unknown>, expected: Map<string, unknown>): number {
  let values = 0;
  for (const [name, content] of actual) {
    const { window } = content as { window: Float32Array };
    const wanted = (expected.get(name) as { window: Float32Array }).window;
    for (let i = 0; i < window.length; i++) {
      if (Number.isNaN(window[i])) continue;
      values++;
      assert.equal(window[i], wanted[i]);
    }
  }
  return values;
}

describe('damaged files', () => {
  it('never stop the start: the sound part is back, the file is set aside and reported', async (t) => {
    const kept = await keptFolder(t);
    const expected = contentOf(kept.stage.fleet);
    const all = countTrueValues(expected, expected);
    const flips = fc.array(
      fc.record({ at: fc.double({ min: 0, max: 0.999999, noNaN: true }), bit: fc.nat(7) }),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(1), flips, async (which, places) => {
        const dataDir = temporaryFolder(t);
        const stage = newStage(dataDir, { clock: kept.clock });
        await stage.open();
        abandon(dataDir);
        const damaged = Buffer.from(kept.bytes[which]);
        for (const { at, bit } of places) damaged[Math.floor(at * damaged.length)] ^= 1 << bit;
        kept.files.forEach((file, i) => {
          const target = file.replace(kept.dataDir, dataDir);
          writeFileSync(target, i === which ? damaged : kept.bytes[i]);
        });
        const after = newStage(dataDir, { clock: kept.clock });
        const report = await after.open();
        const isChanged = !damaged.equals(kept.bytes[which]);
        const values = countTrueValues(contentOf(after.fleet), expected);
        assert.ok(values > all / 3, `${values} of ${all} values are back`);
        assert.equal(report.damaged.length > 0 || report.tornBytes > 0, isChanged);
        for (const { setAsideAs } of report.damaged)
          assert.ok(setAsideAs !== null && existsSync(join(dataDir, 'window', setAsideAs)));
        await after.stop();

        const again = newStage(dataDir, { clock: kept.clock });
        const second = await again.open();
        assert.deepEqual(second.damaged, [], 'what was read is whole again');
        assertSameContent(again.fleet, after.fleet);
        await again.stop();
      }),
      { numRuns: 60 },
    );
  });

  it('lose nothing but what follows when they are shorter than they were', async (t) => {
    const kept = await keptFolder(t);
    const expected = contentOf(kept.stage.fleet);
    for (const part of [0, 0.001, 0.3, 0.7, 0.99]) {
      for (const which of [0, 1]) {
        const dataDir = temporaryFolder(t);
        const stage = newStage(dataDir, { clock: kept.clock });
        await stage.open();
        abandon(dataDir);
        kept.files.forEach((file, i) => {
          const bytes = i === which ? kept.bytes[i].subarray(0, part * kept.bytes[i].length) : kept.bytes[i];
          writeFileSync(file.replace(kept.dataDir, dataDir), bytes);
        });
        const after = newStage(dataDir, { clock: kept.clock });
        await after.open();
        countTrueValues(contentOf(after.fleet), expected);
        await after.stop();
      }
    }
  });
});

describe('frames', () => {
  it('are found again behind any garbage, and nothing that was not written is read', (t) => {
    const file = join(temporaryFolder(t), 'frames');
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((bytes) => ({ sound: true, bytes: Buffer.from(bytes) })),
      fc
        .uint8Array({ minLength: 1, maxLength: 60 })
        .map((bytes) => ({ sound: false, bytes: Buffer.from(bytes) })),
      // Half a frame, with its magic and a length that reaches into what follows.
      fc.uint8Array({ minLength: 20, maxLength: 60 }).map((bytes) => {
        const frames = new FrameBuffer();
        frames.append(bytes.length, (payload) => payload.set(bytes));
        return { sound: false, bytes: Buffer.from(frames.take().subarray(0, 20)) };
      }),
    );
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 30 }), (chunks) => {
        const frames = new FrameBuffer();
        const parts = chunks.map(({ sound, bytes }) => {
          if (!sound) return bytes;
          frames.append(bytes.length, (payload) => payload.set(bytes));
          return Buffer.from(frames.take());
        });
        writeFileSync(file, Buffer.concat(parts));
        const read: Buffer[] = [];
        const scan = readFrames(file, (payload) => read.push(Buffer.from(payload)));
        const sound = chunks.filter((each) => each.sound).map((each) => each.bytes);
        assert.deepEqual(read, sound);
        assert.equal(scan.frames, sound.length);
        const garbage = chunks
          .filter((each) => !each.sound)
          .reduce((sum, each) => sum + each.bytes.length, 0);
        assert.equal(scan.damagedBytes + scan.tornBytes, garbage);
      }),
      { numRuns: 300 },
    );
  });

  it('may be longer than what is read at a time', (t) => {
    const file = join(temporaryFolder(t), 'frames');
    const frames = new FrameBuffer();
    for (const length of [3_000_000, 10, 1_048_576])
      frames.append(length, (payload) => payload.fill(length % 251));
    writeFileSync(file, frames.take());
    const lengths: number[] = [];
    readFrames(file, (payload) => lengths.push(payload.length));
    assert.deepEqual(lengths, [3_000_000, 10, 1_048_576]);
  });
});
