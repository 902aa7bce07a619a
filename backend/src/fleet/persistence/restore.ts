import { copyFileSync, linkSync, mkdirSync, readdirSync, truncateSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { WINDOW_STEPS } from '../../catalog/time.ts';
import { DataDirectoryUnusableError } from '../errors.ts';
import type { Fleet } from '../fleet.ts';
import type { NewServer, ServerEntry } from '../roster.ts';
import { MAX_STEPS_AHEAD, type PackedRows } from '../window.ts';
import { segmentName, snapshotName, type WindowFiles, windowFiles } from './files.ts';
import { type FrameScan, readFrames } from './frames.ts';
import { clipRows, ForeignFileError, type RecordSink, readRecord, type StoredServer } from './records.ts';

/** A file that could not be read as a whole. */
export interface DamagedFile {
  readonly file: string;
  /** Name of the copy for whoever wants to look into it; null where none could be made. */
  readonly setAsideAs: string | null;
  readonly reason: string;
}

/** What came back from disk at the start. */
export interface RestoreReport {
  readonly servers: number;
  readonly rows: number;
  /** Newest step that was closed when the files were written, or null for an empty folder. */
  readonly newestClosedStep: number | null;
  readonly files: number;
  /** Bytes of writes that a crash cut off; they were never acknowledged, and are removed. */
  readonly tornBytes: number;
  readonly damaged: readonly DamagedFile[];
  /** Rows left out: of servers whose registration is lost, or with times that cannot be. */
  readonly skippedRows: number;
  readonly durationMs: number;
}

export const EMPTY_RESTORE: RestoreReport = {
  servers: 0,
  rows: 0,
  newestClosedStep: null,
  files: 0,
  tornBytes: 0,
  damaged: [],
  skippedRows: 0,
  durationMs: 0,
};

export interface Restored {
  readonly report: RestoreReport;
  /** Higher than the number of any file in the folder. */
  readonly nextSequence: number;
  /** Bytes of the journal segments that were read. */
  readonly journalBytes: number;
}

function newServer(stored: StoredServer): NewServer {
  return {
    name: stored.name,
    profile: 0,
    timeZone: '',
    country: undefined,
    attributes: new Map(stored.attributes),
    firstSeenMs: stored.firstSeenMs,
    lastSeenMs: stored.lastSeenMs,
    heardMs: stored.lastSeenMs,
    measured: stored.measured,
    declaredProfile: stored.profile ?? undefined,
    declaredTimeZone: stored.timeZone ?? undefined,
    declaredCountry: stored.country ?? undefined,
  };
}

/** Applies records to the fleet. */
class Restorer implements RecordSink {
  readonly #fleet: Fleet;
  readonly #byId = new Map<number, ServerEntry>();
  restoredRows = 0;
  skippedRows = 0;
  newestClosedStep: number | null = null;
  /** True once a snapshot's last record was read. */
  ended = false;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  server(stored: StoredServer): void {
    const known = this.#byId.get(stored.id);
    const namesake = this.#fleet.roster.byName(stored.name);
    // The record of its leaving is lost: the newer registration counts.
    if (namesake !== undefined && namesake !== known) this.left(namesake.id);
    if (known !== undefined) {
      this.#fleet.revise(known, newServer(stored));
      return;
    }
    const entry = this.#fleet.restore(newServer(stored), stored.id);
    if (entry !== null) this.#byId.set(stored.id, entry);
  }

  left(id: number): void {
    const entry = this.#byId.get(id);
    if (entry === undefined) return;
    this.#byId.delete(id);
    this.#fleet.forget(entry);
  }

  rows(id: number, stored: PackedRows): void {
    const entry = this.#byId.get(id);
    const { closedStep } = this.#fleet;
    const rows = clipRows(stored, closedStep - WINDOW_STEPS + 1, closedStep + MAX_STEPS_AHEAD);
    this.skippedRows += stored.rows;
    if (entry === undefined || rows === null) return;
    this.skippedRows -= rows.rows;
    this.restoredRows += rows.rows;
    this.#fleet.restoreRows(entry, rows);
  }

  closed(step: number): void {
    this.newestClosedStep = Math.max(this.newestClosedStep ?? 0, step);
  }

  end(): void {
    this.ended = true;
  }
}

function setAside(folder: string, name: string, nowMs: number): string | null {
  const aside = `${name}.damaged-${new Date(nowMs).toISOString().replaceAll(':', '')}`;
  const [from, to] = [path.join(folder, name), path.join(folder, aside)];
  try {
    linkSync(from, to);
    return aside;
  } catch {
    // Not every file system has links.
  }
  try {
    copyFileSync(from, to);
    return aside;
  } catch {
    return null;
  }
}

interface ReadFile {
  readonly scan: FrameScan;
  readonly problem: string | null;
}

const NOTHING_READ: FrameScan = { frames: 0, damagedBytes: 0, tornBytes: 0, fileBytes: 0 };

/** Applies one file; whatever is wrong with it is said, not thrown. */
function readFile(file: string, sink: RecordSink): ReadFile {
  let unreadable = 0;
  try {
    const scan = readFrames(file, (payload) => {
      try {
        readRecord(payload, sink);
      } catch (error) {
        if (error instanceof ForeignFileError) throw error;
        unreadable++;
      }
    });
    const problems = [];
    if (scan.damagedBytes > 0)
      problems.push(`${scan.damagedBytes} of its ${scan.fileBytes} bytes are damaged`);
    if (unreadable > 0) problems.push(`${unreadable} of its records cannot be read`);
    return { scan, problem: problems.length > 0 ? problems.join('; ') : null };
  } catch (error) {
    return { scan: NOTHING_READ, problem: error instanceof Error ? error.message : String(error) };
  }
}

function openFolder(folder: string): WindowFiles {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return windowFiles(readdirSync(folder));
  } catch (error) {
    throw new DataDirectoryUnusableError(folder, error instanceof Error ? error.message : String(error));
  }
}

