/** A whole Argus for a test: in this process, or as the command line starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { type App, type AppAddresses, startApp } from '../../src/app.ts';
import { type Clock, systemClock } from '../../src/catalog/time.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { ServeFlags } from '../../src/config/overrides.ts';
import type { FleetHandle } from '../../src/simulate/live/fleet.ts';
import { folderUntilExit } from '../folders.ts';

export const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const POLL_MS = 50;
const DEADLINE_MS = 60_000;
const FREE_PORTS = { http: '127.0.0.1:0', otlpGrpc: '127.0.0.1:0', otlpHttp: '127.0.0.1:0' };

/** Variables of the environment that suit a test: many requests from one address, few threads, little log. */
const TEST_SETTINGS = {
  ARGUS_API__RATE_LIMITS__ENABLED: 'false',
  ARGUS_API__CLOSE_GRACE_SECONDS: '1',
  ARGUS_FORECAST__WORKERS: '1',
  ARGUS_INGEST__OTLP__DRAIN_SECONDS: '1',
  ARGUS_LOG__LEVEL: 'warn',
};
export type Settings = Readonly<Record<string, string>>;

/** A folder that is gone after the tests: not before, as what a test ends by itself still writes until it is ended. */
export function temporaryFolder(_t: TestContext): string {
  return folderUntilExit('argus-app-');
}

/**
 * Asks until there is an answer that is not undefined.
 * @throws an error that names what was waited for
 */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const endMs = Date.now() + deadlineMs;
  while (Date.now() < endMs) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await sleep(POLL_MS);
  }
  throw new Error(`Waited ${deadlineMs / 1000} s in vain for ${what}`);
}

/** A port that was free a moment ago, for what has to be at the same place twice. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

interface StartOptions {
  readonly dataDir?: string;
  readonly flags?: ServeFlags;
  readonly clock?: Clock;
}

/** Starts Argus in this process; it is stopped when the test ends. */
export async function startArgus(
  t: TestContext,
  settings: Settings = {},
  { dataDir = temporaryFolder(t), flags = {}, clock = systemClock }: StartOptions = {},
): Promise<App> {
  const config = loadConfig({
    env: { ...TEST_SETTINGS, ...settings },
    flags: { ...FREE_PORTS, dataDir, ...flags },
  });
  const app = await startApp({ config, clock, logger: pino({ level: 'silent' }) });
  t.after(() => app.stop());
  return app;
}

/** Ends what a simulated fleet still does when the test ends. */
export function stopAfter(t: TestContext, fleet: FleetHandle): FleetHandle {
  t.after(() => fleet.stop());
  return fleet;
}

export interface Running {
  readonly child: ChildProcess;
  /** What it wrote to standard error so far. */
  stderr(): string;
  stdout(): string;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Runs the command line; what still runs when the test ends is killed. */
export function argus(t: TestContext, args: readonly string[], settings: Settings = {}): Running {
  return runProgram(t, process.execPath, [MAIN, ...args], { ...TEST_SETTINGS, ...settings });
}

/** Runs a program; if it still runs when the test ends it is killed. */
export function runProgram(
  t: TestContext,
  program: string,
  args: readonly string[],
  settings: Settings = {},
): Running {
  const env = { ...process.env, ...settings };
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const written = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    written.stdout += text;
  });
  child.stderr.on('data', (text) => {
    written.stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals);
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, stdout: () => written.stdout, stderr: () => written.stderr, ended };
}

export interface Serving extends Running {
  readonly addresses: AppAddresses;
}

export interface ServeOptions {
  readonly dataDir: string;
  readonly settings?: Settings;
  readonly args?: readonly string[];
}

const FREE_PORT_ARGS = ['--http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0', '--otlp-http', '127.0.0.1:0'];

/** `argus serve` with free ports, where `args` (which count for more) do not say otherwise; it may fail to start. */
export function runServe(t: TestContext, { dataDir, settings, args = [] }: ServeOptions): Running {
  return argus(t, ['serve', '--json', '--data-dir', dataDir, ...FREE_PORT_ARGS, ...args], settings);
}

/** `argus serve`, once it listens. */
export async function serve(t: TestContext, options: ServeOptions): Promise<Serving> {
  const running = runServe(t, options);
  const { stdout } = running.child;
  if (stdout === null) throw new Error('The backend has no output.');
  const addresses = new Promise<AppAddresses>((resolve) => {
    createInterface({ input: stdout }).on('line', (line) => resolve(JSON.parse(line) as AppAddresses));
  });
  const first = await Promise.race([addresses, running.ended]);
  if (typeof first !== 'object') throw new Error(`argus serve ended (${first}): ${running.stderr()}`);
  return { ...running, addresses: first };
}

/** Asks a running process to end. @returns its exit code, or the signal that ended it */
export async function stop({ child, ended }: Running, signal: NodeJS.Signals = 'SIGTERM') {
  child.kill(signal);
  return ended;
}

/** The body of a JSON answer with status 200; undefined for any other, and where nobody answers. */
export async function getJson<T>(url: string): Promise<T | undefined> {
  const answer = await fetch(url).catch(() => undefined);
  return answer?.ok === true ? ((await answer.json()) as T) : undefined;
}

/** The metrics page. */
export async function scrape({ rest }: AppAddresses): Promise<string> {
  const answer = await fetch(`${rest}/metrics`);
  if (!answer.ok) throw new Error(`GET /metrics answered ${answer.status}`);
  return answer.text();
}

/** Sum of the samples of a family whose labels contain `labels`; 0 where there are none. */
export function sampleSum(page: string, family: string, labels = ''): number {
  return page
    .split('\n')
    .filter((line) => line.startsWith(`${family}{`) || line.startsWith(`${family} `))
    .filter((line) => line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

export interface ServerAnswer {
  readonly name: string;
  readonly mode: string;
  readonly profile: string;
  readonly risk_score: number | null;
  readonly cause: string | null;
  readonly reason: string | null;
}

/** GET /servers, by name. */
export async function serversOf({ rest }: AppAddresses): Promise<ReadonlyMap<string, ServerAnswer>> {
  const answer = await getJson<{ readonly servers: readonly ServerAnswer[] }>(`${rest}/servers`);
  return new Map((answer?.servers ?? []).map((server) => [server.name, server]));
}

export interface ServerDetail extends ServerAnswer {
  readonly metrics: Readonly<Record<string, { readonly value: number | null }>>;
  readonly measured_steps: number;
}

export interface ForecastAnswer {
  readonly origin: string;
  readonly mode: string;
  readonly timestamps: readonly string[];
  readonly targets: Readonly<
    Record<
      string,
      {
        readonly p10: readonly number[];
        readonly p50: readonly number[];
        readonly p90: readonly number[];
      }
    >
  >;
  readonly history?: {
    readonly timestamps: readonly string[];
    readonly targets: Readonly<Record<string, readonly (number | null)[]>>;
  };
}

/** GET /servers/{name}/forecast with its history; undefined while there is none. */
export function forecastOf({ rest }: AppAddresses, name: string): Promise<ForecastAnswer | undefined> {
  return getJson(`${rest}/servers/${encodeURIComponent(name)}/forecast?history=true`);
}
