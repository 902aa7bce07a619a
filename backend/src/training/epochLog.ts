import { appendFile, writeFile } from 'node:fs/promises';
import type { EpochReport } from './reporter.ts';

/** The epochs as lines of JSON. */
export function epochLines(epochs: readonly EpochReport[]): string {
  return epochs.map((report) => `${JSON.stringify(report)}\n`).join('');
}

/** The file a person can follow while a training runs: a line of JSON for each epoch done. */
export class EpochLog {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @param done epochs of the run so far: the file then holds these and no others, whenever the run was broken off */
  static async open(path: string, done: readonly EpochReport[]): Promise<EpochLog> {
    await writeFile(path, epochLines(done));
    return new EpochLog(path);
  }

  append(report: EpochReport): Promise<void> {
    return appendFile(this.#path, epochLines([report]));
  }
}
