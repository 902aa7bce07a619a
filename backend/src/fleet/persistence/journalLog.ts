import type { FleetLog } from '../log.ts';
import type { Roster, ServerEntry } from '../roster.ts';
import { RING_ROWS, type StepWindow } from '../window.ts';
import { FrameBuffer } from './frames.ts';
import type { Journal } from './journal.ts';
import { appendClosed, appendLeft, appendRows, appendServer, type RowReference } from './records.ts';

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
    if (this.#changedRows.size === 0) return;
    this.#appendChanges();
    this.#journal.append(this.#frames.take());
  }

  stepsClosed(from: number, to: number): void {
    this.#appendChanges();
    for (let step = from; step <= to; step++) appendRows(this.#frames, this.#window, [...this.#rowsOf(step)]);
    appendClosed(this.#frames, to);
    this.#journal.append(this.#frames.take());
    void this.#journal.sync();
  }

  /** Writes everything that is waiting: before a segment ends. */
  flush(): void {
    this.#appendChanges();
    this.#journal.append(this.#frames.take());
  }

  #appendChanges(): void {
    for (const server of this.#changedServers) appendServer(this.#frames, server);
    this.#changedServers.clear();
    appendRows(this.#frames, this.#window, [...this.#takeChangedRows()]);
  }

  /**
   * The step of a changed row is read back from the ring: where the ring moved on meanwhile, or the slot has a new
   * owner, the row's present content is written, which is right as well.
   */
  *#takeChangedRows(): Iterable<RowReference> {
    for (const key of this.#changedRows) {
      const slot = Math.floor(key / RING_ROWS);
      const server = this.#roster.bySlot(slot);
      if (server === undefined) continue;
      const newest = this.#window.newestStep(slot);
      const behind = (newest - (key % RING_ROWS) + RING_ROWS) % RING_ROWS;
      const step = newest - behind;
      if (this.#window.hasStep(slot, step)) yield { server, step };
    }
    this.#changedRows.clear();
  }

  *#rowsOf(step: number): Iterable<RowReference> {
    for (const server of this.#roster.values())
      if (this.#window.hasStep(server.index, step)) yield { server, step };
  }
}
