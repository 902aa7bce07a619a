// From the start of the process to the first forecast of 10,000 servers whose past day lies in a snapshot.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Registry } from 'prom-client';
import { Value } from 'typebox/value';
import { METRIC_COUNT, METRICS } from '../src/catalog/metrics.ts';
import { STEP_MS, stepStartMs, systemClock, WINDOW_STEPS } from '../src/catalog/time.ts';
import { type FleetConfig, fleetConfigSchema } from '../src/fleet/config.ts';
import { createFleet } from '../src/fleet/createFleet.ts';

const SERVERS = 10_000;
const BOUND_SECONDS = 5;
const LIMIT_MS = 120_000;
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const quiet = { info: () => {}, warn: console.error, error: console.error };

/** A data folder with the past day of every server. */
async function writeSnapshot(dataDir: string): Promise<void> {
  const config = { ...(Value.Default(fleetConfigSchema, {}) as FleetConfig), newServersPerMinute: SERVERS };
  const stage = createFleet({ clock: systemClock, config, dataDir, registry: new Registry(), logger: quiet });
  await stage.open();
  const { fleet } = stage;
  const last = fleet.closedStep;
  for (let index = 0; index < SERVERS; index++) {
    const slot = fleet.admit(`ppapi${String(index).padStart(5, '0')}.example.net`, {});
    for (let step = last - WINDOW_STEPS + 1; step <= last; step++) {
      const wave = Math.sin((2 * Math.PI * (step + slot)) / WINDOW_STEPS);
      for (let metric = 0; metric < METRIC_COUNT; metric++) {
        fleet.record(
          slot,
          metric,
          stepStartMs(step) + STEP_MS / 2,
          Math.min(40, METRICS[metric].max) + 15 * wave,
        );
      }
    }
  }
  fleet.commit();
  await stage.stop();
}

/** Asks until every server has been forecast. */
async function untilForecast(rest: string): Promise<void> {
  const deadlineMs = Date.now() + LIMIT_MS;
  while (Date.now() < deadlineMs) {
    const status = (await (await fetch(`${rest}/status`)).json()) as {
      last_cycle: { servers: number } | null;
    };
    if (status.last_cycle?.servers === SERVERS) return;
    await sleep(50);
  }
  throw new Error('No forecast of the whole fleet came.');
}

const dataDir = await mkdtemp(join(tmpdir(), 'argus-bench-'));
try {
  await writeSnapshot(dataDir);
  const anyPort = '127.0.0.1:0';
  const listen = ['--http', anyPort, '--otlp-grpc', anyPort, '--otlp-http', anyPort];
  const startMs = performance.now();
  const backend = spawn(
    process.execPath,
    [...process.execArgv, MAIN, 'serve', '--json', '--data-dir', dataDir, ...listen],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, ARGUS_LOG__LEVEL: 'error', ARGUS_API__RATE_LIMITS__ENABLED: 'false' },
    },
  );
  try {
    const [line] = (await once(createInterface({ input: backend.stdout }), 'line')) as [string];
    const listeningMs = performance.now();
    await untilForecast((JSON.parse(line) as { rest: string }).rest);
    const seconds = (performance.now() - startMs) / 1000;
    console.log(
      JSON.stringify({
        bench: 'startup',
        servers: SERVERS,
        listening_seconds: Number(((listeningMs - startMs) / 1000).toFixed(2)),
        first_forecast_seconds: Number(seconds.toFixed(2)),
        bound_seconds: BOUND_SECONDS,
        within_bound: seconds <= BOUND_SECONDS,
      }),
    );
  } finally {
    const ended = once(backend, 'exit');
    backend.kill('SIGTERM');
    await ended;
  }
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
