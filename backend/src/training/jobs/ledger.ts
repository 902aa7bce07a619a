/** The log of trainings: a line of JSON for each, kept for good. */
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../fleet/persistence/wholeFile.ts';
import type { TrainingRecord } from './types.ts';

export class Ledger {
  readonly #path: string;
  readonly #records: TrainingRecord[];

  private constructor(path: string, records: TrainingRecord[]) {
    this.#path = path;
    this.#records = records;
  }

  /** Reads the log; a line that a crash cut or somebody changed is passed over. */
  static async open(path: string): Promise<{ readonly ledger: Ledger; readonly unreadable: number }> {
    const text = await readFile(path, 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const records = lines.flatMap((line) => recordOf(line) ?? []);
    return { ledger: new Ledger(path, records), unreadable: lines.length - records.length };
  }

  /** Oldest first. */
  get records(): readonly TrainingRecord[] {
    return this.#records;
  }

  has(id: string): boolean {
    return this.#records.some((record) => record.training_id === id);
  }

  /** Adds a line; when it resolves the line is on disk. */
  async append(record: TrainingRecord): Promise<void> {
    this.#records.push(record);
    await mkdir(dirname(this.#path), { recursive: true });
    const file = await open(this.#path, 'a');
    try {
      // The line before may have been cut by a crash.
      await file.writeFile(`\n${JSON.stringify(record)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncFolder(dirname(this.#path));
  }
}

function recordOf(line: string): TrainingRecord | undefined {
  try {
    const record = JSON.parse(line) as Partial<TrainingRecord>;
    return typeof record.training_id === 'string' && typeof record.outcome === 'string'
      ? (record as TrainingRecord)
      : undefined;
  } catch {
    return undefined;
  }
}