/** Removes what a crash left over: unfinished snapshots, and files a finished snapshot replaced. */
function removeLeftovers(folder: string, files: WindowFiles, snapshot: number): void {
  const names = [
    ...files.unfinished,
    ...files.snapshots.filter((sequence) => sequence < snapshot).map(snapshotName),
    ...files.segments.filter((sequence) => sequence < snapshot).map(segmentName),
  ];
  for (const name of names) {
    try {
      unlinkSync(path.join(folder, name));
    } catch {
      // It is tried again at the next start; it is not read meanwhile.
    }
  }
}

/**
 * Puts back what the folder holds: the newest snapshot, then the journal segments after it. Damaged places are
 * passed over, and a copy of the file is set aside.
 * @throws DataDirectoryUnusableError where the folder cannot be made or listed
 */
export function restoreFleet(folder: string, fleet: Fleet, nowMs: number): Restored {
  const started = performance.now();
  const files = openFolder(folder);
  const snapshot = files.snapshots.at(-1) ?? 0;
  removeLeftovers(folder, files, snapshot);
  const restorer = new Restorer(fleet);
  const damaged: DamagedFile[] = [];
  let tornBytes = 0;
  let journalBytes = 0;
  const report = (name: string, reason: string): void => {
    damaged.push({ file: name, reason, setAsideAs: setAside(folder, name, nowMs) });
  };

  if (snapshot > 0) {
    const { problem } = readFile(path.join(folder, snapshotName(snapshot)), restorer);
    if (problem !== null) report(snapshotName(snapshot), problem);
    else if (!restorer.ended) report(snapshotName(snapshot), 'its end is missing');
  }
  const segments = files.segments.filter((sequence) => sequence >= snapshot);
  for (const sequence of segments) {
    const name = segmentName(sequence);
    const { scan, problem } = readFile(path.join(folder, name), restorer);
    journalBytes += scan.fileBytes;
    tornBytes += scan.tornBytes;
    if (problem !== null) report(name, problem);
    else if (scan.tornBytes > 0) cutTail(path.join(folder, name), scan.fileBytes - scan.tornBytes);
  }
  return {
    report: {
      servers: fleet.serverCount,
      rows: restorer.restoredRows,
      newestClosedStep: restorer.newestClosedStep,
      files: segments.length + (snapshot > 0 ? 1 : 0),
      tornBytes,
      damaged,
      skippedRows: restorer.skippedRows,
      durationMs: performance.now() - started,
    },
    nextSequence: Math.max(snapshot, files.segments.at(-1) ?? 0) + 1,
    journalBytes,
  };
}

function cutTail(file: string, length: number): void {
  try {
    truncateSync(file, length);
  } catch {
    // The tail is passed over at every start until a snapshot replaces the file.
  }
}
