/** Prometheus and Alertmanager with the configuration of provisioning/, in a copy whose addresses and waits suit a test. */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { TestContext } from 'node:test';
import { parse, stringify } from 'yaml';
import { eventually, freePort, getJson, type Running, runProgram, temporaryFolder } from '../support.ts';

const PROVISIONING = join(import.meta.dirname, '../../../../provisioning');
const ALERTMANAGERS = ['alertmanager', 'prometheus-alertmanager'];

const isOnPath = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;

/** Why tests with both programs are left out, or false. */
export function reasonWithoutMonitoring(): string | false {
  if (!isOnPath('prometheus')) return 'prometheus is not installed (Debian package prometheus)';
  return ALERTMANAGERS.some(isOnPath)
    ? false
    : 'no Alertmanager is installed (Debian package prometheus-alertmanager)';
}

function readYaml(...path: readonly string[]) {
  return parse(readFileSync(join(PROVISIONING, ...path), 'utf8'));
}

/** As short as the programs allow, or as the configurations ship them. */
export type Waits = 'shortest' | 'shipped';

interface Route {
  group_wait?: string;
  group_interval?: string;
  readonly routes?: readonly Route[];
}

function hurry(route: Route): void {
  if (route.group_wait !== undefined) route.group_wait = '100ms';
  if (route.group_interval !== undefined) route.group_interval = '1s';
  for (const inner of route.routes ?? []) hurry(inner);
}

/** A program that can be ended and started again with what it kept. */
export interface Restartable {
  readonly url: string;
  /** What it wrote to standard error since it was last started. */
  stderr(): string;
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** @param isUp whether it answers; asked until it does */
export function restartable(url: string, launch: () => Running, isUp: () => Promise<boolean>): Restartable {
  let running: Running | undefined;
  return {
    url,
    stderr: () => running?.stderr() ?? '',
    async start() {
      const started = launch();
      running = started;
      let ended = false;
      started.ended.then(() => {
        ended = true;
      });
      await eventually(`an answer of ${url}`, async () => {
        if (ended) throw new Error(`${url} ended at its start: ${started.stderr()}`);
        return (await isUp()) ? true : undefined;
      });
    },
    async stop(signal = 'SIGTERM') {
      running?.child.kill(signal);
      await running?.ended;
    },
  };
}

const answers = (url: string) => async () => (await fetch(url).catch(() => undefined))?.ok === true;

/** An Alertmanager whose receivers all post to the pager, each under its own path. */
export async function createAlertmanager(
  t: TestContext,
  pagerAddress: string,
  waits: Waits,
): Promise<Restartable> {
  const folder = temporaryFolder(t);
  const config = readYaml('alertmanager', 'alertmanager.yml');
  if (waits === 'shortest') hurry(config.route);
  config.templates = [join(PROVISIONING, 'alertmanager/templates/*.tmpl')];
  for (const { webhook_configs: webhooks = [] } of config.receivers)
    for (const webhook of webhooks) {
      const url = new URL(webhook.url);
      url.host = pagerAddress;
      webhook.url = url.href;
    }
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, stringify(config));
  const url = `http://127.0.0.1:${await freePort()}`;
  const program = ALERTMANAGERS.find(isOnPath) ?? ALERTMANAGERS[0];
  const args = [
    `--config.file=${file}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=${new URL(url).host}`,
    '--cluster.listen-address=',
  ];
  return restartable(url, () => runProgram(t, program, args), answers(`${url}/-/ready`));
}

export interface PrometheusOptions {
  /** HOST:PORT of every Argus. */
  readonly targets: readonly string[];
  readonly readKey: string;
  readonly alertmanagerUrl: string;
  readonly waits: Waits;
}

/** The rules as they are, but that with the shortest waits nothing has to last. */
function writeRules(folder: string, waits: Waits): void {
  mkdirSync(folder, { recursive: true });
  for (const file of globSync('prometheus/rules/*.yml', { cwd: PROVISIONING })) {
    const rules = readYaml(file);
    for (const group of waits === 'shortest' ? rules.groups : []) {
      delete group.interval;
      for (const rule of group.rules) if (rule.for !== undefined) rule.for = '1s';
    }
    writeFileSync(join(folder, basename(file)), stringify(rules));
  }
}

/** A Prometheus that scrapes every Argus, each second with the shortest waits, and takes remote writes. */
export async function createPrometheus(t: TestContext, options: PrometheusOptions): Promise<Restartable> {
  const folder = temporaryFolder(t);
  const url = `http://127.0.0.1:${await freePort()}`;
  const keyFile = join(folder, 'read-key');
  writeFileSync(keyFile, options.readKey, { mode: 0o600 });
  const config = readYaml('prometheus', 'prometheus.yml');
  if (options.waits === 'shortest')
    config.global = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' };
  config.alerting.alertmanagers[0].static_configs[0].targets = [new URL(options.alertmanagerUrl).host];
  const jobs = config.scrape_configs.filter(({ job_name: job }: { job_name: string }) => job === 'argus');
  jobs[0].authorization.credentials_file = keyFile;
  jobs[0].static_configs[0].targets = options.targets;
  config.scrape_configs = jobs;
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
  writeRules(join(folder, 'rules'), options.waits);
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${new URL(url).host}`,
    '--web.enable-remote-write-receiver',
  ];
  return restartable(url, () => runProgram(t, 'prometheus', args), answers(`${url}/-/ready`));
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** An instant query. @returns no samples where there is no answer */
export async function query({ url }: Restartable, expression: string): Promise<readonly Sample[]> {
  const answer = await getJson<{
    readonly data: {
      readonly result: readonly { readonly metric: Sample['labels']; readonly value: [number, string] }[];
    };
  }>(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  return (answer?.data.result ?? []).map(({ metric, value }) => ({
    labels: metric,
    value: Number(value[1]),
  }));
}

/** Alerts that Prometheus holds to be firing now, by its rules and not by what it has stored. */
export async function firingAlerts({ url }: Restartable, name: string): Promise<readonly Sample['labels'][]> {
  const answer = await getJson<{
    readonly data: {
      readonly alerts: readonly { readonly labels: Sample['labels']; readonly state: string }[];
    };
  }>(`${url}/api/v1/alerts`);
  const alerts = answer?.data.alerts ?? [];
  return alerts
    .filter(({ labels, state }) => state === 'firing' && labels.alertname === name)
    .map(({ labels }) => labels);
}
