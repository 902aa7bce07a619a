import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder, writeAtomically } from '../fleet/persistence/wholeFile.ts';
import { type AlertRecord, decodeRecord, encodeRecord } from './alertRecords.ts';
import type { Alert, AlertEvent } from './types.ts';

const FILE_NAME = /^events-\d{4}-\d{2}\.jsonl$/;
/** The newest file and the one before it give the state and enough history; each begins with the open alerts. */
const FILES_READ = 2;
/** Alerts name servers: not for everybody on the machine. */
const FILE_MODE = 0o640;

/** The one way text gets to disk, so that a full disk can be put in its place. */
export interface AlertFileWriter {
  /** Appends text; when it returns and `durable` was asked for, the text survives a crash of the machine. */
  append(path: string, text: string, durable: boolean): Promise<void>;
}

/** Appends with fsync. A failed append leaves no half line: the file is cut back to its length before. */
export const diskWriter: AlertFileWriter = {
  async append(path, text, durable) {
    const file = await open(path, 'a', FILE_MODE);
    try {
      const { size } = await file.stat();
      try {
        await file.writeFile(text);
        if (durable) await file.datasync();
      } catch (error) {
        await file.truncate(size);
        throw error;
      }
    } finally {
      await file.close();
    }
  },
};

/** What the files say at the start. */
export interface AlertHistory {
  readonly active: readonly Alert[];
  /** Events of the newest files, oldest first. */
  readonly events: readonly AlertEvent[];
  /** Events on disk of which no announcement is recorded. */
  readonly unannounced: readonly AlertEvent[];
  /** Files that held damaged lines; the lines are in `*.damaged-<time>` beside them. */
  readonly repaired: readonly string[];
}

function fileOf(timeMs: number): string {
  return `events-${new Date(timeMs).toISOString().slice(0, 7)}.jsonl`;
}

/** Reads one file; lines that are torn or changed are set aside and the file is rewritten without them. */
async function readRecords(
  path: string,
  nowMs: number,
): Promise<{ readonly records: readonly AlertRecord[]; readonly damaged: boolean }> {
  const text = await readFile(path, 'utf8');
  const lines = text.split('\n');
  const last = lines.pop();
  const records: AlertRecord[] = [];
  const good: string[] = [];
  const bad: string[] = last === undefined || last === '' ? [] : [last];
  for (const line of lines) {
    const record = decodeRecord(line);
    if (record === null) {
      bad.push(line);
    } else {
      good.push(line);
      records.push(record);
    }
  }
  if (bad.length === 0) return { records, damaged: false };
  await setAside(path, `${path}.damaged-${nowMs}`, good, bad);
  return { records, damaged: true };
}

/** Keeps the bad lines apart and the good ones in place; where the disk is too full for that, moves the whole file. */
async function setAside(
  path: string,
  damagedPath: string,
  good: readonly string[],
  bad: readonly string[],
): Promise<void> {
  try {
    await writeFile(damagedPath, `${bad.join('\n')}\n`);
    const text = good.map((line) => `${line}\n`).join('');
    await writeAtomically(path, [Buffer.from(text)], FILE_MODE);
  } catch {
    await rename(path, damagedPath);
  }
}

function replay(records: readonly AlertRecord[]): Omit<AlertHistory, 'repaired'> {
  const active = new Map<string, Alert>();
  const events: AlertEvent[] = [];
  const seen = new Set<string>();
  let unannounced: AlertEvent[] = [];
  for (const record of records) {
    if ('announced' in record) {
      unannounced = [];
    } else if ('active' in record) {
      active.clear();
      for (const alert of record.active) active.set(alert.id, alert);
    } else if (!seen.has(record.event.id)) {
      const { event } = record;
      seen.add(event.id);
      events.push(event);
      unannounced.push(event);
      if (event.type === 'resolved') active.delete(event.alert.id);
      else active.set(event.alert.id, event.alert);
    }
  }
  return { active: [...active.values()], events, unannounced };
}

export interface AlertLogSettings {
  readonly folder: string;
  readonly nowMs: number;
  readonly retentionMonths: number;
  /** Events kept for a later try while the disk refuses them. */
  readonly pendingEvents: number;
}

/**
 * Alert events on disk: one file a month (UTC), one checked JSON line an event, append only.
 * Calls must not overlap.
 */
export class AlertLog {
  readonly #settings: AlertLogSettings;
  readonly #writer: AlertFileWriter;
  /** Events the disk refused; they have been announced. */
  #pending: AlertEvent[] = [];
  #dropped = 0;

  private constructor(settings: AlertLogSettings, writer: AlertFileWriter) {
    this.#settings = settings;
    this.#writer = writer;
  }

  /** Opens the folder, repairs what a crash tore, removes files past their retention. */
  static async open(
    settings: AlertLogSettings,
    writer: AlertFileWriter = diskWriter,
  ): Promise<{ readonly log: AlertLog; readonly history: AlertHistory }> {
    const { folder, nowMs } = settings;
    await mkdir(folder, { recursive: true, mode: 0o750 });
    const names = (await readdir(folder)).filter((name) => FILE_NAME.test(name)).sort();
    const expired = names.slice(0, Math.max(0, names.length - settings.retentionMonths));
    for (const name of expired) await rm(join(folder, name));
    const records: AlertRecord[] = [];
    const repaired: string[] = [];
    for (const name of names.slice(expired.length).slice(-FILES_READ)) {
      const read = await readRecords(join(folder, name), nowMs);
      records.push(...read.records);
      if (read.damaged) repaired.push(name);
    }
    return { log: new AlertLog(settings, writer), history: { ...replay(records), repaired } };
  }

  /** Events waiting for the disk. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Events given up, since the last call, because too many were waiting. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /**
   * Puts events on disk, those still waiting first. Where that fails all of them wait for the next call.
   * @param activeBefore the open alerts before these events, for the first line of a new file
   * @throws what the disk said
   */
  async append(timeMs: number, events: readonly AlertEvent[], activeBefore: readonly Alert[]): Promise<void> {
    if (events.length === 0 && this.#pending.length === 0) return;
    const path = join(this.#settings.folder, fileOf(timeMs));
    const waited = this.#pending.map((event) => encodeRecord({ event }));
    if (waited.length > 0) waited.push(encodeRecord({ announced: true }));
    const fresh = events.map((event) => encodeRecord({ event }));
    try {
      const isNew = await this.#isNew(path);
      const first = isNew ? [encodeRecord({ active: activeBefore })] : [];
      await this.#writer.append(path, [...first, ...waited, ...fresh].join(''), true);
      this.#pending = [];
      if (isNew) await syncFolder(this.#settings.folder);
    } catch (error) {
      this.#wait(events);
      throw error;
    }
  }

  /** Records that the events appended so far have been announced; lost in a crash, they are announced once more. */
  async markAnnounced(timeMs: number): Promise<void> {
    if (this.#pending.length > 0) return;
    const path = join(this.#settings.folder, fileOf(timeMs));
    await this.#writer.append(path, encodeRecord({ announced: true }), false);
  }

  async #isNew(path: string): Promise<boolean> {
    try {
      return (await stat(path)).size === 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
      throw error;
    }
  }

  #wait(events: readonly AlertEvent[]): void {
    this.#pending.push(...events);
    const excess = this.#pending.length - this.#settings.pendingEvents;
    if (excess <= 0) return;
    this.#pending.splice(0, excess);
    this.#dropped += excess;
  }
}
