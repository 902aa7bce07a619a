import { isTimeZone } from '../catalog/calendar.ts';
import { findHolidayRegion } from '../catalog/holidays.ts';
import { type ProfilePattern, profileIndex, profileOf } from '../catalog/profiles.ts';
import { compileProfilePatterns, type FleetConfig } from './config.ts';
import { PlaceInvalidError, ProfilePatternInvalidError } from './errors.ts';
import { shortened } from './findServer.ts';
import { PlaceRules, placeProblems } from './places.ts';
import type { NewServer, ServerEntry } from './roster.ts';
import { hasUnprintable } from './serverName.ts';
import type { ServerIdentity } from './types.ts';

/** What is kept of what servers say about themselves. */

/** Refused values that are logged; further ones are only counted. */
const MAX_LOGGED = 100;
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

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

/** What a server may say about its place. */
export const PLACE_ATTRIBUTES = ['time_zone', 'country'] as const;
export type PlaceAttribute = (typeof PLACE_ATTRIBUTES)[number];

function requireUsablePlaces(config: FleetConfig): void {
  const [problem] = placeProblems(config);
  if (problem === undefined) return;
  throw new PlaceInvalidError(problem.path.join('.'), problem.message, problem.remedy);
}

/** Applies to servers what they say, and the configuration to what they leave open. */
export class IdentityRules {
  readonly #config: FleetConfig;
  readonly #patterns: readonly ProfilePattern[];
  readonly #places: PlaceRules;
  readonly #report: (message: string) => void;
  readonly #logged = new Set<string>();
  /** Attributes left out since the start. */
  dropped = 0;
  /** Times a server sent a place that is none, since the start. */
  readonly placesRefused: Record<PlaceAttribute, number> = { time_zone: 0, country: 0 };

  /**
   * @param report told once of each place sent that is none
   * @throws PlaceInvalidError, ProfilePatternInvalidError
   */
  constructor(config: FleetConfig, report: (message: string) => void) {
    requireUsablePlaces(config);
    this.#config = config;
    this.#patterns = compilePatterns(config);
    this.#places = new PlaceRules(config);
    this.#report = report;
  }

  newcomer(name: string, nowMs: number): NewServer {
    const profile = profileOf(name, undefined, this.#patterns);
    return {
      name,
      profile,
      ...this.#places.of(name, profile),
      attributes: NO_ATTRIBUTES,
      firstSeenMs: nowMs,
      lastSeenMs: nowMs,
      heardMs: nowMs,
      measured: false,
      declaredProfile: undefined,
      declaredTimeZone: undefined,
      declaredCountry: undefined,
    };
  }

  /** Applies what was said; what was not said stays. @returns true where something changed */
  apply(entry: ServerEntry, { profile, timeZone, country, attributes }: ServerIdentity): boolean {
    let changed = false;
    if (profile !== undefined && profile !== entry.declaredProfile && profileIndex(profile) >= 0) {
      entry.declaredProfile = profile;
      changed = true;
    }
    changed = this.#applyTimeZone(entry, timeZone) || changed;
    changed = this.#applyCountry(entry, country) || changed;
    if (attributes !== undefined && attributes.size > 0) {
      const merged = mergeAttributes(entry.attributes, attributes, this.#config);
      this.dropped += merged.dropped;
      entry.attributes = merged.attributes;
      changed ||= merged.changed;
    }
    if (changed) this.derive(entry);
    return changed;
  }

  /** Sets profile and place from what the server declared and what is configured. */
  derive(entry: ServerEntry): void {
    entry.profile = profileOf(entry.name, entry.declaredProfile, this.#patterns);
    const place = this.#places.of(entry.name, entry.profile);
    entry.timeZone = entry.declaredTimeZone ?? place.timeZone;
    entry.country = entry.declaredCountry ?? place.country;
  }

  #applyTimeZone(entry: ServerEntry, timeZone: string | undefined): boolean {
    if (timeZone === undefined || timeZone === entry.declaredTimeZone) return false;
    if (!isTimeZone(timeZone)) {
      this.#refuse('time_zone', timeZone, entry.name);
      return false;
    }
    entry.declaredTimeZone = timeZone;
    return true;
  }

  #applyCountry(entry: ServerEntry, country: string | undefined): boolean {
    if (country === undefined || country === entry.declaredCountry) return false;
    const region = findHolidayRegion(country);
    if (region === undefined) {
      this.#refuse('country', country, entry.name);
      return false;
    }
    const isNew = region !== entry.declaredCountry;
    entry.declaredCountry = region;
    return isNew;
  }

  #refuse(attribute: PlaceAttribute, value: string, server: string): void {
    this.placesRefused[attribute]++;
    const key = `${attribute} ${value}`;
    if (this.#logged.has(key) || this.#logged.size >= MAX_LOGGED) return;
    this.#logged.add(key);
    this.#report(
      `Server ${JSON.stringify(server)} sent argus.${attribute} ${JSON.stringify(shortened(value))}, which is not known; what is configured counts. This value is not reported again.`,
    );
  }
}
