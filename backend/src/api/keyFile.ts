/** keys.json on disk: what it holds, how it is read, and how two processes change it without losing a key. */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { DataDirectoryLockedError } from '../fleet/errors.ts';
import { DirectoryLock } from '../fleet/persistence/lock.ts';
import { KeysDamaged, KeysExposed, KeysLocked, KeysUnreadable } from './errors.ts';
import { SCOPES, type Scope } from './scopes.ts';

const OWNER_ONLY = 0o600;
const WRITABLE_BY_OTHERS = 0o022;
/** A key file holds some hundred keys at most; anything this large is something else. */
const LARGEST_BYTES = 4_000_000;
const LOCK_RETRY_MS = 25;
const LOCK_WAIT_MS = 5000;

const storedKeySchema = Type.Object({
  id: Type.String({ pattern: '^[0-9a-f]{8}$' }),
  name: Type.String({ minLength: 1, maxLength: 64 }),
  /** SHA-256 of the key, in hexadecimal. */
  hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  scopes: Type.Array(Type.Unsafe<Scope>({ type: 'string', enum: [...SCOPES] }), { minItems: 1 }),
  created: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+Z$' }),
  /** Last characters of the key, so that a person can tell keys apart. */
  hint: Type.String({ maxLength: 8 }),
});
const keyFileSchema = Type.Object({ version: Type.Literal(1), keys: Type.Array(storedKeySchema) });

export type StoredKey = Static<typeof storedKeySchema>;

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** The file's state, or null where there is no file. */
export function statKeyFile(path: string): Stats | null {
  try {
    return statSync(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw new KeysUnreadable(path, (error as Error).message);
  }
}

/**
 * The keys of a file; none where there is no file.
 * @throws KeysDamaged, KeysExposed, KeysUnreadable: never is a file that cannot be trusted taken for an empty one
 */
export function readKeyFile(path: string): readonly StoredKey[] {
  const stats = statKeyFile(path);
  if (stats === null) return [];
  // Windows has no such bits; its access lists are the administrator's business.
  if (process.platform !== 'win32' && (stats.mode & WRITABLE_BY_OTHERS) !== 0) {
    throw new KeysExposed(path, (stats.mode & 0o777).toString(8).padStart(4, '0'));
  }
  if (stats.size > LARGEST_BYTES) throw new KeysDamaged(path, `it is ${stats.size} bytes long`);
  return parseKeys(path, readText(path));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new KeysUnreadable(path, (error as Error).message);
  }
}

function parseKeys(path: string, text: string): readonly StoredKey[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new KeysDamaged(path, 'it is not JSON');
  }
  if (Value.Check(keyFileSchema, content)) return content.keys;
  const [first] = Value.Errors(keyFileSchema, content);
  throw new KeysDamaged(path, `${first.instancePath || 'the document'} ${first.message}`);
}

/** Writes the keys so that a reader, or a crash, sees the old file or the new one, never a part. */
function writeKeyFile(path: string, keys: readonly StoredKey[]): void {
  // The lock is held: nobody else has this name, and what a kill leaves of it is overwritten.
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w', OWNER_ONLY);
  try {
    writeSync(file, `${JSON.stringify({ version: 1, keys }, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/**
 * Changes the key file while no other process does.
 * @throws KeysLocked where another process holds it for seconds, and what `readKeyFile` throws
 */
export async function changeKeyFile(
  path: string,
  change: (keys: readonly StoredKey[]) => readonly StoredKey[],
): Promise<void> {
  const lock = await takeLock(path);
  try {
    writeKeyFile(path, change(readKeyFile(path)));
  } finally {
    lock.release();
  }
}

/** The lock of a process that was killed is taken over at once. */
async function takeLock(path: string): Promise<DirectoryLock> {
  const name = `${basename(path)}.lock`;
  for (let waited = 0; ; waited += LOCK_RETRY_MS) {
    try {
      return DirectoryLock.take(dirname(path), name);
    } catch (error) {
      if (!(error instanceof DataDirectoryLockedError))
        throw new KeysUnreadable(path, (error as Error).message);
      if (waited >= LOCK_WAIT_MS) throw new KeysLocked(path, `${path}.lock`);
    }
    await delay(LOCK_RETRY_MS);
  }
}
