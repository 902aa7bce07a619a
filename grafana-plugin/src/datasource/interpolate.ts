/** Template variables in the lists of a query. */
import type { ScopedVars } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';
import type { ArgusQuery } from './types';

/** Stands around a variable's values while a text is put together; no name holds it. */
const MARK = '\u0000';
/** What dashboards write for "every value" instead of listing them. */
const ALL_VALUES: ReadonlySet<string> = new Set(['$__all', '.*', '*', '__all__']);

type Replacer = Pick<TemplateSrv, 'replace'>;

function marked(value: unknown): string {
  const values = Array.isArray(value) ? value : [value];
  return `${MARK}${JSON.stringify(values.map(String))}${MARK}`;
}

/** Every text that `pp$kind$number` can become, each variable taking each of its values. */
function expanded(text: string, templates: Replacer, scopedVars: ScopedVars): string[] {
  const pieces = templates.replace(text, scopedVars, marked).split(MARK);
  let texts = [''];
  pieces.forEach((piece, i) => {
    const values: string[] = i % 2 === 0 ? [piece] : JSON.parse(piece);
    texts = texts.flatMap((start) => values.map((value) => start + value));
  });
  return texts;
}

/** Names with their variables replaced, each once; empty where a variable stands for all. */
function interpolatedList(
  names: readonly string[] | undefined,
  templates: Replacer,
  scopedVars: ScopedVars,
): string[] {
  const all = (names ?? []).flatMap((name) => expanded(name, templates, scopedVars));
  if (all.some((name) => ALL_VALUES.has(name))) return [];
  return [...new Set(all.filter((name) => name !== ''))];
}

/** The query with every template variable replaced, also those of several values. */
export function interpolated(query: ArgusQuery, templates: Replacer, scopedVars: ScopedVars): ArgusQuery {
  const list = (names: readonly string[] | undefined) => interpolatedList(names, templates, scopedVars);
  return {
    ...query,
    servers: list(query.servers),
    metrics: list(query.metrics),
    levels: list(query.levels),
    profiles: list(query.profiles),
    search: query.search === undefined ? undefined : templates.replace(query.search, scopedVars),
  };
}

/** Whether a list holds a variable that stands for something. */
export function hasVariable(
  names: readonly string[] | undefined,
  templates: Pick<TemplateSrv, 'containsTemplate'>,
) {
  return (names ?? []).some((name) => templates.containsTemplate(name));
}
