import { findHolidayRegion } from '../../catalog/holidays.ts';
import type { ServerIdentity } from '../../fleet/types.ts';
import type { OtlpConfig } from '../config.ts';
import type { RejectionReason } from './rejections.ts';
import { ABSENT, codeOf, INHERITED, ROLE_COUNT, roleOf } from './rules.ts';

/** What a resource says about the server that its points belong to. */
export interface ResourceIdentity {
  /** Empty where `problem` says why. */
  readonly name: string;
  readonly problem: RejectionReason | null;
  readonly server: ServerIdentity;
  readonly lane1: number;
  readonly lane2: number;
  /** Codes of the roles that the resource states for all its points; ABSENT elsewhere. */
  readonly codes: Uint16Array;
  readonly droppedAttributes: number;
}

/** An attribute of a resource; null where its value is not valid UTF-8 or no scalar. */
export interface ResourceAttribute {
  readonly key: string;
  readonly value: string | null;
}

/** Attributes of a process or an SDK, not of the server: two senders of one host would overwrite each other's. */
const NOT_OF_THE_SERVER = /^(argus|process|telemetry|service|container|jvm)\./;

const CONTROL_CHARACTERS = /[\p{Cc}\p{Cs}\u2028\u2029\ufeff]/u;

function nameOf(
  attributes: ReadonlyMap<string, string | null>,
  config: OtlpConfig,
): Pick<ResourceIdentity, 'name' | 'problem'> {
  const key = config.identityAttributes.find((candidate) => attributes.has(candidate));
  if (key === undefined) return { name: '', problem: 'no_identity' };
  const name = attributes.get(key)?.trim() ?? '';
  if (name === '' || name.length > config.maxAttributeValueLength || CONTROL_CHARACTERS.test(name)) {
    return { name: '', problem: 'bad_name' };
  }
  return { name, problem: null };
}

function keptAttributes(
  attributes: ReadonlyMap<string, string | null>,
  config: OtlpConfig,
): { readonly kept: ReadonlyMap<string, string>; readonly dropped: number } {
  const kept = new Map<string, string>();
  let dropped = 0;
  for (const [key, value] of attributes) {
    if (value === null || NOT_OF_THE_SERVER.test(key) || config.identityAttributes.includes(key)) continue;
    const fits = key.length <= config.maxAttributeKeyLength && value.length <= config.maxAttributeValueLength;
    if (fits && kept.size < config.maxAttributes) kept.set(key, value);
    else dropped++;
  }
  return { kept, dropped };
}

const shortText = (text: string | null | undefined, config: OtlpConfig): string | undefined =>
  typeof text === 'string' && text.length <= config.maxAttributeValueLength ? text : undefined;

/** The second spelling is that of Argus's first version. */
const TIME_ZONE_ATTRIBUTES = ['argus.time_zone', 'argus.timezone'];
const GEO_REGION = 'geo.region.iso_code';

const firstText = (
  attributes: ReadonlyMap<string, string | null>,
  keys: readonly string[],
  config: OtlpConfig,
): string | undefined => keys.map((key) => shortText(attributes.get(key), config)).find((text) => text);

/** Whose holidays count: as Argus is told, else as OpenTelemetry's `geo.*` attributes say where the machine stands. */
function countryOf(attributes: ReadonlyMap<string, string | null>, config: OtlpConfig): string | undefined {
  const told = shortText(attributes.get('argus.country'), config);
  if (told !== undefined) return told;
  // Holidays of many regions are those of their country, and only known as such.
  const region = shortText(attributes.get(GEO_REGION), config);
  const isKnown = region !== undefined && findHolidayRegion(region) !== undefined;
  return isKnown ? region : shortText(attributes.get('geo.country.iso_code'), config);
}

function inheritedCodes(attributes: ReadonlyMap<string, string | null>): Uint16Array {
  const codes = new Uint16Array(ROLE_COUNT).fill(ABSENT);
  for (const [key, value] of attributes) {
    const role = roleOf(key);
    if (value !== null && INHERITED.includes(role)) codes[role] = codeOf(role, value);
  }
  return codes;
}

/** Reads a resource's attributes; of a key that comes twice the first value counts. */
export function identify(
  sent: readonly ResourceAttribute[],
  lane1: number,
  lane2: number,
  config: OtlpConfig,
): ResourceIdentity {
  const attributes = new Map<string, string | null>();
  for (const { key, value } of sent) if (!attributes.has(key)) attributes.set(key, value);
  const { kept, dropped } = keptAttributes(attributes, config);
  const profile = shortText(attributes.get('argus.profile'), config);
  const timeZone = firstText(attributes, TIME_ZONE_ATTRIBUTES, config);
  const country = countryOf(attributes, config);
  return {
    ...nameOf(attributes, config),
    server: {
      ...(profile === undefined ? {} : { profile }),
      ...(timeZone === undefined ? {} : { timeZone }),
      ...(country === undefined ? {} : { country }),
      attributes: kept,
    },
    lane1,
    lane2,
    codes: inheritedCodes(attributes),
    droppedAttributes: dropped,
  };
}

/** Characters of resources remembered: a few senders for each of 10,000 servers, 64 MB whatever clients send. */
const MAX_REMEMBERED_CHARACTERS = 32 * 1024 * 1024;
/** What a resource costs beside its strings. */
const OVERHEAD_CHARACTERS = 256;

/** Remembers what resources said by the fingerprint of their attributes. */
export class ResourceMemo {
  #byFingerprint = new Map<number, ResourceIdentity>();
  #characters = 0;

  find(lane1: number, lane2: number): ResourceIdentity | undefined {
    const known = this.#byFingerprint.get(keyOf(lane1, lane2));
    return known !== undefined && known.lane1 === lane1 && known.lane2 === lane2 ? known : undefined;
  }

  remember(identity: ResourceIdentity): void {
    this.#characters += charactersOf(identity);
    if (this.#characters > MAX_REMEMBERED_CHARACTERS) {
      this.#byFingerprint = new Map();
      this.#characters = charactersOf(identity);
    }
    this.#byFingerprint.set(keyOf(identity.lane1, identity.lane2), identity);
  }
}

function charactersOf({ name, server }: ResourceIdentity): number {
  let characters = OVERHEAD_CHARACTERS + name.length;
  for (const [key, value] of server.attributes ?? []) characters += key.length + value.length;
  return (
    characters +
    (server.profile?.length ?? 0) +
    (server.timeZone?.length ?? 0) +
    (server.country?.length ?? 0)
  );
}

/** 53 bits of the fingerprint: the largest exact key. */
const keyOf = (lane1: number, lane2: number): number => (lane1 >>> 0) * 2 ** 21 + (lane2 >>> 11);
