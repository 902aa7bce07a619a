/** `npm start`: a simulated fleet sends real OTLP to a real backend, and the terminal shows what Argus says of it. */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BrowserView, startBrowserView } from './browserView.ts';
import type { Command } from './index.ts';
import type { PredictionsAnswer } from './table.ts';
import { fleetSummary, fleetTable } from './table.ts';
import { integerOption, UsageError, untilAskedToStop } from './terminal.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const DEFAULT_SERVERS = 40;
/** Grafana's own. */
const DEFAULT_BROWSER_PORT = 3000;
const REFRESH_MS = 5000;
/** Without a terminal to redraw, the table is printed this often. */
const PLAIN_REFRESH_MS = 60_000;
const CHILD_STOP_MS = 10_000;
/** File that tells a folder whose content may be thrown away. */
const MARKER = '.argus-demo';
const SCREEN_LINES_AROUND_TABLE = 12;
const PLAIN_ROWS = 15;

/** The table is what a person looks at; only trouble is written between. */
const QUIET = { ARGUS_LOG__LEVEL: 'warn', ...process.env };

interface Addresses {
  readonly rest: string;
  readonly otlpGrpc: string;
  readonly otlpHttp: string;
}

function startChild(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: QUIET,
  });
}

/** Waits for the line in which `serve --json` names its addresses. */
function addressesOf(server: ChildProcess): Promise<Addresses> {
  return new Promise((resolve, reject) => {
    const { stdout } = server;
    if (stdout === null) return reject(new Error('The backend has no output to read its addresses from.'));
    createInterface({ input: stdout }).on('line', (line) => {
      const message = JSON.parse(line) as { event?: string } & Addresses;
      if (message.event === 'listening') resolve(message);
    });
    server.once('exit', (code) =>
      reject(new Error(`The backend ended (exit code ${code}); its message stands above.`)),
    );
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), CHILD_STOP_MS);
  await ended;
  clearTimeout(force);
}

function welcome(addresses: Addresses, view: BrowserView): string {
  return [
    'Argus watches a simulated fleet and this machine. Stop with Ctrl-C.',
    `  In a browser ${view.status()}`,
    `  Predictions  ${addresses.rest}/predictions/current`,
    `  Alerts       ${addresses.rest}/alerts/active`,
    `  Metrics      ${addresses.rest}/metrics`,
    `  API          ${addresses.rest}/docs`,
    `  Send OTLP    gRPC ${addresses.otlpGrpc}   HTTP ${addresses.otlpHttp}`,
  ].join('\n');
}

/** On a terminal the table's head says it; elsewhere it is a line of its own. */
function announce(view: BrowserView | undefined): void {
  if (view !== undefined && !process.stdout.isTTY) process.stdout.write(`In a browser: ${view.status()}\n`);
}

async function fetchPredictions(rest: string): Promise<PredictionsAnswer | null> {
  try {
    const response = await fetch(`${rest}/predictions/current`);
    return response.ok ? ((await response.json()) as PredictionsAnswer) : null;
  } catch {
    return null; // the next refresh asks again; a backend that ended is reported by its exit
  }
}

function draw(addresses: Addresses, view: BrowserView, answer: PredictionsAnswer): void {
  const { isTTY, rows = 40, columns = 120 } = process.stdout;
  const table = isTTY
    ? fleetTable(answer, rows - SCREEN_LINES_AROUND_TABLE, columns)
    : fleetTable(answer, PLAIN_ROWS, Number.MAX_SAFE_INTEGER);
  const clear = isTTY ? '\u001b[2J\u001b[H' : '';
  const head = isTTY ? `${welcome(addresses, view)}\n\n` : '';
  process.stdout.write(`${clear}${head}${new Date().toISOString()}  ${fleetSummary(answer)}\n\n${table}\n`);
}

