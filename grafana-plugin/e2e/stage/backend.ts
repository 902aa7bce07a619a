import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePast } from './past.ts';
import { addressesOf, eventually, outputOf, startArgus } from './processes.ts';

export interface Keys {
  readonly read: string;
  readonly admin: string;
}

export interface Backend {
  readonly url: string;
  readonly keys: Keys;
  /** A request with the administrator's key. */
  ask(path: string, body?: unknown): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** Names that a page must show as they are, and a link must lead to. */
export const HOSTILE_SERVERS = [
  `<script>alert("x")</script>`,
  'rack1/host 7',
  `it's "quoted" & 100%`,
] as const;

const STEP_MS = 300_000;
const MANY = 200;
const HOSTILE_STEPS = 60;

async function createKey(folder: string, scope: string): Promise<string> {
  const args = ['keys', 'create', '--name', scope, '--scope', scope, '--data-dir', folder];
  return (await outputOf(args)).trim().split('\n').at(-1)?.trim() ?? '';
}

/** Five hours of a quiet server's measurements. */
function recordsOf(server_name: string): readonly Record<string, unknown>[] {
  const now = Date.now();
  return Array.from({ length: HOSTILE_STEPS }, (_, step) => ({
    server_name,
    timestamp: new Date(now - (HOSTILE_STEPS - step) * STEP_MS).toISOString(),
    cpu_user_pct: 20,
    cpu_sys_pct: 5,
    cpu_iowait_pct: 1,
    cpu_idle_pct: 74,
    java_cpu_pct: 0,
    mem_used_pct: 93,
    swap_used_pct: 0,
    disk_usage_pct: 40,
    net_in_mb_s: 1,
    net_out_mb_s: 1,
    back_close_wait: 1,
    front_close_wait: 1,
    load_average: 1,
    uptime_days: 10,
  }));
}

/** Of a large fleet a shorter past, enough for forecasts. */
function pastOf(servers: number): readonly string[] {
  return servers > MANY ? ['--history', '5h'] : [];
}

/** Every simulated server has a forecast, and some are in trouble. */
async function forecastsAreThere(ask: Backend['ask'], servers: number): Promise<true | undefined> {
  const { summary } = (await ask('/predictions/current?limit=1')) as {
    summary?: Readonly<Record<string, number>>;
  };
  if (summary === undefined) return undefined;
  const { critical = 0, warning = 0, degraded = 0, healthy = 0 } = summary;
  return critical > 0 && critical + warning + degraded + healthy >= servers ? true : undefined;
}

/**
 * Runs a backend with keys and a simulated fleet of some servers, their past day included.
 * @returns when every server has a forecast
 */
export async function startBackend(servers: number, hostile: boolean): Promise<Backend> {
  const folder = mkdtempSync(join(tmpdir(), 'argus-e2e-'));
  const keys = { read: await createKey(folder, 'read'), admin: await createKey(folder, 'admin') };
  await writePast(folder);
  const any = '127.0.0.1:0';
  const listen = ['--http', any, '--otlp-grpc', any, '--otlp-http', any];
  const backend = startArgus(['serve', '--json', '--data-dir', folder, ...listen]);
  const { rest, otlpGrpc } = await addressesOf(backend);
  const fleet = ['--servers', String(servers), '--scenario', 'mixed', '--seed', '1', ...pastOf(servers)];
  const simulator = startArgus(['simulate', '--endpoint', otlpGrpc, '--api-key', keys.admin, ...fleet]);
  const stop = async (): Promise<void> => {
    await simulator.stop();
    await backend.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const ask: Backend['ask'] = async (path, body) => {
    const response = await fetch(`${rest}${path}`, {
      headers: { 'x-api-key': keys.admin, 'content-type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  try {
    if (hostile) {
      for (const name of HOSTILE_SERVERS) await ask('/feed/data', { records: recordsOf(name) });
    }
    await eventually('forecast of every server', () => forecastsAreThere(ask, servers), 240_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: rest, keys, ask, stop };
}
