/** The process of Argus in a soak run: all of it, as `argus serve` builds it, under a clock that is told what time it is. */
import { pino } from 'pino';
import { type App, startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { FromService, ToService } from './messages.ts';

const ANY_PORT = '127.0.0.1:0';

let nowMs = 0;
let app: App | undefined;

function tell(message: FromService): void {
  process.send?.(message);
}

async function start({
  dataDir,
  settings,
  ...message
}: Extract<ToService, { kind: 'start' }>): Promise<void> {
  nowMs = message.nowMs;
  const flags = { dataDir, http: ANY_PORT, otlpGrpc: ANY_PORT, otlpHttp: ANY_PORT };
  const config = loadConfig({ env: settings, flags });
  const logger = pino({ level: config.log.level }, pino.destination(2));
  app = await startApp({ config, clock: { now: () => nowMs }, logger });
  tell({ kind: 'started', addresses: app.addresses });
}

async function advance(toMs: number): Promise<void> {
  nowMs = toMs;
  const from = performance.now();
  await app?.settle();
  tell({ kind: 'settled', seconds: (performance.now() - from) / 1000 });
}

async function take(message: ToService): Promise<void> {
  if (message.kind === 'start') await start(message);
  else if (message.kind === 'clock') nowMs = message.nowMs;
  else if (message.kind === 'advance') await advance(message.nowMs);
  else {
    await app?.stop();
    tell({ kind: 'stopped' });
    process.disconnect();
  }
}

process.on('message', (message) => {
  take(message as ToService).catch((error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    tell({ kind: 'failed', message: text });
  });
});
// Without the run nobody moves the clock. An orderly exit would wait for the forecast in the worker threads.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
