import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MANIFEST_FILE, WEIGHTS_FILE } from '../forecast/bundle.ts';
import { copyGraphs } from './bundle/write.ts';
import { BatchForecaster } from './forecaster.ts';
import { type ValidationScore, type ValidationSet, validate } from './validation.ts';
import { bytesOf } from './weights.ts';

/** Scores weights on held-back windows: through the forecast graph, which reads them from a folder of its own. */
export class Validator {
  readonly #folder: string;
  readonly #sets: readonly ValidationSet[];
  readonly #threads: number;

  private constructor(folder: string, sets: readonly ValidationSet[], threads: number) {
    this.#folder = folder;
    this.#sets = sets;
    this.#threads = threads;
  }

  /** @param template bundle whose graphs and manifest are used */
  static async open(template: string, sets: readonly ValidationSet[], threads: number): Promise<Validator> {
    const folder = await mkdtemp(join(tmpdir(), 'argus-train-'));
    await copyGraphs(template, folder);
    await copyFile(join(template, MANIFEST_FILE), join(folder, MANIFEST_FILE));
    return new Validator(folder, sets, threads);
  }

  async score(weights: Float32Array): Promise<ValidationScore> {
    await writeFile(join(this.#folder, WEIGHTS_FILE), bytesOf(weights));
    const forecaster = await BatchForecaster.open(this.#folder, this.#threads);
    try {
      return await validate(forecaster, this.#sets);
    } finally {
      await forecaster.close();
    }
  }

  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}
