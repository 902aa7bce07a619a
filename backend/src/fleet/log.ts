import type { ServerEntry } from './roster.ts';

/** What the fleet tells its journal. Every call is synchronous and never throws: a full disk must not stop forecasts. */
export interface FleetLog {
  /** A server joined, or what it says about itself changed. */
  serverChanged(server: ServerEntry): void;
  serverLeft(server: ServerEntry): void;
  /** A row of an already closed step changed. */
  rowChanged(slot: number, step: number): void;
  /** Writes the changed rows, and the servers they belong to. */
  commit(): void;
  /** Steps `from` to `to` (inclusive) closed: writes their rows, and asks the disk to keep them. */
  stepsClosed(from: number, to: number): void;
}

/** The log of a fleet that lives in memory only. */
export const noLog: FleetLog = {
  serverChanged() {},
  serverLeft() {},
  rowChanged() {},
  commit() {},
  stepsClosed() {},
};
