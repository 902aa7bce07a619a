/**
 * Runs the specs: node e2e/stage/run.ts [Playwright's arguments]
 * Against the preview; with GRAFANA_URL (and GRAFANA_ADMIN=user:password) against that Grafana, which has the plugin.
 * ARGUS_SCREENSHOTS names the folder of the pictures, CHROMIUM the browser.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureHostBundled, ensurePluginBuilt } from '../server/build.ts';
import { CACHE_FOLDER, PLUGIN_FOLDER, PROJECT_FOLDER } from '../server/paths.ts';
import { listen } from '../server/ports.ts';
import { createPreview } from '../server/preview.ts';
import { startBackend } from './backend.ts';
import { findBrowser } from './browser.ts';
import { startControl } from './control.ts';
import { startGate } from './gate.ts';
import { Target } from './target.ts';

const SERVERS = 40;
const MANY_SERVERS = 1000;

/** Things to undo at the end, the newest first. */
const undo: (() => unknown)[] = [];

async function startPreview(backend: string): Promise<string> {
  const dist = await ensurePluginBuilt((line) => process.stderr.write(`${line}\n`));
  const react = process.env.ARGUS_REACT === '18' ? '18' : '19';
  const host = await ensureHostBundled(react, (line) => process.stderr.write(`${line}\n`));
  const server = createPreview({ dist, host, backend });
  const port = await listen(server, 0);
  undo.unshift(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://localhost:${port}`;
}

function playwright(args: readonly string[], environment: Record<string, string>): ChildProcess {
  const cli = join(PROJECT_FOLDER, 'node_modules', '@playwright', 'test', 'cli.js');
  return spawn(process.execPath, [cli, 'test', ...args], {
    cwd: PLUGIN_FOLDER,
    env: { ...process.env, ...environment },
    stdio: 'inherit',
  });
}

async function run(): Promise<number> {
  const browser = findBrowser();
  const backend = await startBackend(SERVERS, true);
  undo.unshift(backend.stop);
  const gate = await startGate(backend.url);
  undo.unshift(gate.close);
  const real = process.env.GRAFANA_URL;
  const url = real ?? (await startPreview(gate.url));
  const admin = process.env.GRAFANA_ADMIN ?? 'admin:admin';
  const [user = '', password = ''] = admin.split(':');
  const target = new Target(url, admin);
  const secrets = { apiKey: backend.keys.read, adminKey: backend.keys.admin };
  undo.unshift(await target.point(gate.url, secrets));
  const control = await startControl(gate, () => startBackend(MANY_SERVERS, false));
  undo.unshift(control.close);
  const child = playwright(process.argv.slice(2), {
    ARGUS_E2E_URL: url,
    ARGUS_E2E_REAL: real === undefined ? '' : 'yes',
    GRAFANA_VERSION: await target.version(),
    ARGUS_E2E_BROWSER: browser,
    ARGUS_E2E_BACKEND: backend.url,
    ARGUS_E2E_GATE: gate.url,
    ARGUS_E2E_CONTROL: control.url,
    ARGUS_E2E_READ_KEY: backend.keys.read,
    ARGUS_E2E_ADMIN_KEY: backend.keys.admin,
    ARGUS_SCREENSHOTS: process.env.ARGUS_SCREENSHOTS ?? join(CACHE_FOLDER, 'screenshots'),
    GRAFANA_ADMIN_USER: user,
    GRAFANA_ADMIN_PASSWORD: password,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  for (const step of undo) await step();
}
