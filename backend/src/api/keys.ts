/** API keys: made, listed and revoked by `argus keys`, checked on every request. Only their hashes are kept. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Stats } from 'node:fs';
import type { Clock } from '../catalog/time.ts';
import { KeyNameInvalid, KeyNameTaken, KeysNeeded, KeyUnknown, ScopeUnknown } from './errors.ts';
import { changeKeyFile, readKeyFile, type StoredKey, statKeyFile } from './keyFile.ts';
import { isLoopback } from './loopback.ts';
import { isScope, type Scope, scopesAllow } from './scopes.ts';

const KEY_PREFIX = 'argus_';
const KEY_BYTES = 32;
const ID_BYTES = 4;
const HINT_LENGTH = 4;
const NAME_PATTERN = /^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,63}$/u;
/** A change by `argus keys` takes effect within this time. */
const RELOAD_MS = 2000;

/** Who sent a request, as far as the log and the rate limits need to know. */
export interface Principal {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** What a request's headers say: a known key, no key, or one that is not known. */
export type Identification = Principal | 'missing' | 'wrong';

/** Header names in lower case, as Node gives them. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A key as people see it: everything but the key. */
export type KeyListing = Omit<StoredKey, 'hash'>;

export interface KeyLog {
  info(message: string): void;
  error(fields: object, message: string): void;
}

interface KnownKey {
  readonly principal: Principal;
  readonly hash: Buffer;
}

/** Stands for everyone while no key exists, which is allowed on loopback only. */
const LOCAL_USER: Principal = { id: 'local', name: 'without a key', scopes: ['admin'] };

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest();
}

function fingerprintOf(stats: Stats | null): string {
  return stats === null ? 'none' : `${stats.ino}:${stats.size}:${stats.mtimeMs}`;
}

/**
 * The key a request carries: `X-API-Key`, else `Authorization: Bearer`.
 * @returns undefined where it carries none
 */
export function presentedKey(headers: RequestHeaders): string | undefined {
  const own = single(headers['x-api-key']);
  if (own !== undefined && own !== '') return own;
  const bearer = /^Bearer +(\S+) *$/i.exec(single(headers.authorization) ?? '');
  return bearer?.[1];
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

/** The keys in use. Reads the file again when it changed; a file that became unusable leaves the last good keys. */
export class KeyStore {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: KeyLog;
  #keys: readonly KnownKey[] = [];
  #fingerprint: string;
  #checkedAtMs: number;
  /** Once keys exist, losing them all must not open the doors again. */
  #closed = false;

  /**
   * @param path keys.json
   * @throws KeysDamaged, KeysExposed, KeysUnreadable
   */
  constructor(path: string, clock: Clock, log: KeyLog) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
    this.#checkedAtMs = clock.now();
    this.#fingerprint = fingerprintOf(statKeyFile(path));
    this.#take(readKeyFile(path));
  }

  /** True while nobody needs a key: none exists and none has existed since the start. */
  get isOpen(): boolean {
    this.#refresh();
    return !this.#closed;
  }

  /** Says who sent a request. Takes the same time whichever key matches, or none. */
  identify(headers: RequestHeaders): Identification {
    if (this.isOpen) return LOCAL_USER;
    const key = presentedKey(headers);
    if (key === undefined) return 'missing';
    const hash = hashOf(key);
    let found: Principal | undefined;
    for (const known of this.#keys) if (timingSafeEqual(known.hash, hash)) found = known.principal;
    return found ?? 'wrong';
  }

  /**
   * Whether a request may do what needs `scope`; for receivers that are not part of the REST API.
   * @returns 'wrong' for an unknown key and for one without the scope
   */
  authorize(headers: RequestHeaders, scope: Scope): 'ok' | 'missing' | 'wrong' {
    const who = this.identify(headers);
    if (typeof who === 'string') return who;
    return scopesAllow(who.scopes, scope) ? 'ok' : 'wrong';
  }

  #take(stored: readonly StoredKey[]): void {
    this.#keys = stored.map(({ id, name, scopes, hash }) => ({
      principal: { id, name, scopes },
      hash: Buffer.from(hash, 'hex'),
    }));
    if (stored.length > 0) this.#closed = true;
  }

  #refresh(): void {
    const now = this.#clock.now();
    if (now - this.#checkedAtMs < RELOAD_MS && now >= this.#checkedAtMs) return;
    this.#checkedAtMs = now;
    try {
      const stats = statKeyFile(this.#path);
      const fingerprint = fingerprintOf(stats);
      if (fingerprint === this.#fingerprint) return;
      this.#fingerprint = fingerprint;
      if (stats === null) {
        this.#log.error({}, 'The key file is gone; the keys read before stay in use until the next start.');
        return;
      }
      this.#take(readKeyFile(this.#path));
      this.#log.info(`API keys read again: ${this.#keys.length} in use.`);
    } catch (error) {
      this.#log.error(
        { err: error },
        'The key file changed and cannot be used; the keys before stay in use.',
      );
    }
  }
}

