/** Where models lie and which one is in use. */

import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { writeAtomically } from '../fleet/persistence/wholeFile.ts';
import { MANIFEST_FILE, readManifest } from './bundle.ts';
import { ModelNameError, ModelNotFoundError } from './errors.ts';

/** The model that is used until another is chosen. */
export const DEFAULT_MODEL = 'default';
/** File in the first folder that names the model in use. */
const CURRENT_FILE = 'current';
const BUNDLE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;
const MEGABYTE = 1_000_000;

export interface ModelListing {
  readonly name: string;
  /** ISO 8601. */
  readonly created: string;
  readonly sizeMegabytes: number;
}

/** The folders that hold bundles: the one new models are written to first, the shipped one last. */
export class ModelFolders {
  readonly #folders: readonly string[];

  constructor(folders: readonly string[]) {
    this.#folders = folders.map((folder) => resolve(folder));
  }

  /**
   * Folder of the bundle a setting means: a path, a name, or nothing for the one in use.
   * @throws ModelNotFoundError, ModelNameError
   */
  async configured(setting: string): Promise<string> {
    if (setting === '') return this.find((await this.currentName()) ?? DEFAULT_MODEL);
    return isAbsolute(setting) || setting.includes(sep) ? resolve(setting) : this.find(setting);
  }

  /**
   * Folder of a bundle by its name. Names cannot leave the folders.
   * @throws ModelNotFoundError, ModelNameError
   */
  async find(name: string): Promise<string> {
    if (!BUNDLE_NAME.test(name)) throw new ModelNameError(name);
    for (const folder of this.#folders) {
      const path = join(folder, name);
      if (await exists(join(path, MANIFEST_FILE))) return path;
    }
    throw new ModelNotFoundError(name);
  }

  /** Name of the model that was chosen last, or undefined where none was or the file is of no use. */
  async currentName(): Promise<string | undefined> {
    const text = await readFile(join(this.#folders[0], CURRENT_FILE), 'utf8').catch(() => '');
    const name = text.trim();
    return BUNDLE_NAME.test(name) ? name : undefined;
  }

  /** Makes a model the one that is used after the next start. */
  async setCurrent(name: string): Promise<void> {
    const folder = this.#folders[0];
    await mkdir(folder, { recursive: true });
    await writeAtomically(join(folder, CURRENT_FILE), [Buffer.from(`${name}\n`)]);
  }

  /** All bundles with a readable manifest, by name. The first folder wins where both have a name. */
  async list(): Promise<readonly ModelListing[]> {
    const found = new Map<string, ModelListing>();
    for (const folder of this.#folders) {
      for (const name of await readdir(folder).catch(() => [])) {
        if (!BUNDLE_NAME.test(name) || found.has(name)) continue;
        const listing = await listingOf(join(folder, name), name);
        if (listing !== undefined) found.set(name, listing);
      }
    }
    return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
  }
}

async function listingOf(path: string, name: string): Promise<ModelListing | undefined> {
  try {
    const manifest = await readManifest(path);
    const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
    return { name, created: manifest.created, sizeMegabytes: bytes / MEGABYTE };
  } catch {
    // What cannot be loaded is not offered.
    return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
