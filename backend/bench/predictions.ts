/**
 * GET /predictions/current of 10,000 servers over a socket: how long the whole answer takes, and for how long at a
 * time it keeps the event loop from anything else. The client is a process of its own.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { Registry } from 'prom-client';
import { KeyStore } from '../src/api/keys.ts';
import { registerApiRoutes } from '../src/api/routes.ts';
import { buildServer } from '../src/api/server.ts';
import { systemClock } from '../src/catalog/time.ts';
import { apiConfig, fakeSources, silent } from '../test/api/helper.ts';

const SERVERS = 10_000;
const ROUNDS = 5;
const NS_PER_MS = 1e6;
const MEGABYTE = 1e6;
const URL_VARIABLE = 'PREDICTIONS_URL';

interface Download {
  readonly ms: number;
  readonly bytes: number;
  readonly servers: number;
}

async function download(url: string): Promise<Download> {
  const start = performance.now();
  const text = await (await fetch(url)).text();
  const ms = performance.now() - start;
  return { ms, bytes: Buffer.byteLength(text), servers: Object.keys(JSON.parse(text).predictions).length };
}

async function downloadInOtherProcess(url: string): Promise<Download> {
  const env = { ...process.env, [URL_VARIABLE]: url };
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename], { env });
  return JSON.parse(stdout);
}

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'argus-bench-'));
  const app = await buildServer({
    config: apiConfig({ rateLimits: { enabled: false } }),
    keys: new KeyStore(join(folder, 'keys.json'), systemClock, silent),
    logger: silent,
    registry: new Registry(),
    version: 'bench',
  });
  const servers = Array.from({ length: SERVERS }, (_, i) => ({ name: `server-${i}`, score: (i * 7) % 101 }));
  await registerApiRoutes(app, fakeSources(servers));
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const delays = monitorEventLoopDelay({ resolution: 1 });
  const rounds: Download[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    // The first round is the warm-up.
    if (round === 1) delays.enable();
    const result = await downloadInOtherProcess(`${address}/predictions/current`);
    if (round > 0) rounds.push(result);
  }
  delays.disable();
  const times = rounds.map(({ ms }) => ms).sort((a, b) => a - b);
  console.log(
    JSON.stringify({
      bench: 'predictions',
      servers: rounds[0].servers,
      megabytes: Math.round(rounds[0].bytes / MEGABYTE),
      median_ms: Math.round(times[Math.floor(ROUNDS / 2)]),
      event_loop_delay_max_ms: Math.round(delays.max / NS_PER_MS),
      event_loop_delay_p99_ms: Math.round(delays.percentile(99) / NS_PER_MS),
    }),
  );
  await app.close();
  rmSync(folder, { recursive: true });
}

const url = process.env[URL_VARIABLE];
if (url === undefined) await measure();
else console.log(JSON.stringify(await download(url)));
