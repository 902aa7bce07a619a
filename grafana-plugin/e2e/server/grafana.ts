import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartError } from './errors.ts';
import type { GrafanaHome } from './grafanaHome.ts';
import { type GrafanaOptions, layOut, settings } from './grafanaSettings.ts';

const HEALTHY_WITHIN_MS = 120_000;
const POLL_MS = 250;
const STOP_MS = 10_000;
const LOG_LINES = 15;

export interface RunningGrafana {
  readonly url: string;
  /** Settles when it ends, by itself or after stop(). */
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

function lastLines(data: string): string {
  try {
    return readFileSync(join(data, 'log', 'grafana.log'), 'utf8')
      .trim()
      .split('\n')
      .slice(-LOG_LINES)
      .join('\n');
  } catch {
    return 'It left no log.';
  }
}

async function untilHealthy(url: string, child: ChildProcess, data: string): Promise<void> {
  const deadline = Date.now() + HEALTHY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.pid === undefined) {
      throw new StartError(
        `Grafana ended before it was up. The end of ${data}/log/grafana.log:\n${lastLines(data)}`,
      );
    }
    const healthy = await fetch(`${url}/api/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (healthy) return;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  child.kill('SIGKILL');
  throw new StartError(`Grafana was not up within two minutes. The end of its log:\n${lastLines(data)}`);
}

/**
 * Runs a Grafana on a data folder of its own, with everything of Argus provisioned.
 * @throws StartError where it does not come up
 */
export async function runGrafana(
  { home, binary }: GrafanaHome,
  asked: GrafanaOptions,
): Promise<RunningGrafana> {
  const options = { ...asked, data: resolve(asked.data) };
  mkdirSync(options.data, { recursive: true });
  layOut(options);
  const child = spawn(binary, ['server', '--homepath', home], {
    cwd: home,
    env: { ...process.env, ...settings(options) },
    stdio: 'ignore',
  });
  const ended = new Promise<number | null>((done) => {
    child.once('exit', done);
    child.once('error', () => done(null));
  });
  const url = `http://localhost:${options.port}`;
  await untilHealthy(url, child, options.data);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(force);
  };
  return { url, ended, stop };
}
