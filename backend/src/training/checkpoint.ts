import { readFile } from 'node:fs/promises';
import { writeAtomically } from '../fleet/persistence/wholeFile.ts';
import { CheckpointError } from './errors.ts';
import type { EpochReport } from './reporter.ts';
import type { ChunkPlace } from './source.ts';
import { bytesOf } from './weights.ts';

/** Sums over the steps of an epoch so far. */
export interface EpochTotals {
  readonly loss: number;
  readonly gradientNorm: number;
  /** Steps taken. */
  readonly steps: number;
  /** Steps that found nothing to learn from. */
  readonly passedOver: number;
  readonly seconds: number;
}
export const NO_TOTALS: EpochTotals = { loss: 0, gradientNorm: 0, steps: 0, passedOver: 0, seconds: 0 };

/**
 * Where a run stands. Sampling and dropout need no state of their own: their numbers follow from the seed and the step.
 */
export interface Checkpoint {
  /** What the run was started with; another run's checkpoint is refused. */
  readonly fingerprint: string;
  /** Steps done, which also tell the epoch. */
  readonly step: number;
  /** Of the epoch under way. */
  readonly totals: EpochTotals;
  /** Where the last step stood in data that is read chunk by chunk; null elsewhere. */
  readonly place: ChunkPlace | null;
  /** Best validation score so far and the epoch it was reached in; null before the first validation. */
  readonly best: { readonly epoch: number; readonly score: number } | null;
  /** Reports of the epochs done. */
  readonly epochs: readonly EpochReport[];
  readonly weights: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
  /** Moving average of the weights. */
  readonly average: Float32Array;
  /** The average at the best validation. */
  readonly bestAverage: Float32Array;
}

const FORMAT = 2;
const ARRAYS = ['weights', 'firstMoment', 'secondMoment', 'average', 'bestAverage'] as const;
const LENGTH_BYTES = 4;
const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;

interface Header {
  readonly format: number;
  readonly count: number;
  readonly fingerprint: string;
  readonly step: number;
  readonly totals: EpochTotals;
  readonly place: Checkpoint['place'];
  readonly best: Checkpoint['best'];
  readonly epochs: readonly EpochReport[];
}

/** Layout: uint32 header length, JSON header, then the arrays in float32, all little-endian. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { fingerprint, step, totals, place, best, epochs } = checkpoint;
  const header: Header = {
    format: FORMAT,
    count: checkpoint.weights.length,
    fingerprint,
    step,
    totals,
    place,
    best,
    epochs,
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, text.length, true);
  await writeAtomically(path, [length, text, ...ARRAYS.map((name) => bytesOf(checkpoint[name]))]);
}

/** @throws CheckpointError where the file is absent, damaged or another run's */
export async function readCheckpoint(path: string, fingerprint: string): Promise<Checkpoint> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) throw new CheckpointError(path, 'it is not there; start without --resume.');
  const { header, start } = readHeader(path, bytes);
  if (header.format !== FORMAT) {
    throw new CheckpointError(path, 'it was written by another version of Argus; start without --resume.');
  }
  if (header.fingerprint !== fingerprint) {
    throw new CheckpointError(
      path,
      'it belongs to a run with other data or settings; start without --resume.',
    );
  }
  const size = header.count * FLOAT_BYTES;
  if (bytes.length !== start + ARRAYS.length * size) {
    throw new CheckpointError(path, 'it is damaged or incomplete; start without --resume.');
  }
  const array = (position: number): Float32Array => {
    const from = bytes.byteOffset + start + position * size;
    return new Float32Array(bytes.buffer.slice(from, from + size));
  };
  const [weights, firstMoment, secondMoment, average, bestAverage] = ARRAYS.map((_, i) => array(i));
  const { step, totals, place, best, epochs } = header;
  const arrays = { weights, firstMoment, secondMoment, average, bestAverage };
  return { fingerprint, step, totals, place, best, epochs, ...arrays };
}

function readHeader(path: string, bytes: Buffer): { header: Header; start: number } {
  try {
    const start = LENGTH_BYTES + bytes.readUInt32LE(0);
    return { header: JSON.parse(bytes.toString('utf8', LENGTH_BYTES, start)) as Header, start };
  } catch {
    throw new CheckpointError(path, 'its header cannot be read; start without --resume.');
  }
}
