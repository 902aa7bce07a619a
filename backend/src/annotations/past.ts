/**
 * Windows that other systems told of, kept when those no longer do: a training weeks later still leaves their time out.
 * One file of JSON, written as a whole where something has changed.
 */

import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { DAY_MS } from '../catalog/time.ts';
import { writeAtomically } from '../fleet/persistence/wholeFile.ts';
import type { Annotation } from './types.ts';

/** Three times what trainings look back by default. */
const KEPT_MS = 92 * DAY_MS;
/** The newest are kept where there are more. */
const MAX_WINDOWS = 10_000;
const FILE_MODE = 0o640;

/** One with an end, which all that come from elsewhere have. */
type PastWindow = Annotation & { readonly toMs: number };

const hasEnd = (window: Annotation): window is PastWindow => window.toMs !== null;

export class PastWindows {
  readonly #path: string;
  #windows: ReadonlyMap<string, PastWindow>;

  private constructor(path: string, windows: readonly PastWindow[]) {
    this.#path = path;
    this.#windows = new Map(windows.map((window) => [window.id, window]));
  }

  /** Reads the file; one that cannot be read is set aside. */
  static async open(
    path: string,
    nowMs: number,
    logger: Pick<FastifyBaseLogger, 'error'>,
  ): Promise<PastWindows> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '[]';
      throw error;
    });
    const windows = parse(text);
    if (windows !== null) return new PastWindows(path, windows);
    const setAsideAs = `${path}.damaged-${nowMs}`;
    await copyFile(path, setAsideAs);
    logger.error({ path, setAsideAs }, 'The past maintenance windows of other systems are damaged.');
    return new PastWindows(path, []);
  }

  /** Those that have begun, also where they are over. */
  all(): Iterable<Annotation> {
    return this.#windows.values();
  }

  /**
   * Takes down what a source tells; one it no longer tells of before its time was ended there.
   * When it resolves the file is written. @throws what the disk says; what was told is known all the same
   */
  async told(source: string, windows: readonly Annotation[], nowMs: number): Promise<void> {
    const before = this.#windows;
    const after = new Map(before);
    const begun = windows.filter(hasEnd).filter(({ fromMs }) => fromMs <= nowMs);
    const ids = new Set(begun.map(({ id }) => id));
    for (const window of before.values()) {
      const isGone = window.author === source && window.toMs > nowMs && !ids.has(window.id);
      if (isGone) after.set(window.id, { ...window, toMs: nowMs });
    }
    for (const window of begun) after.set(window.id, withKnownServers(window, before.get(window.id)));
    const kept = [...after.values()]
      .filter(({ toMs }) => toMs > nowMs - KEPT_MS)
      .sort((a, b) => a.toMs - b.toMs)
      .slice(-MAX_WINDOWS);
    this.#windows = new Map(kept.map((window) => [window.id, window]));
    const text = JSON.stringify(kept);
    if (text === JSON.stringify([...before.values()])) return;
    await mkdir(dirname(this.#path), { recursive: true });
    await writeAtomically(this.#path, [Buffer.from(`${text}\n`)], FILE_MODE);
  }
}

/** A server that has left the fleet meanwhile was meant as well. */
function withKnownServers(window: PastWindow, before: PastWindow | undefined): PastWindow {
  const { server_names: now } = window;
  const earlier = before?.server_names ?? null;
  if (now === null || earlier === null) return window;
  return { ...window, server_names: [...new Set([...earlier, ...now])].sort() };
}

/** @returns null for what this class did not write */
function parse(text: string): readonly PastWindow[] | null {
  try {
    const list = JSON.parse(text) as readonly Partial<PastWindow>[];
    const isWhole = list.every(
      ({ id, fromMs, toMs }) =>
        typeof id === 'string' && typeof fromMs === 'number' && typeof toMs === 'number',
    );
    return isWhole ? (list as readonly PastWindow[]) : null;
  } catch {
    return null;
  }
}
