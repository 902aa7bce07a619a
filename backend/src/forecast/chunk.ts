/** Filling a chunk: windows, calendar and identity of a few servers, laid out as the network reads them. */

import { CALENDAR_SIZE, isTimeZone, writeCalendar, yesterdayRows } from '../catalog/calendar.ts';
import type { HolidayBook } from '../catalog/holidays.ts';
import type { ServerMode } from '../catalog/levels.ts';
import { TARGET_COUNT } from '../catalog/targets.ts';
import type { FleetView, Server } from '../fleet/types.ts';
import type { ForecastBatch } from './batch.ts';
import { createBatch, FORECAST_SIZE, WINDOW_SIZE } from './batch.ts';
import { hasTarget } from './finish.ts';
import { serverBucket, UNKNOWN_SERVER } from './hash.ts';
import type { Manifest } from './manifest.ts';
import { SCORED_SIZE } from './scored.ts';
import type { ForecastChunk } from './types.ts';
import { alignYesterday } from './yesterday.ts';

/** Zone of servers whose own is none. */
const FALLBACK_ZONE = 'UTC';

/** Whether a slot still belongs to the server it did. */
export function isStill(fleet: FleetView, server: Server): boolean {
  return fleet.byIndex(server.index)?.name === server.name;
}

/** Memory for the servers of one call of the network; used again and again. */
export class Chunk {
  readonly batch: ForecastBatch;
  readonly #capacity: number;
  readonly #slots: Int32Array;
  #servers: Server[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.batch = createBatch(capacity);
    this.#slots = new Int32Array(capacity);
  }

  get servers(): readonly Server[] {
    return this.#servers;
  }

  get count(): number {
    return this.#servers.length;
  }

  get isFull(): boolean {
    return this.#servers.length === this.#capacity;
  }

  clear(): void {
    this.#servers = [];
  }

  /** Takes the row that was filled last into the chunk. */
  push(server: Server): void {
    this.#slots[this.#servers.length] = server.index;
    this.#servers.push(server);
  }

  /** Takes servers that left the fleet while their forecast was made out of the chunk. */
  dropDeparted(fleet: FleetView): void {
    const { window, quantiles, scored, forecasters } = this.batch;
    const kept: Server[] = [];
    for (const [row, server] of this.#servers.entries()) {
      if (!isStill(fleet, server)) continue;
      const to = kept.length;
      if (to !== row) {
        moveRow(window, row, to, WINDOW_SIZE);
        moveRow(quantiles, row, to, FORECAST_SIZE);
        moveRow(scored, row, to, SCORED_SIZE);
        moveRow(forecasters, row, to, TARGET_COUNT);
        this.#slots[to] = server.index;
      }
      kept.push(server);
    }
    this.#servers = kept;
  }

  /** The chunk as its consumer sees it. */
  view(originStep: number, modes: readonly ServerMode[]): ForecastChunk {
    const { count } = this;
    return {
      originStep,
      count,
      servers: this.#slots.subarray(0, count),
      windows: this.batch.window.subarray(0, count * WINDOW_SIZE),
      quantiles: this.batch.quantiles.subarray(0, count * FORECAST_SIZE),
      modes,
    };
  }
}

function moveRow(array: Float32Array | Uint8Array, from: number, to: number, size: number): void {
  array.copyWithin(to * size, from * size, (from + 1) * size);
}

/** What the place of a server adds to its inputs. */
interface LocalInputs {
  /** [PATCH_COUNT][CALENDAR_COUNT] */
  readonly calendar: Float32Array;
  readonly yesterday: Int16Array | null;
}

/** Fills rows of chunks for one origin. Calendars are computed once for each zone and country. */
export class ChunkFiller {
  readonly #fleet: FleetView;
  readonly #originStep: number;
  readonly #holidays: HolidayBook;
  readonly #places = new Map<string, LocalInputs>();

  constructor(fleet: FleetView, originStep: number, holidays: HolidayBook) {
    this.#fleet = fleet;
    this.#originStep = originStep;
    this.#holidays = holidays;
  }

  /**
   * Adds a server to a chunk that is not full; yesterday is aligned in its window.
   * @param hash how the model in use knows servers; undefined without a model
   * @returns false, with the chunk as it was, where no target is measured in the server's window
   */
  add(chunk: Chunk, server: Server, hash: Manifest['server_hash'] | undefined): boolean {
    const row = chunk.count;
    const { batch } = chunk;
    this.#fleet.copyWindow(server.index, this.#originStep, batch.window, row * WINDOW_SIZE);
    if (!hasTarget(batch.window, row * WINDOW_SIZE)) return false;
    const { calendar, yesterday } = this.#localInputs(server);
    alignYesterday(batch.window, row * WINDOW_SIZE, yesterday);
    batch.calendar.set(calendar, row * CALENDAR_SIZE);
    batch.profile[row] = server.profile;
    batch.server[row] =
      hash === undefined ? UNKNOWN_SERVER : serverBucket(server.name, hash.seed, hash.buckets);
    chunk.push(server);
    return true;
  }

  #localInputs({ timeZone, country }: Server): LocalInputs {
    const place = `${timeZone} ${country ?? ''}`;
    let inputs = this.#places.get(place);
    if (inputs === undefined) {
      const zone = isTimeZone(timeZone) ? timeZone : FALLBACK_ZONE;
      const calendar = new Float32Array(CALENDAR_SIZE);
      writeCalendar(this.#originStep, zone, this.#holidays.of(country), calendar, 0);
      inputs = { calendar, yesterday: yesterdayRows(this.#originStep, zone) };
      this.#places.set(place, inputs);
    }
    return inputs;
  }
}
