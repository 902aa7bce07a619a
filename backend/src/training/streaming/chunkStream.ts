import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { placeIn } from '../datasets/files.ts';
import type { ServerSeries } from '../datasets/series.ts';
import { DataTooLargeError } from '../errors.ts';
import type { ChunkReader } from './chunkReader.ts';
import { type ChunkList, firstNeeded } from './chunks.ts';
import { SlidingBuffer } from './slidingBuffer.ts';

/** Cells of the five-minute grid that may be held at once: 400 MB of float32. */
const MAX_CELLS = 100_000_000;

/** Moves through the chunks of a data set, holding only what the windows that end in one chunk need. */
export class ChunkStream {
  readonly #reader: ChunkReader;
  readonly #list: ChunkList;
  readonly #timeZone: string;
  readonly #buffer: SlidingBuffer;
  /** Position of the newest chunk held; -1 before the first. */
  #position = -1;
  #servers: readonly ServerSeries[] = [];

  /**
   * @param timeZone zone of servers whose zone the data does not tell
   * @throws DataTooLargeError where the longest chunk is too much to be held
   */
  constructor(reader: ChunkReader, list: ChunkList, timeZone: string) {
    const steps = Math.max(...list.chunks.map(({ keepFrom, lastStep }) => lastStep - keepFrom + 1));
    const cells = steps * list.servers * METRIC_COUNT;
    if (cells > MAX_CELLS) throw new DataTooLargeError(list.path, `${cells} cells of the grid in one chunk`);
    this.#reader = reader;
    this.#list = list;
    this.#timeZone = timeZone;
    this.#buffer = new SlidingBuffer(steps);
  }

  /** Steps held now. */
  get heldSteps(): number {
    return this.#buffer.steps;
  }

  /** Bytes of rows held now. */
  get heldBytes(): number {
    return this.#buffer.bytes;
  }

  /**
   * Reads on up to a chunk; one before the newest means from the start of the data again.
   * @returns every server over the stretch of time held, valid until the next call
   * @throws DataChunkError
   */
  async advanceTo(position: number): Promise<readonly ServerSeries[]> {
    if (position === this.#position) return this.#servers;
    if (position < this.#position) this.clear();
    const { chunks, placeOf } = this.#list;
    const first = Math.max(this.#position + 1, firstNeeded(chunks, position));
    for (let next = first; next <= position; next++) await this.#append(next);
    this.#position = position;
    this.#servers = this.#buffer.series((name) => placeIn(placeOf(name), this.#timeZone));
    return this.#servers;
  }

  async #append(position: number): Promise<void> {
    const { file, firstStep, lastStep, keepFrom } = this.#list.chunks[position];
    const servers = await this.#reader.read(file, firstStep, lastStep - firstStep + 1);
    this.#buffer.append(servers, { first: firstStep, last: lastStep }, keepFrom);
  }

  /** Forgets what is held. */
  clear(): void {
    this.#buffer.clear();
    this.#servers = [];
    this.#position = -1;
  }
}
