import type { FleetLog } from '../log.ts';
import type { Roster, ServerEntry } from '../roster.ts';
import { RING_ROWS, type StepWindow } from '../window.ts';
import { FrameBuffer } from './frames.ts';
import type { Journal } from './journal.ts';
import {
  appendClosed,
  appendLeft,
  appendRows,
  appendServer,
  ROWS_A_FRAME,
  type RowReference,
} from './records.ts';

/** Frames are handed to the journal in parts of this size, so that a day of late rows is never in memory twice. */
const LARGE_WRITE_BYTES = 1024 * 1024;

/** Turns what happens in the fleet into journal records. */
export class JournalLog implements FleetLog {
  readonly #journal: Journal;
  readonly #roster: Roster;
  readonly #window: StepWindow;
  readonly #frames = new FrameBuffer();
  /** Servers whose newest identity is not in the journal. */
  readonly #changedServers = new Set<ServerEntry>();
  /** Rows of closed steps that changed since the last commit, as slot × RING_ROWS + row. */
  readonly #changedRows = new Set<number>();

  constructor(journal: Journal, roster: Roster, window: StepWindow) {
    this.#journal = journal;
    this.#roster = roster;
    this.#window = window;
  }

  serverChanged(server: ServerEntry): void {
    this.#changedServers.add(server);
  }

  serverLeft(server: ServerEntry): void {
    this.#changedServers.delete(server);
    appendLeft(this.#frames, server.id);
  }

  rowChanged(slot: number, step: number): void {
    this.#changedRows.add(slot * RING_ROWS + (step % RING_ROWS));
  }

  commit(): void {
    if (this.#changedRows.size > 0) this.flush();
  }

  stepsClosed(from: number, to: number): void {
    this.#appendChanges();
    for (let step = from; step <= to; step++) this.#appendRows(this.#rowsOf(step));
    appendClosed(this.#frames, to);
    this.#write();
    void this.#journal.sync();
  }

  /** Writes everything that is waiting. */
  flush(): void {
    this.#appendChanges();
    this.#write();
  }

  #appendChanges(): void {
    for (const server of this.#changedServers) {
      appendServer(this.#frames, server);
      this.#writeIfLarge();
    }
    this.#changedServers.clear();
    this.#appendRows(this.#changedRowReferences());
    this.#changedRows.clear();
  }

  #appendRows(rows: Iterable<RowReference>): void {
    let some: RowReference[] = [];
    for (const row of rows) {
      some.push(row);
      if (some.length < ROWS_A_FRAME) continue;
      appendRows(this.#frames, this.#window, some);
      some = [];
      this.#writeIfLarge();
    }
    if (some.length > 0) appendRows(this.#frames, this.#window, some);
  }

  #writeIfLarge(): void {
    if (this.#frames.length >= LARGE_WRITE_BYTES) this.#write();
  }

  #write(): void {
    this.#journal.append(this.#frames.take());
  }

  /**
   * The step of a changed row is read back from the ring: where the ring moved on meanwhile, or the slot has a new
   * owner, the row's present content is written, which is right as well.
   */
  *#changedRowReferences(): Iterable<RowReference> {
    for (const key of this.#changedRows) {
      const slot = Math.floor(key / RING_ROWS);
      const server = this.#roster.bySlot(slot);
      if (server === undefined) continue;
      const newest = this.#window.newestStep(slot);
      const behind = (newest - (key % RING_ROWS) + RING_ROWS) % RING_ROWS;
      const step = newest - behind;
      if (this.#window.hasStep(slot, step)) yield { server, step };
    }
  }

  *#rowsOf(step: number): Iterable<RowReference> {
    for (const server of this.#roster.values())
      if (this.#window.hasStep(server.index, step)) yield { server, step };
  }
}
