import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { SCHEMAS } from './grafanaSchemas.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FOLDER = join(ROOT, 'provisioning/grafana');
const read = (file: string) => parse(readFileSync(join(FOLDER, file), 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true });
const checks = Object.fromEntries(
  Object.entries(SCHEMAS).map(([file, schema]) => [file, ajv.compile(schema)]),
);

interface Rule {
  readonly uid: string;
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
const rules: readonly Rule[] = read('alerting/argus.yaml').groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The same value with one key misspelt, for every key in it. */
function* misspelt(value: Json): Generator<Json> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      for (const wrong of misspelt(item)) yield value.with(index, wrong);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries<Json>(value)) {
      const { [key]: _, ...others } = value;
      yield { ...others, [`${key}x`]: item };
      for (const wrong of misspelt(item)) yield { ...value, [key]: wrong };
    }
  }
}

describe('what is provisioned in Grafana', () => {
  for (const [file, check] of Object.entries(checks)) {
    it(`${file} has the form that Grafana reads, and would not with any key misspelt`, () => {
      const content: Json = read(file);
      assert.ok(check(content), JSON.stringify(check.errors));
      let tried = 0;
      for (const wrong of misspelt(content)) {
        assert.equal(check(wrong), false, JSON.stringify(wrong).slice(0, 400));
        tried += 1;
      }
      assert.ok(tried > 0);
    });
  }

  it('has a schema for every file', () => {
    assert.deepEqual(globSync('**/*.yaml', { cwd: FOLDER }).toSorted(), Object.keys(SCHEMAS).toSorted());
  });

  it('has rules of different names that lead to a chapter of a runbook', () => {
    assert.equal(new Set(rules.map(({ uid }) => uid)).size, rules.length);
    assert.equal(new Set(rules.map(({ title }) => title)).size, rules.length);
    for (const { title, annotations } of rules) {
      const [page, anchor] = annotations.runbook.split('#');
      assert.ok(existsSync(join(ROOT, page)), page);
      const chapters = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^#+ (.*)$/gm)];
      assert.ok(
        chapters.some(([, name]) => name.toLowerCase().replaceAll(' ', '-') === anchor),
        title,
      );
      // Grafana reads rules as they are: a doubled dollar, as elsewhere in its files, breaks their texts.
      assert.doesNotMatch(Object.values(annotations).join(), /\$\$/, title);
    }
  });

  it('sends every rule to a contact point that exists, by level and lead as Alertmanager does', () => {
    const points = new Set(
      read('alerting/contact-points.yaml').contactPoints.map(({ name }: { name: string }) => name),
    );
    const [{ receiver, routes }] = read('alerting/policies.yaml').policies;
    interface Route {
      readonly receiver: string;
      readonly continue?: boolean;
      readonly object_matchers: readonly (readonly [string, string, string])[];
    }
    const receiversOf = (labels: Rule['labels']): readonly string[] => {
      const taken: string[] = [];
      for (const route of routes as readonly Route[]) {
        if (!route.object_matchers.every(([name, , value]) => labels[name] === value)) continue;
        taken.push(route.receiver);
        if (route.continue !== true) return taken;
      }
      return taken.length > 0 ? taken : [receiver];
    };
    for (const name of [receiver, ...routes.map((route: Route) => route.receiver)])
      assert.ok(points.has(name), name);
    assert.deepEqual(receiversOf({ severity: 'critical', lead: 'now' }), ['page']);
    assert.deepEqual(receiversOf({ severity: 'critical', lead: 'later' }), ['ticket']);
    assert.deepEqual(receiversOf({ severity: 'warning', lead: 'now' }), ['chat']);
    assert.deepEqual(receiversOf({ severity: 'degraded', lead: 'later' }), ['digest']);
    assert.deepEqual(receiversOf({ severity: 'critical', lead: 'now', component: 'argus' }), [
      'page',
      'argus-team',
    ]);
    for (const { labels, title } of rules)
      assert.ok(
        receiversOf(labels).every((name) => points.has(name)),
        title,
      );
  });
});
