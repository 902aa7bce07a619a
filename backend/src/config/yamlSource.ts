/** Reads the YAML file and remembers where each value stands in it. */
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { ConfigPath, ConfigProblem, Origin } from './problem.ts';

/** Largest configuration file read; a larger one is not a configuration. */
export const LARGEST_FILE_BYTES = 1_048_576;
/** Aliases are repeated this often at most, so that a small file cannot become a huge one. */
const MOST_ALIASES = 100;

export interface YamlSource {
  /** What the file says; an empty object where it says nothing, or has problems. */
  readonly content: Readonly<Record<string, unknown>>;
  readonly problems: readonly ConfigProblem[];
  /** Where a setting stands; where it does not stand, the nearest setting around it. */
  originOf(path: ConfigPath): Origin;
}

interface Wording {
  readonly message: string;
  readonly remedy: string;
}

const WORDINGS: Readonly<Partial<Record<YAMLError['code'], Wording>>> = {
  DUPLICATE_KEY: { message: 'this setting stands here a second time', remedy: 'Remove one of the two.' },
  TAB_AS_INDENT: { message: 'a tab is used to indent', remedy: 'Use blanks.' },
  BAD_INDENT: {
    message: 'the indentation fits nothing above',
    remedy: 'Indent settings of one section alike.',
  },
  MULTIPLE_DOCS: { message: 'a second document begins', remedy: 'Keep one document, without --- between.' },
  MISSING_CHAR: {
    message: 'a quote, bracket or colon is missing',
    remedy: 'Close what was opened; write "name: value".',
  },
  TAG_RESOLVE_FAILED: { message: 'the tag is not known', remedy: 'Remove the word that begins with "!".' },
};

/** Path steps joined for a look-up; no key can hold the separator. */
function keyOf(path: ConfigPath): string {
  return path.join('\u0000');
}

/** Where each value stands: a setting at its name, an item of a list at itself. */
class Places {
  readonly lines = new LineCounter();
  readonly #file: string;
  readonly #offsets = new Map<string, number>();

  constructor(file: string) {
    this.#file = file;
  }

  /** @returns offsets of names that are no plain words */
  walk(node: unknown, path: ConfigPath, offset: number): readonly number[] {
    this.#offsets.set(keyOf(path), offset);
    if (isSeq<Node>(node)) {
      return node.items.flatMap((item, i) => this.walk(item, [...path, i], item.range?.[0] ?? offset));
    }
    if (!isMap<Node, Node | null>(node)) return [];
    return node.items.flatMap(({ key, value }) => {
      const at = key.range?.[0] ?? offset;
      return isScalar(key) ? this.walk(value, [...path, String(key.value)], at) : [at];
    });
  }

  originAt(offset: number): Origin {
    const { line, col } = this.lines.linePos(offset);
    return { kind: 'file', file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  originOf(path: ConfigPath): Origin {
    for (let length = path.length; length > 0; length--) {
      const offset = this.#offsets.get(keyOf(path.slice(0, length)));
      if (offset !== undefined) return this.originAt(offset);
    }
    return this.originAt(0);
  }

  problem(offset: number, message: string, remedy: string): ConfigProblem {
    return { origin: this.originAt(offset), setting: '', message, remedy };
  }
}

type Parsed = Pick<YamlSource, 'content' | 'problems'>;

/**
 * Parses a configuration file.
 * @param file its name, for messages
 */
export function parseYaml(bytes: Uint8Array, file: string): YamlSource {
  const places = new Places(file);
  return { ...parse(bytes, places), originOf: (path) => places.originOf(path) };
}

function failed(...problems: readonly ConfigProblem[]): Parsed {
  return { content: {}, problems };
}

function parse(bytes: Uint8Array, places: Places): Parsed {
  if (bytes.length > LARGEST_FILE_BYTES) {
    return failed(
      places.problem(0, 'the file is larger than 1 MiB', 'No configuration is; name the right file.'),
    );
  }
  const text = decoded(bytes);
  if (text === null) return failed(places.problem(0, 'the file is not text in UTF-8', 'Save it as UTF-8.'));
  const document = parseDocument(text, {
    lineCounter: places.lines,
    prettyErrors: false,
    merge: true,
    // Warnings are read from the document; nothing is printed.
    logLevel: 'error',
  });
  const problems = [...document.errors, ...document.warnings].map((error) => syntaxProblem(error, places));
  return problems.length > 0 ? failed(...problems) : contentOf(document, places);
}

function contentOf(document: Document.Parsed, places: Places): Parsed {
  const problems = [
    ...places
      .walk(document.contents, [], 0)
      .map((offset) => places.problem(offset, 'the name of a setting is not a word', 'Write "name: value".')),
    ...unknownAliases(document).map((offset) =>
      places.problem(offset, 'no anchor of this name stands before', 'Write the value itself.'),
    ),
  ];
  if (problems.length > 0) return failed(...problems);
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return failed();
  if (!isMap(contents)) {
    const remedy = 'Write sections such as "api:" with "name: value" under them.';
    return failed(places.problem(0, 'the file holds no settings', remedy));
  }
  try {
    return { content: document.toJS({ maxAliasCount: MOST_ALIASES }), problems: [] };
  } catch {
    return failed(places.problem(0, 'the aliases cannot be followed', 'Write the values themselves.'));
  }
}

function unknownAliases(document: Document.Parsed): number[] {
  const offsets: number[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) === undefined) offsets.push(alias.range?.[0] ?? 0);
    },
  });
  return offsets;
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function syntaxProblem(error: YAMLError, places: Places): ConfigProblem {
  const wording = WORDINGS[error.code];
  const message = wording?.message ?? `this is not valid YAML (${error.message.split('\n')[0]})`;
  const remedy = wording?.remedy ?? 'Correct it; docs/argus.example.yaml shows the form.';
  return places.problem(error.pos[0], message, remedy);
}
