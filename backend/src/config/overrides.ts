/** Settings from the environment and from flags, which go before those of the file. */
import { parse } from 'yaml';
import {
  type ConfigPath,
  type ConfigProblem,
  closestWord,
  type Origin,
  plainWord,
  settingName,
} from './problem.ts';
import { recordValues, type SchemaNode } from './schema.ts';

export interface Override {
  readonly path: ConfigPath;
  readonly value: unknown;
  readonly origin: Origin;
}

export interface Overrides {
  readonly overrides: readonly Override[];
  readonly problems: readonly ConfigProblem[];
}

const PREFIX = 'ARGUS_';
/** Separates sections in a variable's name; single underscores separate words. */
const SECTION = '__';

/** Variables of the same prefix that are not settings. */
const NOT_SETTINGS = ['ARGUS_DEBUG', 'ARGUS_CONFIG', 'ARGUS_API_KEY'];

/** Values of the flags of `argus serve` that are settings, as typed. */
export interface ServeFlags {
  readonly dataDir?: string | undefined;
  readonly model?: string | undefined;
  /** HOST:PORT */
  readonly http?: string | undefined;
  readonly otlpGrpc?: string | undefined;
  readonly otlpHttp?: string | undefined;
}

/** The setting a variable names: ARGUS_FLEET__STALE_AFTER_MINUTES is fleet.staleAfterMinutes. */
function pathOf(
  variable: string,
  schema: SchemaNode,
): { readonly path: string[]; readonly schema: SchemaNode } | null {
  const path: string[] = [];
  let node = schema;
  for (const section of variable.slice(PREFIX.length).split(SECTION)) {
    const names = Object.keys(node.properties ?? {});
    const name = names.find((known) => plainWord(known) === plainWord(section));
    const next = name === undefined ? recordValues(node) : node.properties?.[name];
    if (next === undefined || section === '') return null;
    path.push(name ?? section.toLowerCase());
    node = next;
  }
  return { path, schema: node };
}

function isTextSetting(schema: SchemaNode): boolean {
  return schema.type === 'string' || (schema.anyOf?.some(({ type }) => type === 'string') ?? false);
}

/** A variable's text as the value its setting needs; what does not fit is left for the check of the whole. */
function parsedValue(text: string, schema: SchemaNode): unknown {
  if (isTextSetting(schema)) return text;
  const isPlainList = schema.type === 'array' && !text.trimStart().startsWith('[');
  if (isPlainList) {
    const items = text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    return items.map((item) => parsedValue(item, schema.items ?? {}));
  }
  try {
    return parse(text, { logLevel: 'silent' });
  } catch {
    return text;
  }
}

/** The variable for a setting: fleet.staleAfterMinutes is ARGUS_FLEET__STALE_AFTER_MINUTES. */
export function variableName(path: ConfigPath): string {
  const words = path.map((step) =>
    String(step)
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toUpperCase(),
  );
  return PREFIX + words.join(SECTION);
}

function allSettings(schema: SchemaNode, path: readonly string[] = []): string[] {
  const children = Object.entries(schema.properties ?? {});
  if (children.length === 0) return [variableName(path)];
  return children.flatMap(([name, child]) => allSettings(child, [...path, name]));
}

/**
 * A variable that names no setting is a mistake where it can only have been meant as one: it has a section, or it is
 * nearly the name of a setting. Others of our prefix belong to somebody else (container links are named so).
 */
function unknownVariable(variable: string, schema: SchemaNode): ConfigProblem[] {
  const meant = closestWord(variable, allSettings(schema));
  if (meant === undefined && !variable.includes(SECTION)) return [];
  const remedy =
    meant === undefined ? 'Remove it; docs/configuration.md lists the variables.' : `Did you mean ${meant}?`;
  return [{ origin: { kind: 'environment', variable }, setting: '', message: 'names no setting', remedy }];
}

/** Settings among the variables of the environment. */
export function environmentOverrides(
  env: Readonly<Record<string, string | undefined>>,
  schema: SchemaNode,
): Overrides {
  const overrides: Override[] = [];
  const problems: ConfigProblem[] = [];
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || text === undefined || NOT_SETTINGS.includes(variable)) continue;
    const found = pathOf(variable, schema);
    if (found === null) problems.push(...unknownVariable(variable, schema));
    else
      overrides.push({
        path: found.path,
        value: parsedValue(text, found.schema),
        origin: { kind: 'environment', variable },
      });
  }
  return { overrides, problems };
}

/** Host and port of "127.0.0.1:8000" or "[::1]:8000"; null where it is neither. */
function splitAddress(text: string): { readonly host: string; readonly port: number } | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  return match === null ? null : { host: match[1] ?? match[2], port: Number(match[3]) };
}

function addressOverrides(flag: string, section: readonly string[], text: string): Overrides {
  const origin: Origin = { kind: 'flag', flag };
  const address = splitAddress(text);
  if (address === null) {
    const problem = {
      origin,
      setting: settingName(section),
      message: `must be HOST:PORT, but is ${JSON.stringify(text)}`,
      remedy: 'Write it like 127.0.0.1:8000 or [::1]:8000.',
    };
    return { overrides: [], problems: [problem] };
  }
  const { host, port } = address;
  return {
    overrides: [
      { path: [...section, 'host'], value: host, origin },
      { path: [...section, 'port'], value: port, origin },
    ],
    problems: [],
  };
}

const ADDRESS_FLAGS = [
  { name: 'http', flag: '--http', section: ['api'] },
  { name: 'otlpGrpc', flag: '--otlp-grpc', section: ['ingest', 'otlp', 'grpc'] },
  { name: 'otlpHttp', flag: '--otlp-http', section: ['ingest', 'otlp', 'http'] },
] as const;

const TEXT_FLAGS = [
  { name: 'dataDir', flag: '--data-dir', path: ['dataDir'] },
  { name: 'model', flag: '--model', path: ['forecast', 'model'] },
] as const;

/** Settings among the flags of `argus serve`. */
export function flagOverrides(flags: ServeFlags): Overrides {
  const texts = TEXT_FLAGS.flatMap(({ name, flag, path }): Override[] => {
    const value = flags[name];
    return value === undefined ? [] : [{ path, value, origin: { kind: 'flag', flag } }];
  });
  const addresses = ADDRESS_FLAGS.flatMap(({ name, flag, section }) => {
    const text = flags[name];
    return text === undefined ? [] : [addressOverrides(flag, section, text)];
  });
  return {
    overrides: [...texts, ...addresses.flatMap(({ overrides }) => overrides)],
    problems: addresses.flatMap(({ problems }) => problems),
  };
}
