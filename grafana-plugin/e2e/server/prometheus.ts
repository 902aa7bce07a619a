import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './ports.ts';

const USUAL_ADDRESS = 'http://127.0.0.1:9090';
const ASK_MS = 1_000;
const START_MS = 15_000;
const POLL_MS = 200;

export interface Prometheus {
  readonly url: string;
  stop(): void;
}

async function scrapesArgus(url: string): Promise<boolean> {
  try {
    const query = new URLSearchParams({ query: 'argus_fleet_servers' });
    const response = await fetch(`${url}/api/v1/query?${query}`, { signal: AbortSignal.timeout(ASK_MS) });
    const { data } = (await response.json()) as { data?: { result?: readonly unknown[] } };
    return (data?.result?.length ?? 0) > 0;
  } catch {
    return false;
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(ASK_MS) })).ok;
  } catch {
    return false;
  }
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

async function start(folder: string, backend: string): Promise<Prometheus | undefined> {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'prometheus.yml');
  const target = new URL(backend).host;
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: '15s' },
      scrape_configs: [{ job_name: 'argus', honor_labels: true, static_configs: [{ targets: [target] }] }],
    }),
  );
  const port = await freePort();
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ];
  const child = spawn('prometheus', args, { stdio: 'ignore' });
  child.on('error', () => {}); // not installed: told by the undefined below
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (ended(child)) return undefined;
    if (await isReady(url)) return { url, stop: () => void child.kill('SIGTERM') };
  }
  child.kill('SIGKILL');
  return undefined;
}

/**
 * A Prometheus that scrapes the backend: the one at the usual address where it does, else one of our own where
 * `prometheus` is installed.
 * @param folder for its configuration and data
 */
export async function findPrometheus(folder: string, backend: string): Promise<Prometheus | undefined> {
  if (await scrapesArgus(USUAL_ADDRESS)) return { url: USUAL_ADDRESS, stop: () => {} };
  return start(folder, backend);
}
