import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { DataDirectoryLockedError, DataDirectoryUnusableError } from '../errors.ts';

const LOCK_NAME = 'lock';
/** A lock of another host (a shared volume) counts as held while it was refreshed within this time. */
const FOREIGN_LOCK_MS = 120_000;
const START_TIME_FIELD = 19;

interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the kernel's ticks since boot; null where the system does not say. */
  readonly started: string | null;
}

/** Tells a process from a later one with the same number. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command may contain spaces; fields are counted from its closing bracket.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD];
  } catch {
    return null;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function parseOwner(text: string): LockOwner | null {
  try {
    const value = JSON.parse(text) as Partial<LockOwner>;
    if (!Number.isInteger(value.pid) || typeof value.host !== 'string') return null;
    return { pid: Number(value.pid), host: value.host, started: value.started ?? null };
  } catch {
    return null;
  }
}

function isAlive(owner: LockOwner, file: string): boolean {
  if (owner.host !== hostname()) return Date.now() - statSync(file).mtimeMs < FOREIGN_LOCK_MS;
  return exists(owner.pid) && (owner.started === null || owner.started === startOf(owner.pid));
}

/** Keeps a second process out of a data directory, or from a file in it. */
export class DirectoryLock {
  readonly #file: string;
  readonly #text: string;

  private constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  /**
   * Takes the lock; that of a process that is gone is replaced.
   * @param name of the lock's own file
   * @throws DataDirectoryLockedError where a living process has it, DataDirectoryUnusableError
   */
  static take(folder: string, name = LOCK_NAME): DirectoryLock {
    const file = path.join(folder, name);
    const own: LockOwner = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
    const text = JSON.stringify(own);
    const draft = `${file}.${process.pid}`;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(draft, text, { mode: 0o600 });
      try {
        // Two tries: the second after a dead owner's lock was moved away.
        if (!tryLink(draft, file)) {
          removeDead(folder, file);
          if (!tryLink(draft, file)) throw lockedError(folder, file);
        }
      } finally {
        unlinkSync(draft);
      }
    } catch (error) {
      if (error instanceof DataDirectoryLockedError) throw error;
      throw new DataDirectoryUnusableError(folder, error instanceof Error ? error.message : String(error));
    }
    return new DirectoryLock(file, text);
  }

  /** Shows other hosts that the owner lives. */
  refresh(): void {
    const now = new Date();
    try {
      utimesSync(this.#file, now, now);
    } catch {
      // Without the file another process may start; that is for the operator who deleted it.
    }
  }

  release(): void {
    try {
      if (readFileSync(this.#file, 'utf8') === this.#text) unlinkSync(this.#file);
    } catch {
      // Gone already.
    }
  }
}

/** A link either has all its content or does not exist: nobody reads half a lock. */
function tryLink(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function lockedError(folder: string, file: string): Error {
  const owner = parseOwner(readFileSync(file, 'utf8'));
  return new DataDirectoryLockedError(folder, owner?.pid ?? 0, owner?.host ?? 'unknown', file);
}

function removeDead(folder: string, file: string): void {
  const text = readFileSync(file, 'utf8');
  const owner = parseOwner(text);
  if (owner !== null && isAlive(owner, file)) throw lockedError(folder, file);
  const aside = `${file}.dead-${process.pid}`;
  renameSync(file, aside);
  const moved = readFileSync(aside, 'utf8');
  // Another process was quicker and the lock moved away is its own: give it back.
  if (moved !== text) tryLink(aside, file);
  unlinkSync(aside);
}