/** Redraws until told to stop; without a terminal it prints when the fleet's summary changes, and once a minute. */
function startDrawing(addresses: Addresses, view: BrowserView): () => void {
  let lastSummary = '';
  let lastPrintMs = 0;
  const refresh = async (): Promise<void> => {
    const answer = await fetchPredictions(addresses.rest);
    if (answer === null) return;
    const summary = fleetSummary(answer);
    const due =
      process.stdout.isTTY || summary !== lastSummary || Date.now() - lastPrintMs >= PLAIN_REFRESH_MS;
    if (!due) return;
    lastSummary = summary;
    lastPrintMs = Date.now();
    draw(addresses, view, answer);
  };
  const timer = setInterval(() => void refresh(), REFRESH_MS);
  void refresh();
  return () => clearInterval(timer);
}

/**
 * Empties the folder of an earlier demo, or makes a new one.
 * @throws UsageError where it holds anything that no demo made
 */
async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  if (names.length > 0 && !names.includes(MARKER)) {
    throw new UsageError(
      `--data-dir ${folder} is not the folder of a demo, which would be emptied. Name a new or an empty one.`,
    );
  }
  for (const name of names) await rm(join(folder, name), { recursive: true });
  await writeFile(join(folder, MARKER), 'What lies here was simulated; the next demo deletes it.\n');
}

export const command: Command = {
  usage: `argus demo [--servers ${DEFAULT_SERVERS}] [--scenario mixed] [--seed 1] [--data-dir data/demo]
           [--http 127.0.0.1:8000] [--otlp-grpc 127.0.0.1:4317] [--otlp-http 127.0.0.1:4318] [--no-host]
           [--port 3000] [--grafana DIR | --preview | --no-preview]

Runs the backend, sends it a simulated fleet (its past day, then live) and this machine's own metrics over OTLP,
and shows a live table. The folder of an earlier demo is emptied first; any other that holds something is refused.
On --port (or the next free one) a browser sees the Grafana plugin: in the Grafana whose home folder is DIR or whose
\`grafana\` is on PATH, with everything provisioned, its data kept in data/grafana; else in a preview without Grafana.`,

  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        servers: { type: 'string' },
        scenario: { type: 'string', default: 'mixed' },
        seed: { type: 'string', default: '1' },
        'data-dir': { type: 'string', default: 'data/demo' },
        http: { type: 'string', default: '127.0.0.1:8000' },
        'otlp-grpc': { type: 'string', default: '127.0.0.1:4317' },
        'otlp-http': { type: 'string', default: '127.0.0.1:4318' },
        host: { type: 'boolean', default: true },
        port: { type: 'string' },
        grafana: { type: 'string' },
        preview: { type: 'boolean' },
      },
    });
    const servers = integerOption('servers', values.servers, DEFAULT_SERVERS);
    const port = integerOption('port', values.port, DEFAULT_BROWSER_PORT);
    await emptyFolder(values['data-dir']);
    const listen = [
      '--http',
      values.http,
      '--otlp-grpc',
      values['otlp-grpc'],
      '--otlp-http',
      values['otlp-http'],
    ];
    const backend = startChild(['serve', '--json', '--data-dir', values['data-dir'], ...listen]);
    const stopped = untilAskedToStop();
    let view: BrowserView | undefined;
    try {
      const addresses = await addressesOf(backend);
      const fleet = ['--servers', String(servers), '--scenario', values.scenario, '--seed', values.seed];
      const host = values.host ? ['--host'] : [];
      const simulator = startChild(['simulate', '--endpoint', addresses.otlpGrpc, ...fleet, ...host]);
      const { grafana, preview } = values;
      view = startBrowserView({ rest: addresses.rest, port, grafana, preview }, () => announce(view));
      process.stdout.write(`${welcome(addresses, view)}\n\n`);
      const stopDrawing = startDrawing(addresses, view);
      const backendEnded = new Promise<'backend'>((resolve) =>
        backend.once('exit', () => resolve('backend')),
      );
      const simulatorEnded = new Promise<'simulator'>((resolve) =>
        simulator.once('exit', () => resolve('simulator')),
      );
      const reason = await Promise.race([stopped, backendEnded, simulatorEnded]);
      stopDrawing();
      await stopChild(simulator);
      return reason === 'SIGINT' || reason === 'SIGTERM' ? 0 : 1;
    } finally {
      if (view?.process !== undefined) await stopChild(view.process);
      await stopChild(backend);
    }
  },
};
