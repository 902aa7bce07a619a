/**
 * Runs an installed Grafana with the plugin, data sources, dashboards and alert rules provisioned, on a running backend.
 * Usage: node server/grafanaMain.ts [--home DIR] --backend http://127.0.0.1:8000 --data-dir data/grafana [--port 3000]
 *        [--sign-in] [--json]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePluginBuilt } from './build.ts';
import { StartError } from './errors.ts';
import { runGrafana } from './grafana.ts';
import { findGrafana } from './grafanaHome.ts';
import { freePort } from './ports.ts';
import { findPrometheus } from './prometheus.ts';
import { keysFromEnvironment, speaker } from './speaker.ts';

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    backend: { type: 'string', default: 'http://127.0.0.1:8000' },
    'data-dir': { type: 'string', default: 'data/grafana' },
    port: { type: 'string', default: '3000' },
    'sign-in': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const say = speaker(values.json);

async function run(): Promise<number> {
  const found = findGrafana(values.home);
  if (found === undefined) throw new StartError('No grafana is on PATH: name the folder of one by --home.');
  const dist = await ensurePluginBuilt((line) => say('progress', line));
  const data = values['data-dir'];
  const { backend } = values;
  const prometheus = await findPrometheus(join(data, 'prometheus'), backend);
  if (prometheus === undefined) {
    say('progress', 'No Prometheus runs here: alert rules and the data source Prometheus are left out.');
  }
  say('progress', 'Starting Grafana …');
  try {
    const port = await freePort(Number(values.port));
    const keys = keysFromEnvironment();
    const signIn = values['sign-in'];
    const options = { data, port, dist, backend, prometheus: prometheus?.url, signIn, keys };
    const grafana = await runGrafana(found, options);
    say('listening', grafana.url);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void grafana.stop());
    const code = await grafana.ended;
    return code === 0 || code === null ? 0 : 1;
  } finally {
    prometheus?.stop();
  }
}

try {
  process.exitCode = await run();
} catch (error) {
  say('failed', error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
