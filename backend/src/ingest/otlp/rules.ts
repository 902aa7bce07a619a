/** The mapping table in the form the reader uses: every decision on a string becomes an array look-up. */
import {
  ATTRIBUTE_ROLES,
  type Filter,
  HOST_METRICS,
  IGNORED,
  INHERITED_ROLES,
  type MetricRule,
  type PartRule,
  ROLES,
  type Role,
} from './mapping.ts';
import { SOURCE_LIST, SOURCES } from './sources.ts';

/** Codes of attribute values: 0 no such attribute, 1 a value no rule knows, from 2 on the known ones. */
export const ABSENT = 0;
const UNKNOWN = 1;
const FIRST_KNOWN = 2;

export const NO_ROLE = -1;
export const ROLE_COUNT = ROLES.length;
const DEVICE = ROLES.indexOf('device');

export const INHERITED: readonly number[] = INHERITED_ROLES.map((role) => ROLES.indexOf(role));

const roleByKey: ReadonlyMap<string, number> = new Map(
  Object.entries(ATTRIBUTE_ROLES).map(([key, role]) => [key, ROLES.indexOf(role)]),
);

function valuesOf(rule: MetricRule): readonly string[] {
  const listed = (rule.filters ?? []).flatMap((filter) => [...(filter.only ?? []), ...(filter.except ?? [])]);
  return typeof rule.part === 'number' ? listed : [...listed, ...Object.keys(rule.part.parts)];
}

const codeByValue: ReadonlyMap<string, number> = new Map(
  [...new Set(HOST_METRICS.flatMap(valuesOf))].map((value, index) => [value, FIRST_KNOWN + index]),
);
const CODE_COUNT = FIRST_KNOWN + codeByValue.size;

/** Role of an attribute key, or NO_ROLE. */
export function roleOf(key: string): number {
  return roleByKey.get(key) ?? NO_ROLE;
}

/** Code of an attribute's value in a role. */
export function codeOf(role: number, value: string): number {
  const plain = value.toLowerCase();
  return codeByValue.get(role === DEVICE ? deviceClass(plain) : plain) ?? UNKNOWN;
}

/** lo and lo0 are loopback everywhere; ifb devices repeat what another device received. */
function deviceClass(device: string): string {
  if (/^lo\d*$/.test(device)) return 'lo';
  return /^ifb\d*$/.test(device) ? 'ifb' : device;
}

interface CompiledFilter {
  readonly role: number;
  /** By code: 1 where the point is taken. */
  readonly pass: Uint8Array;
}

interface CompiledPart {
  readonly partRole: number;
  readonly partByCode: Int8Array;
}

export interface CompiledRule extends CompiledPart {
  readonly rule: MetricRule;
  readonly index: number;
  readonly isRate: boolean;
  readonly scale: number;
  readonly max: number;
  /** Position in SOURCE_LIST, or -1. */
  readonly source: number;
  readonly isPerMount: boolean;
  /** True where series of different resources of one server are different series. */
  readonly isPerResource: boolean;
  readonly filters: readonly CompiledFilter[];
  /** Of points that a filter leaves out. */
  readonly leftOut: CompiledPart;
}

function compilePart(part: number | PartRule): CompiledPart {
  if (typeof part === 'number') return { partRole: 0, partByCode: new Int8Array(CODE_COUNT).fill(part) };
  const partByCode = new Int8Array(CODE_COUNT).fill(part.otherwise);
  partByCode[ABSENT] = part.absent;
  for (const [value, index] of Object.entries(part.parts))
    partByCode[codeByValue.get(value) ?? UNKNOWN] = index;
  return { partRole: ROLES.indexOf(part.role), partByCode };
}

function compileFilter(filter: Filter): CompiledFilter {
  const pass = new Uint8Array(CODE_COUNT).fill(filter.only === undefined ? 1 : 0);
  pass[ABSENT] = filter.absent ? 1 : 0;
  for (const value of filter.only ?? []) pass[codeByValue.get(value) ?? UNKNOWN] = 1;
  for (const value of filter.except ?? []) pass[codeByValue.get(value) ?? UNKNOWN] = 0;
  return { role: ROLES.indexOf(filter.role), pass };
}

function compile(rule: MetricRule, index: number): CompiledRule {
  const source = rule.target.kind === 'source' ? SOURCES[rule.target.source] : undefined;
  return {
    rule,
    index,
    isRate: rule.reading === 'rate',
    scale: rule.scale ?? 1,
    max: rule.max ?? Number.POSITIVE_INFINITY,
    source: source === undefined ? -1 : SOURCE_LIST.indexOf(source),
    isPerMount: source !== undefined && 'mountPercent' in source,
    isPerResource: rule.target.kind === 'process',
    ...compilePart(rule.part),
    filters: (rule.filters ?? []).map(compileFilter),
    leftOut: compilePart(rule.leftOut ?? IGNORED),
  };
}

export const RULES: readonly CompiledRule[] = HOST_METRICS.map(compile);

/** Part of a point by the codes of its attributes (by role), or IGNORED. */
export function partOf(rule: CompiledRule, codes: Uint16Array): number {
  let { partRole, partByCode }: CompiledPart = rule;
  for (const filter of rule.filters)
    if (filter.pass[codes[filter.role]] === 0) ({ partRole, partByCode } = rule.leftOut);
  return partByCode[codes[partRole]];
}

/** The role that a rule's parts come from does not tell mounts apart. */
export const STATE_ROLE: number = ROLES.indexOf('state' satisfies Role);
