/** A file that is read at the start and written now and then; what goes wrong with it is reported, never fatal. */

import { rename } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Clock } from '../catalog/time.ts';
import { readSnapshotFile, SnapshotDamaged, writeSnapshotFile } from './container.ts';

export interface KeptFileOptions {
  readonly path: string;
  /** What it holds, for messages: 'the scores of an earlier run'. */
  readonly what: string;
  /** What follows where it is of no use: 'scoring begins anew'. */
  readonly consequence: string;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
  readonly onWriteFailed: () => void;
}

export class KeptFile {
  readonly #with: KeptFileOptions;

  constructor(options: KeptFileOptions) {
    this.#with = options;
  }

  /**
   * Reads what was kept; a damaged file is set aside.
   * @param decode may throw SnapshotDamaged
   * @returns null where there is nothing that can be used
   */
  async read<T>(decode: (file: Buffer) => T): Promise<T | null> {
    const { path, what, consequence, clock, logger } = this.#with;
    try {
      const file = await readSnapshotFile(path);
      return file === null ? null : decode(file);
    } catch (error) {
      if (!(error instanceof SnapshotDamaged)) {
        logger.error({ err: error, path }, `${what} cannot be read; ${consequence}`);
        return null;
      }
      const damagedPath = `${path}.damaged-${clock.now()}`;
      logger.warn(
        { path, damagedPath, reason: error.message },
        `${what} cannot be used; the file was set aside and ${consequence}`,
      );
      await rename(path, damagedPath).catch((reason) =>
        logger.error({ err: reason }, 'it cannot be set aside'),
      );
      return null;
    }
  }

  /** Never rejects. */
  async write(encode: () => readonly Uint8Array[]): Promise<void> {
    const { path, what, logger, onWriteFailed } = this.#with;
    try {
      await writeSnapshotFile(path, encode());
    } catch (error) {
      onWriteFailed();
      logger.error({ err: error, path }, `${what} cannot be kept for the next start`);
    }
  }
}
