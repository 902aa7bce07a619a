/** Annotations on disk: a line of JSON for each that was made or deleted, synced before it is acknowledged. */
import { copyFile, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { syncFolder, writeAtomically } from '../fleet/persistence/wholeFile.ts';
import { AnnotationsFull } from './errors.ts';
import type { Annotation } from './types.ts';

/** More could not be looked through for every alert. */
const MAX_ANNOTATIONS = 20_000;
const FILE_MODE = 0o640;

type Line = { readonly add: Annotation } | { readonly remove: string };

export class AnnotationStore {
  readonly #path: string;
  readonly #annotations: Map<string, Annotation>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, annotations: Map<string, Annotation>) {
    this.#path = path;
    this.#annotations = annotations;
  }

  /** Reads the file. Where lines cannot be read a copy of it is set aside, and it goes on with the others. */
  static async open(
    path: string,
    nowMs: number,
    logger: Pick<FastifyBaseLogger, 'error'>,
  ): Promise<AnnotationStore> {
    const { lines, annotations, damaged } = await readLines(path);
    const store = new AnnotationStore(path, annotations);
    if (damaged > 0) {
      const setAsideAs = `${path}.damaged-${nowMs}`;
      await copyFile(path, setAsideAs);
      logger.error(
        { path, setAsideAs, lines: damaged },
        'Lines of the annotations are damaged; a copy was set aside.',
      );
    }
    // What was deleted, and what cannot be read, need not be read again.
    if (lines > annotations.size) await store.#rewrite();
    return store;
  }

  all(): Iterable<Annotation> {
    return this.#annotations.values();
  }

  get(id: string): Annotation | undefined {
    return this.#annotations.get(id);
  }

  /** @throws AnnotationsFull, and what the disk says */
  async add(annotation: Annotation): Promise<void> {
    if (this.#annotations.size >= MAX_ANNOTATIONS) throw new AnnotationsFull(MAX_ANNOTATIONS);
    await this.#append({ add: annotation });
    this.#annotations.set(annotation.id, annotation);
  }

  /** @returns false where there is none of this id */
  async remove(id: string): Promise<boolean> {
    if (!this.#annotations.has(id)) return false;
    await this.#append({ remove: id });
    return this.#annotations.delete(id);
  }

  #append(line: Line): Promise<void> {
    const written = this.#writing.then(async () => {
      await mkdir(dirname(this.#path), { recursive: true });
      const file = await open(this.#path, 'a', FILE_MODE);
      try {
        const { size } = await file.stat();
        try {
          await file.writeFile(`${JSON.stringify(line)}\n`);
          await file.datasync();
        } catch (error) {
          // Half a line would spoil the next one.
          await file.truncate(size);
          throw error;
        }
        if (size === 0) await syncFolder(dirname(this.#path));
      } finally {
        await file.close();
      }
    });
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #rewrite(): Promise<void> {
    const lines = [...this.#annotations.values()].map((add) => `${JSON.stringify({ add })}\n`);
    await writeAtomically(this.#path, [Buffer.from(lines.join(''))], FILE_MODE);
  }
}

interface ReadLines {
  readonly lines: number;
  readonly damaged: number;
  readonly annotations: Map<string, Annotation>;
}

async function readLines(path: string): Promise<ReadLines> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n').filter((line) => line !== '');
  const annotations = new Map<string, Annotation>();
  let damaged = 0;
  for (const line of lines) if (!apply(line, annotations)) damaged++;
  return { lines: lines.length, damaged, annotations };
}

/** The annotations of a file that another process may be writing; lines that cannot be read are left out. */
export async function readAnnotationFile(path: string): Promise<readonly Annotation[]> {
  return [...(await readLines(path)).annotations.values()];
}

/** @returns false for a line that cannot be read */
function apply(line: string, annotations: Map<string, Annotation>): boolean {
  try {
    const record = JSON.parse(line) as Partial<{ add: Annotation; remove: string }>;
    if (typeof record.remove === 'string') annotations.delete(record.remove);
    else if (typeof record.add?.id === 'string') annotations.set(record.add.id, record.add);
    else return false;
    return true;
  } catch {
    return false;
  }
}
