import { type ProfilePattern, profileIndex, profileOf } from '../catalog/profiles.ts';
import { compileProfilePatterns, type FleetConfig } from './config.ts';
import { ProfilePatternInvalidError, TimeZoneUnknownError } from './errors.ts';
import type { NewServer, ServerEntry } from './roster.ts';
import { hasUnprintable } from './serverName.ts';
import type { ServerIdentity } from './types.ts';

/** What is kept of what servers say about themselves. */

/** Spellings remembered as valid: enough for every IANA zone, small enough to be harmless. */
const MAX_REMEMBERED_ZONES = 1000;
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();
const knownZones = new Set<string>();

/** True for a time zone that this runtime can compute with. */
function isTimeZone(name: string): boolean {
  if (knownZones.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
  if (knownZones.size < MAX_REMEMBERED_ZONES) knownZones.add(name);
  return true;
}

interface AttributeLimits {
  readonly maxAttributes: number;
  readonly maxAttributeBytes: number;
}

interface MergedAttributes {
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
function mergeAttributes(
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

function compilePatterns(config: FleetConfig): readonly ProfilePattern[] {
  try {
    return compileProfilePatterns(config.profilePatterns);
  } catch (error) {
    throw new ProfilePatternInvalidError(error instanceof Error ? error.message : String(error));
  }
}

/** Applies to servers what they say, and the configuration to what they leave open. */
export class IdentityRules {
  readonly #config: FleetConfig;
  readonly #patterns: readonly ProfilePattern[];
  /** Attributes and time zones left out since the start. */
  dropped = 0;

  /** @throws TimeZoneUnknownError, ProfilePatternInvalidError */
  constructor(config: FleetConfig) {
    if (!isTimeZone(config.defaultTimeZone)) throw new TimeZoneUnknownError(config.defaultTimeZone);
    this.#config = config;
    this.#patterns = compilePatterns(config);
  }

  newcomer(name: string, nowMs: number): NewServer {
    return {
      name,
      profile: profileOf(name, undefined, this.#patterns),
      timeZone: this.#config.defaultTimeZone,
      attributes: NO_ATTRIBUTES,
      firstSeenMs: nowMs,
      lastSeenMs: nowMs,
      heardMs: nowMs,
      measured: false,
      declaredProfile: undefined,
      declaredTimeZone: undefined,
    };
  }

  /** Applies what was said; what was not said stays. @returns true where something changed */
  apply(entry: ServerEntry, { profile, timeZone, attributes }: ServerIdentity): boolean {
    let changed = false;
    if (profile !== undefined && profile !== entry.declaredProfile && profileIndex(profile) >= 0) {
      entry.declaredProfile = profile;
      changed = true;
    }
    if (timeZone !== undefined && timeZone !== entry.declaredTimeZone) {
      if (isTimeZone(timeZone)) {
        entry.declaredTimeZone = timeZone;
        changed = true;
      } else this.dropped++;
    }
    if (attributes !== undefined && attributes.size > 0) {
      const merged = mergeAttributes(entry.attributes, attributes, this.#config);
      this.dropped += merged.dropped;
      entry.attributes = merged.attributes;
      changed ||= merged.changed;
    }
    if (changed) this.derive(entry);
    return changed;
  }

  /** Sets profile and time zone from what the server declared and what is configured. */
  derive(entry: ServerEntry): void {
    entry.profile = profileOf(entry.name, entry.declaredProfile, this.#patterns);
    entry.timeZone = entry.declaredTimeZone ?? this.#config.defaultTimeZone;
  }
}
