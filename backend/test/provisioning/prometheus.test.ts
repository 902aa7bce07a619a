import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../../..');
const FOLDER = join(ROOT, 'provisioning/prometheus');
const ALERTMANAGER = join(ROOT, 'provisioning/alertmanager');

interface Rule {
  readonly alert?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

function missing(program: string): string | false {
  const found = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  return found ? false : `${program} is not installed here`;
}

function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8' });
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

const ruleFiles = globSync('rules/*.yml', { cwd: FOLDER }).map((file) => join(FOLDER, file));
const alerts = ruleFiles
  .flatMap((file) => parse(readFileSync(file, 'utf8')).groups as { rules: Rule[] }[])
  .flatMap(({ rules }) => rules)
  .filter(({ alert }) => alert !== undefined);

/** Headings of a Markdown page as its links name them. */
function anchors(page: string): string[] {
  return [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  );
}

test('promtool accepts the configuration and the rules', { skip: missing('promtool') }, () => {
  run('promtool', 'check', 'config', '--syntax-only', join(FOLDER, 'prometheus.yml'));
  run('promtool', 'check', 'rules', ...ruleFiles);
});

test('the rules fire when they should and are silent when they should', { skip: missing('promtool') }, () => {
  run('promtool', 'test', 'rules', join(FOLDER, 'tests/argus.test.yml'));
});

test('the unit tests name every alert', () => {
  const tests = readFileSync(join(FOLDER, 'tests/argus.test.yml'), 'utf8');
  for (const { alert } of alerts)
    assert.ok(tests.includes(`alertname: ${alert}`), `${alert} has no unit test`);
});

test('every alert says how bad and how soon, and leads to a chapter of a runbook', () => {
  assert.ok(alerts.length >= 15);
  for (const { alert, labels = {}, annotations = {} } of alerts) {
    assert.match(labels.severity ?? '', /^(critical|warning|degraded)$/, alert);
    assert.match(labels.lead ?? '', /^(now|later)$/, alert);
    assert.ok(annotations.summary && annotations.description, alert);
    const [page, anchor] = (annotations.runbook ?? '').split('#');
    assert.ok(existsSync(join(ROOT, page)), `${alert}: ${page} does not exist`);
    assert.ok(anchors(page).includes(anchor), `${alert}: ${page} has no chapter ${anchor}`);
  }
});

const routes: readonly [string, Readonly<Record<string, string>>][] = [
  ['page', { severity: 'critical', lead: 'now', server: 'a', profile: 'etl' }],
  ['ticket', { severity: 'critical', lead: 'later', server: 'a', profile: 'etl' }],
  ['chat', { severity: 'warning', lead: 'now', server: 'a' }],
  ['chat', { severity: 'warning', lead: 'later', server: 'a' }],
  ['digest', { severity: 'degraded', lead: 'later', server: 'a' }],
  ['chat', { alertname: 'ArgusCascade', severity: 'warning', lead: 'now', cascade: 'c-1' }],
  ['nobody', { alertname: 'ArgusCascadeMember', severity: 'degraded', lead: 'later', server: 'a' }],
  ['page,argus-team', { severity: 'critical', lead: 'now', component: 'argus' }],
  ['argus-team', { severity: 'warning', lead: 'later', component: 'argus' }],
];

for (const [receiver, labels] of routes) {
  const words = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  test(`an alert with ${words.join(', ')} goes to ${receiver}`, { skip: missing('amtool') }, () => {
    const config = `--config.file=${join(ALERTMANAGER, 'alertmanager.yml')}`;
    run('amtool', 'config', 'routes', 'test', config, `--verify.receivers=${receiver}`, ...words);
  });
}

test('amtool accepts the configuration and the examples', { skip: missing('amtool') }, () => {
  const examples = globSync('examples/*.yml', { cwd: ALERTMANAGER }).map((file) => join(ALERTMANAGER, file));
  assert.equal(examples.length, 3);
  run('amtool', 'check-config', join(ALERTMANAGER, 'alertmanager.yml'), ...examples);
});
