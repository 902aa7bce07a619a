import { hasUnprintable, NAME_PROBLEMS } from './serverName.ts';

/** Who may join the fleet, and what is kept of what a server says about itself. */

const MINUTE_MS = 60_000;
/** Spellings remembered as valid: enough for every IANA zone, small enough to be harmless. */
const MAX_REMEMBERED_ZONES = 1000;

/** Why a name was not admitted. */
export const REFUSAL_REASONS = [...NAME_PROBLEMS, 'fleet_full', 'rate'] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Lets a number of newcomers in within any clock minute. */
export class NewcomerLimit {
  readonly #perMinute: number;
  #minute = Number.NEGATIVE_INFINITY;
  #used = 0;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** @returns false where this minute's newcomers are used up */
  take(nowMs: number): boolean {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#used = 0;
    }
    if (this.#used >= this.#perMinute) return false;
    this.#used++;
    return true;
  }
}

const knownZones = new Set<string>();

/** True for a time zone that this runtime can compute with. */
export function isTimeZone(name: string): boolean {
  if (knownZones.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
  if (knownZones.size < MAX_REMEMBERED_ZONES) knownZones.add(name);
  return true;
}

export interface AttributeLimits {
  readonly maxAttributes: number;
  readonly maxAttributeBytes: number;
}

export interface MergedAttributes {
  readonly attributes: ReadonlyMap<string, string>;
  readonly changed: boolean;
  /** Attributes left out: too many, too long, or with control characters. */
  readonly dropped: number;
}

function isUsable(text: string, maxBytes: number): boolean {
  return text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes && !hasUnprintable(text);
}

/**
 * Attributes of a server after it sent some. Known keys take their new value; new keys join while there is room,
 * so that two exporters of one host do not overwrite each other.
 */
export function mergeAttributes(
  known: ReadonlyMap<string, string>,
  sent: ReadonlyMap<string, string>,
  limits: AttributeLimits,
): MergedAttributes {
  let merged: Map<string, string> | null = null;
  let dropped = 0;
  for (const [key, value] of sent) {
    if (known.get(key) === value) continue;
    const current = merged ?? known;
    const fits = current.has(key) || current.size < limits.maxAttributes;
    if (!fits || !isUsable(key, limits.maxAttributeBytes) || !isUsable(value, limits.maxAttributeBytes)) {
      dropped++;
      continue;
    }
    merged ??= new Map(known);
    merged.set(key, value);
  }
  return { attributes: merged ?? known, changed: merged !== null, dropped };
}
