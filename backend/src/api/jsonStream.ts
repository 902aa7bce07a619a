/** Large JSON answers, written in slices so that nothing else has to wait for them. */
import { Readable } from 'node:stream';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';

/** Entries written between two turns of the event loop: about 2 ms of work. */
const SLICE_ENTRIES = 32;
/** Slices made ahead of the client; a slow one is waited for. */
const SLICES_AHEAD = 2;

/** One entry of a JSON object (with a key) or of an array (without), as text. */
export type JsonEntry = string;

/**
 * A stream of `head`, the entries separated by commas, and `tail`. Work stops when the client goes away.
 * @param entries made one by one, only as fast as the client reads
 * @param tail made last, so that it may tell what happened meanwhile
 */
export function jsonStream(head: string, entries: Iterable<JsonEntry>, tail: () => string): Readable {
  return Readable.from(slices(head, entries, tail), { objectMode: true, highWaterMark: SLICES_AHEAD });
}

async function* slices(
  head: string,
  entries: Iterable<JsonEntry>,
  tail: () => string,
): AsyncGenerator<Buffer> {
  let slice = head;
  let written = 0;
  for (const entry of entries) {
    slice += written === 0 ? entry : `,${entry}`;
    written += 1;
    if (written % SLICE_ENTRIES === 0) {
      yield Buffer.from(slice);
      slice = '';
      await eventLoopTurn();
    }
  }
  yield Buffer.from(slice + tail());
}
