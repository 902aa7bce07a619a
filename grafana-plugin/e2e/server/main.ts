/**
 * Serves the preview: the built plugin in a browser, without Grafana, on a running backend.
 * Usage: node server/main.ts --backend http://127.0.0.1:8000 [--port 3000] [--react 19] [--json]
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { ensureHostBundled, ensurePluginBuilt } from './build.ts';
import { StartError } from './errors.ts';
import { createPreview } from './preview.ts';

/** Loopback only: nobody has to sign in. */
const HOST = '127.0.0.1';
const PORTS_TRIED = 20;

/** Listens on the port, or on the next free one. */
async function listen(server: Server, port: number): Promise<number> {
  for (let tried = 0; tried < PORTS_TRIED; tried += 1) {
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve);
      server.listen(port === 0 ? 0 : port + tried, HOST, () => resolve(undefined));
    });
    server.removeAllListeners('error');
    if (error === undefined) return (server.address() as AddressInfo).port;
    if (error.code !== 'EADDRINUSE') throw error;
  }
  throw new StartError(`The ports ${port} to ${port + PORTS_TRIED - 1} are taken: name another by --port.`);
}

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'http://127.0.0.1:8000' },
    port: { type: 'string', default: '3000' },
    react: { type: 'string', default: '19' },
    json: { type: 'boolean', default: false },
  },
});

/** One line for a person, or one line of JSON for the program that started this one. */
function say(event: 'progress' | 'listening' | 'failed', text: string): void {
  const line = values.json ? JSON.stringify({ event, text }) : text;
  (event === 'failed' && !values.json ? process.stderr : process.stdout).write(`${line}\n`);
}

try {
  const progress = (line: string) => say('progress', line);
  const dist = await ensurePluginBuilt(progress);
  const host = await ensureHostBundled(values.react === '18' ? '18' : '19', progress);
  const apiKey = process.env.ARGUS_API_KEY;
  const adminKey = process.env.ARGUS_ADMIN_KEY;
  const keys = { ...(apiKey && { apiKey }), ...(adminKey && { adminKey }) };
  const server = createPreview({ dist, host, backend: values.backend, keys });
  const port = await listen(server, Number(values.port));
  say('listening', `http://localhost:${port}`);
  const stop = () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
} catch (error) {
  say('failed', error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
