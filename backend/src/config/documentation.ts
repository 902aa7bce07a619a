/** docs/configuration.md, made from the schema so that it cannot be wrong. */
import { variableName } from './overrides.ts';
import { type ConfigPath, settingName } from './problem.ts';
import { configSchemaNode, recordValues, type SchemaNode, wordsOf } from './schema.ts';
import { rangeText } from './validate.ts';

const INTRODUCTION = `# Configuration

<!-- Made by backend/src/config/writeDocumentation.ts; do not edit by hand. -->

Argus runs without any configuration. Settings come from, the later going before the earlier: the defaults below, one
YAML file (\`--config FILE\`, or \`argus.yaml\` in the working folder), variables of the environment, and flags of
\`argus serve\`. [argus.example.yaml](argus.example.yaml) shows the form; \`argus check-config FILE\` names every mistake
with its line and what to do.

A variable is named after its setting: \`ARGUS_\`, the sections separated by two underscores, the words by one:
\`fleet.staleAfterMinutes\` is \`ARGUS_FLEET__STALE_AFTER_MINUTES\`. A list is written with commas, or like \`[a, b]\`. Units
are part of the names; write the number alone.
`;

interface Setting {
  readonly path: ConfigPath;
  readonly schema: SchemaNode;
}

function isSection({ properties }: SchemaNode): boolean {
  return properties !== undefined;
}

function kindText(schema: SchemaNode): string {
  const words = wordsOf(schema);
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(kindText).join(' or ');
  const values = recordValues(schema);
  if (values !== undefined) return `by name: ${kindText(values)}`;
  if (isSection(schema)) return `\`{${Object.keys(schema.properties ?? {}).join(', ')}}\``;
  if (schema.type === 'array') return `list of ${kindText(schema.items ?? {})}`;
  if (schema.type === 'string') return 'text';
  if (schema.type === 'boolean') return '`true`, `false`';
  const range = rangeText(schema);
  const kind = schema.type === 'integer' ? 'whole number' : (schema.type ?? 'anything');
  return range === '' ? kind : `${kind} ${range}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function row({ path, schema }: Setting): string {
  const fallback = schema.default === undefined ? 'not set' : `\`${JSON.stringify(schema.default)}\``;
  const name = path[path.length - 1];
  const cells = [`\`${name}\``, fallback, kindText(schema), schema.description ?? ''];
  return `| ${cells.map(cell).join(' | ')} |`;
}

function section({ path, schema }: Setting): string[] {
  const children = Object.entries(schema.properties ?? {}).map(([name, child]) => ({
    path: [...path, name],
    schema: child,
  }));
  const settings = children.filter((child) => !isSection(child.schema));
  const sections = children.filter((child) => isSection(child.schema));
  const title = path.length === 0 ? [] : [`## ${settingName(path)}`, ''];
  const about = path.length > 0 && schema.description !== undefined ? [schema.description, ''] : [];
  const variables = `Variables: \`${variableName([...path, ''])}…\``;
  const table =
    settings.length === 0
      ? []
      : [
          ...(path.length === 0 ? [] : [variables, '']),
          '| setting | default | may be | meaning |',
          '| --- | --- | --- | --- |',
          ...settings.map(row),
          '',
        ];
  return [...title, ...about, ...table, ...sections.flatMap(section)];
}

/** The page on every setting. */
export function configurationPage(): string {
  return `${[INTRODUCTION, ...section({ path: [], schema: configSchemaNode })].join('\n').trimEnd()}\n`;
}
