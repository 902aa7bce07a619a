/** Where a server stands: the zone of its clocks, and the country whose holidays count. */

import { isTimeZone } from '../catalog/calendar.ts';
import { findHolidayRegion } from '../catalog/holidays.ts';
import { PROFILES } from '../catalog/profiles.ts';
import type { FleetConfig, PlaceRule } from './config.ts';

export interface Place {
  readonly timeZone: string;
  /** As findHolidayRegion spells it; undefined where it is not known. */
  readonly country: string | undefined;
}

/** A mistake in the configured places, and where it is. */
export interface PlaceProblem {
  /** Within the fleet's configuration. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly remedy: string;
}

const PATTERN_REMEDY = 'Put a backslash before characters meant as such.';
const ZONE_REMEDY = 'Use an IANA name such as Europe/Berlin.';
const COUNTRY_REMEDY =
  'Use an ISO 3166 code such as DE or DE-BY; where holidays of a region are not known, that of its country.';

function zoneProblems(path: PlaceProblem['path'], zone: string | undefined): readonly PlaceProblem[] {
  if (zone === undefined || isTimeZone(zone)) return [];
  return [{ path, message: `"${zone}" is no time zone this machine knows`, remedy: ZONE_REMEDY }];
}

function countryProblems(path: PlaceProblem['path'], country: string | undefined): readonly PlaceProblem[] {
  if (country === undefined || findHolidayRegion(country) !== undefined) return [];
  const message = `"${country}" is no country or region whose holidays are known`;
  return [{ path, message, remedy: COUNTRY_REMEDY }];
}

/** What is wrong with a regular expression. */
export function patternProblems(
  path: PlaceProblem['path'],
  pattern: string | undefined,
): readonly PlaceProblem[] {
  try {
    new RegExp(pattern ?? '', 'u');
    return [];
  } catch (error) {
    const reason = (error as Error).message.replace(/^Invalid regular expression: /, '');
    return [{ path, message: `is no regular expression: ${reason}`, remedy: PATTERN_REMEDY }];
  }
}

function ruleProblems(rule: PlaceRule, index: number): readonly PlaceProblem[] {
  const path = ['places', index];
  const problems = [
    ...patternProblems([...path, 'pattern'], rule.pattern),
    ...zoneProblems([...path, 'timeZone'], rule.timeZone),
    ...countryProblems([...path, 'country'], rule.country),
  ];
  if ((rule.pattern === undefined) === (rule.profile === undefined)) {
    const message = 'must say by pattern or by profile whom it is about, and not by both';
    problems.push({ path, message, remedy: 'Write one entry for each.' });
  }
  if (rule.timeZone === undefined && rule.country === undefined) {
    const message = 'says neither a timeZone nor a country';
    problems.push({ path, message, remedy: 'Add what it is for, or take it out.' });
  }
  return problems;
}

/** What is wrong with the places of a configuration whose shape is right. */
export function placeProblems(
  config: Pick<FleetConfig, 'places' | 'defaultTimeZone' | 'defaultCountry'>,
): readonly PlaceProblem[] {
  return [
    ...zoneProblems(['defaultTimeZone'], config.defaultTimeZone),
    ...countryProblems(['defaultCountry'], config.defaultCountry),
    ...config.places.flatMap(ruleProblems),
  ];
}

interface CompiledRule {
  readonly pattern: RegExp | null;
  /** Position in PROFILES; -1 for a rule by name. */
  readonly profile: number;
  readonly timeZone: string | undefined;
  readonly country: string | undefined;
}

/** Finds a server's place in what is configured: rules on its name first, then those on its profile, then the default. */
export class PlaceRules {
  readonly #rules: readonly CompiledRule[];
  readonly #default: Place;

  /** @param config without placeProblems */
  constructor({
    places,
    defaultTimeZone,
    defaultCountry,
  }: Pick<FleetConfig, 'places' | 'defaultTimeZone' | 'defaultCountry'>) {
    const compiled = places.map(({ pattern, profile, timeZone, country }) => ({
      pattern: pattern === undefined ? null : new RegExp(pattern, 'u'),
      profile: PROFILES.findIndex(({ name }) => name === profile),
      timeZone,
      country: regionOf(country),
    }));
    this.#rules = [
      ...compiled.filter(({ pattern }) => pattern !== null),
      ...compiled.filter(({ pattern }) => pattern === null),
    ];
    this.#default = { timeZone: defaultTimeZone, country: regionOf(defaultCountry) };
  }

  /** @param profile position in PROFILES */
  of(serverName: string, profile: number): Place {
    const mine = this.#rules.filter((rule) => rule.pattern?.test(serverName) ?? rule.profile === profile);
    return {
      timeZone: mine.find(({ timeZone }) => timeZone !== undefined)?.timeZone ?? this.#default.timeZone,
      country: mine.find(({ country }) => country !== undefined)?.country ?? this.#default.country,
    };
  }
}

const regionOf = (country: string | undefined): string | undefined =>
  country === undefined ? undefined : findHolidayRegion(country);