/** Where a part of Argus is about to listen. */
export interface Listener {
  /** Name for the message: "The REST API". */
  readonly what: string;
  readonly host: string;
}

/**
 * Refuses to let other machines in without keys.
 * @throws KeysNeeded naming the first listener that other machines could reach
 */
export function requireKeysBeyondLoopback(keys: KeyStore, listeners: readonly Listener[]): void {
  if (!keys.isOpen) return;
  const exposed = listeners.find(({ host }) => !isLoopback(host));
  if (exposed !== undefined) throw new KeysNeeded(exposed.what, exposed.host);
}

/**
 * Makes a key and adds it to the file.
 * @param scopes one or more of SCOPES
 * @returns the key itself, which is shown once and kept nowhere
 * @throws KeyNameInvalid, KeyNameTaken, ScopeUnknown, and what reading the file throws
 */
export async function createKey(
  path: string,
  name: string,
  scopes: readonly string[],
  clock: Clock,
): Promise<{ readonly key: string; readonly listing: KeyListing }> {
  if (!NAME_PATTERN.test(name)) {
    throw new KeyNameInvalid('use 1 to 64 letters, digits, blanks and . _ @ -, a letter or digit first');
  }
  const key = KEY_PREFIX + randomBytes(KEY_BYTES).toString('base64url');
  const listing: KeyListing = {
    id: randomBytes(ID_BYTES).toString('hex'),
    name,
    scopes: checkedScopes(scopes),
    created: new Date(clock.now()).toISOString(),
    hint: key.slice(-HINT_LENGTH),
  };
  await changeKeyFile(path, (keys) => {
    if (keys.some((other) => other.name === name)) throw new KeyNameTaken(name);
    return [...keys, { ...listing, hash: hashOf(key).toString('hex') }];
  });
  return { key, listing };
}

function checkedScopes(scopes: readonly string[]): Scope[] {
  const known = scopes.filter(isScope);
  if (known.length === 0 || known.length !== scopes.length) {
    throw new ScopeUnknown(scopes.find((scope) => !isScope(scope)) ?? '');
  }
  return [...new Set(known)];
}

/** The keys of a file, in the order they were made. */
export function listKeys(path: string): readonly KeyListing[] {
  return readKeyFile(path).map(({ hash: _, ...listing }) => listing);
}

/**
 * Removes a key.
 * @param idOrName what `listKeys` shows
 * @throws KeyUnknown
 */
export async function revokeKey(path: string, idOrName: string): Promise<KeyListing> {
  const revoked = listKeys(path).find((key) => key.id === idOrName || key.name === idOrName);
  if (revoked === undefined) throw new KeyUnknown(idOrName);
  await changeKeyFile(path, (keys) => keys.filter((key) => key.id !== revoked.id));
  return revoked;
}
