/** Puts the configuration together: defaults, then the file, then ARGUS_* variables, then flags. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { Value } from 'typebox/value';
import { deeperMistakes } from './checks.ts';
import { ConfigFileMissing, ConfigFileUnreadable, ConfigInvalid } from './errors.ts';
import {
  environmentOverrides,
  flagOverrides,
  type Override,
  type Overrides,
  type ServeFlags,
} from './overrides.ts';
import {
  type ConfigPath,
  type ConfigProblem,
  type Mistake,
  type Origin,
  problemLine,
  settingName,
} from './problem.ts';
import { type Config, configSchema, configSchemaNode, type SchemaNode } from './schema.ts';
import { mistakesIn } from './validate.ts';
import { LARGEST_FILE_BYTES, parseYaml, type YamlSource } from './yamlSource.ts';

/** Read from the working folder where no file is named. */
export const DEFAULT_CONFIG_FILE = 'argus.yaml';

export interface ConfigSources {
  /** The file named by --config; without one, argus.yaml is read where it exists. */
  readonly file?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly flags?: ServeFlags;
}

type Section = Record<string, unknown>;

const NO_FILE: YamlSource = {
  content: {},
  problems: [],
  originOf: () => ({ kind: 'file', file: 'the defaults', line: 1, column: 1 }),
};

/**
 * Loads the configuration.
 * @returns every setting with its value, frozen
 * @throws ConfigInvalid with every mistake at once, ConfigFileMissing, ConfigFileUnreadable
 */
export function loadConfig({ file, env = {}, flags = {} }: ConfigSources = {}): Config {
  const named = file ?? (existsSync(DEFAULT_CONFIG_FILE) ? DEFAULT_CONFIG_FILE : undefined);
  const source = named === undefined ? NO_FILE : parseYaml(readConfigFile(named), named);
  const { config, problems } = assemble(source, [
    environmentOverrides(env, configSchemaNode),
    flagOverrides(flags),
  ]);
  if (problems.length > 0) throw new ConfigInvalid(problems, problems.map(problemLine));
  return deepFrozen(config);
}

/**
 * Finds the mistakes of a configuration file, without the environment.
 * @returns an empty list for a file that is right
 * @throws ConfigFileMissing, ConfigFileUnreadable
 */
export function checkConfig(file: string): readonly ConfigProblem[] {
  return assemble(parseYaml(readConfigFile(file), file), []).problems;
}

/**
 * Reads a configuration that is given as text, without the environment.
 * @param name what it is called in messages
 */
export function readConfigText(
  text: string,
  name: string,
): { readonly config: Config; readonly problems: readonly ConfigProblem[] } {
  return assemble(parseYaml(new TextEncoder().encode(text), name), []);
}

/**
 * Loads a file alone, without the environment.
 * @throws ConfigInvalid with every mistake at once, ConfigFileMissing, ConfigFileUnreadable
 */
export function loadConfigFile(file: string): Config {
  const { config, problems } = assemble(parseYaml(readConfigFile(file), file), []);
  if (problems.length > 0) throw new ConfigInvalid(problems, problems.map(problemLine));
  return deepFrozen(config);
}

/** Reads one byte more than is allowed at most: enough to see that a file, or a device without end, is too large. */
function readConfigFile(file: string): Uint8Array {
  const buffer = new Uint8Array(LARGEST_FILE_BYTES + 1);
  try {
    const descriptor = openSync(file, 'r');
    try {
      let length = 0;
      for (let read = -1; read !== 0 && length < buffer.length; length += read) {
        read = readSync(descriptor, buffer, length, buffer.length - length, null);
      }
      return buffer.subarray(0, length);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new ConfigFileMissing(file);
    throw new ConfigFileUnreadable(file, (error as Error).message);
  }
}

function assemble(
  source: YamlSource,
  layers: readonly Overrides[],
): { readonly config: Config; readonly problems: readonly ConfigProblem[] } {
  const overrides = layers.flatMap((layer) => layer.overrides);
  const content = withoutEmptySections(source.content, configSchemaNode);
  for (const { path, value } of overrides) setAt(content, path, value);
  // The shape is what the checks below establish; nothing reads it as a Config where they find a mistake.
  const config = Value.Default(configSchema, content) as Config;
  const shape = mistakesIn(configSchemaNode, config);
  const mistakes = shape.length > 0 ? shape : deeperMistakes(config);
  const found = mistakes.map((mistake) => problemOf(mistake, source, overrides));
  const problems = [...source.problems, ...layers.flatMap((layer) => layer.problems), ...found];
  return { config, problems };
}

/** Drops sections that stand in the file without any setting, as when all are commented out. */
function withoutEmptySections(content: Readonly<Section>, node: SchemaNode): Section {
  const kept: Section = {};
  for (const [name, value] of Object.entries(content)) {
    const child = Object.hasOwn(node.properties ?? {}, name) ? node.properties?.[name] : undefined;
    const isSection = child?.properties !== undefined;
    if (isSection && value === null) continue;
    const cleaned =
      isSection && isPlainObject(value) ? withoutEmptySections(value, child) : structuredClone(value);
    // Not an assignment: a key named __proto__ must stay a key.
    Object.defineProperty(kept, name, {
      value: cleaned,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return kept;
}

function isPlainObject(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets a value deep inside; a section that is no section is replaced, as the override says more than it. */
function setAt(root: Section, path: ConfigPath, value: unknown): void {
  let section = root;
  for (const step of path.slice(0, -1)) {
    const next = Object.hasOwn(section, step) ? section[step] : undefined;
    if (!isPlainObject(next)) section[step] = {};
    section = section[step] as Section;
  }
  section[path[path.length - 1]] = value;
}

function startsWith(path: ConfigPath, start: ConfigPath): boolean {
  return start.every((step, i) => path[i] === step);
}

/** The last override of a setting is where its value came from; else the file is. */
function originOf(path: ConfigPath, source: YamlSource, overrides: readonly Override[]): Origin {
  const override = overrides.findLast((one) => startsWith(path, one.path));
  return override?.origin ?? source.originOf(path);
}

function problemOf(mistake: Mistake, source: YamlSource, overrides: readonly Override[]): ConfigProblem {
  const { path, message, remedy } = mistake;
  return { origin: originOf(path, source, overrides), setting: settingName(path), message, remedy };
}

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) deepFrozen(child);
    Object.freeze(value);
  }
  return value;
}
