/** Checks values against the schema, in words a person can act on. */
import { type ConfigPath, closestWord, type Mistake } from './problem.ts';
import { recordValues, type SchemaNode, wordsOf } from './schema.ts';

const SECRET_NAME = /token|password|secret/i;
const LONGEST_SHOWN = 60;

const KIND_NAMES = {
  object: 'a section of settings',
  array: 'a list',
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'null',
} as const;
type Kind = keyof typeof KIND_NAMES;

type Report = (path: ConfigPath, message: string, remedy: string) => void;

/** Every mistake in `value`, which has its defaults filled in already. */
export function mistakesIn(schema: SchemaNode, value: unknown): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  check(schema, value, [], (path, message, remedy) => mistakes.push({ path, message, remedy }));
  return mistakes;
}

function check(schema: SchemaNode, value: unknown, path: ConfigPath, report: Report): void {
  const words = wordsOf(schema);
  if (words !== undefined) checkWord(words, value, path, report);
  else if (schema.anyOf !== undefined) checkUnion(schema, schema.anyOf, value, path, report);
  else if (schema.type !== undefined) checkKind(schema, schema.type, value, path, report);
}

function checkKind(schema: SchemaNode, kind: Kind, value: unknown, path: ConfigPath, report: Report): void {
  if (!isOfKind(value, kind)) {
    const message = `must be ${KIND_NAMES[kind]}, but is ${shown(value, path)}`;
    report(path, message, typeRemedy(schema, kind, value));
  } else if (kind === 'object') checkObject(schema, value as Readonly<Record<string, unknown>>, path, report);
  else if (kind === 'array') checkArray(schema, value as readonly unknown[], path, report);
  else if (kind === 'string') checkText(schema, value as string, path, report);
  else if (kind === 'number' || kind === 'integer') checkNumber(schema, value as number, path, report);
}

function isOfKind(value: unknown, kind: Kind): boolean {
  if (kind === 'null') return value === null;
  if (kind === 'array') return Array.isArray(value);
  if (kind === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (kind === 'integer') return Number.isInteger(value);
  if (kind === 'number') return Number.isFinite(value);
  return typeof value === kind;
}

/** A value as a message may repeat it; secrets never are. */
function shown(value: unknown, path: ConfigPath): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a section of settings';
  const name = path.findLast((step) => typeof step === 'string') ?? '';
  if (SECRET_NAME.test(String(name))) return 'something else';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

function typeRemedy(schema: SchemaNode, kind: Kind, value: unknown): string {
  if (value === null) return `Give it a value, or remove the line${defaultHint(schema)}.`;
  if (kind === 'boolean') return 'Write true or false; yes, no, on and off are plain text in YAML 1.2.';
  if (kind === 'array') return 'Write it as [a, b], or one line each beginning with "- ".';
  if (kind === 'object') return 'Indent its settings below it.';
  if (kind === 'string') return 'Put it in quotes.';
  if (typeof value !== 'string') return `Write a number${defaultHint(schema)}.`;
  if (value.trim() !== '' && Number.isFinite(Number(value))) return 'Remove the quotes.';
  if (/^\s*[\d.]+\s*\D/.test(value)) return "Write the number alone; its unit is part of the setting's name.";
  return `Write a number${defaultHint(schema)}.`;
}

function defaultHint({ default: value }: SchemaNode): string {
  return value === undefined || typeof value === 'object' ? '' : ` (the default is ${value})`;
}

function checkWord(words: readonly unknown[], value: unknown, path: ConfigPath, report: Report): void {
  if (words.includes(value)) return;
  const meant = closestWord(String(value), words.map(String));
  const remedy = meant === undefined ? 'Choose one of them.' : `Did you mean ${meant}?`;
  report(path, `must be one of ${words.join(', ')}, but is ${shown(value, path)}`, remedy);
}

/** The kind of value decides which alternative was meant, so that mistakes inside it are found. */
function checkUnion(
  schema: SchemaNode,
  alternatives: readonly SchemaNode[],
  value: unknown,
  path: ConfigPath,
  report: Report,
): void {
  const meant = alternatives.find(({ type }) => type !== undefined && isOfKind(value, type));
  if (meant !== undefined) {
    check(meant, value, path, report);
    return;
  }
  const kinds = alternatives.map(({ type }) => (type === undefined ? 'a value' : KIND_NAMES[type]));
  report(
    path,
    `must be ${kinds.join(' or ')}, but is ${shown(value, path)}`,
    `Write one of these${defaultHint(schema)}.`,
  );
}

function checkObject(
  schema: SchemaNode,
  value: Readonly<Record<string, unknown>>,
  path: ConfigPath,
  report: Report,
): void {
  const values = recordValues(schema);
  const settings = schema.properties ?? {};
  for (const [name, child] of Object.entries(value)) {
    const known = Object.hasOwn(settings, name) ? settings[name] : values;
    if (known === undefined) report([...path, name], ...unknownSetting(name, Object.keys(settings)));
    else if (child !== undefined) check(known, child, [...path, name], report);
  }
  for (const name of schema.required ?? []) {
    if (Object.hasOwn(value, name)) continue;
    const what = settings[name]?.description ?? '';
    report(path, `lacks the setting ${name}`, `Add it below. ${what}`.trim());
  }
}

function unknownSetting(name: string, known: readonly string[]): [message: string, remedy: string] {
  const meant = closestWord(name, known);
  const remedy =
    meant === undefined ? `Remove it; known here: ${known.join(', ')}.` : `Did you mean ${meant}?`;
  return ['is no setting', remedy];
}

function checkArray(schema: SchemaNode, value: readonly unknown[], path: ConfigPath, report: Report): void {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, items } = schema;
  if (value.length < minItems)
    report(path, `needs at least ${minItems} of them`, 'Add one, or remove the line.');
  if (value.length > maxItems) report(path, `takes at most ${maxItems} of them`, 'Remove some.');
  if (items === undefined) return;
  value.forEach((item, i) => {
    check(items, item, [...path, i], report);
  });
}

function checkText(schema: SchemaNode, value: string, path: ConfigPath, report: Report): void {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema;
  if (value.length < minLength)
    report(path, 'must not be empty', `Give it a value, or remove the line${defaultHint(schema)}.`);
  else if (value.length > maxLength) report(path, `must have at most ${maxLength} characters`, 'Shorten it.');
  else if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
    report(
      path,
      `does not have the form it needs, but is ${shown(value, path)}`,
      schema.description ?? `It must match ${pattern}.`,
    );
  }
}

/** The numbers a setting may be, in words: "from 1 to 10", "above 0"; empty where any will do. */
export function rangeText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode): string {
  if (minimum !== undefined && maximum !== undefined) return `from ${minimum} to ${maximum}`;
  const parts = [
    minimum === undefined ? '' : `at least ${minimum}`,
    exclusiveMinimum === undefined ? '' : `above ${exclusiveMinimum}`,
    maximum === undefined ? '' : `at most ${maximum}`,
    exclusiveMaximum === undefined ? '' : `below ${exclusiveMaximum}`,
  ];
  return parts.filter((part) => part !== '').join(' and ');
}

function checkNumber(schema: SchemaNode, value: number, path: ConfigPath, report: Report): void {
  const {
    minimum = -Infinity,
    maximum = Infinity,
    exclusiveMinimum = -Infinity,
    exclusiveMaximum = Infinity,
  } = schema;
  if (value >= minimum && value <= maximum && value > exclusiveMinimum && value < exclusiveMaximum) return;
  report(
    path,
    `must be ${rangeText(schema)}, but is ${value}`,
    `Choose a number in this range${defaultHint(schema)}.`,
  );
}
