/**
 * Serves the preview: the built plugin in a browser, without Grafana, on a running backend.
 * Usage: node server/main.ts --backend http://127.0.0.1:8000 [--port 3000] [--react 19] [--json]
 */
import { parseArgs } from 'node:util';
import { ensureHostBundled, ensurePluginBuilt } from './build.ts';
import { listen } from './ports.ts';
import { createPreview } from './preview.ts';
import { keysFromEnvironment, speaker } from './speaker.ts';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'http://127.0.0.1:8000' },
    port: { type: 'string', default: '3000' },
    react: { type: 'string', default: '19' },
    json: { type: 'boolean', default: false },
  },
});
const say = speaker(values.json);

try {
  const progress = (line: string) => say('progress', line);
  const dist = await ensurePluginBuilt(progress);
  const host = await ensureHostBundled(values.react === '18' ? '18' : '19', progress);
  const server = createPreview({ dist, host, backend: values.backend, keys: keysFromEnvironment() });
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
