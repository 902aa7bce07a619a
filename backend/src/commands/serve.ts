/** `argus serve`: runs the backend until it is asked to stop. */
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { startApp } from '../app.ts';
import { systemClock } from '../catalog/time.ts';
import { loadConfig } from '../config/load.ts';
import type { Command } from './index.ts';
import { untilAskedToStop } from './terminal.ts';

export const command: Command = {
  usage: `argus serve [--config FILE] [--data-dir DIR] [--model NAME|DIR] [--http HOST:PORT]
            [--otlp-grpc HOST:PORT] [--otlp-http HOST:PORT] [--json]

Receives OTLP and JSON, forecasts, serves the REST API and /metrics. Port 0 takes any free one; the addresses are
printed on standard output (--json: as one line of JSON), the log goes to standard error. Flags win over ARGUS_*
variables, those over the file.`,

  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        'data-dir': { type: 'string' },
        model: { type: 'string' },
        http: { type: 'string' },
        'otlp-grpc': { type: 'string' },
        'otlp-http': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const config = loadConfig({
      file: values.config ?? process.env.ARGUS_CONFIG,
      env: process.env,
      flags: {
        dataDir: values['data-dir'],
        model: values.model,
        http: values.http,
        otlpGrpc: values['otlp-grpc'],
        otlpHttp: values['otlp-http'],
      },
    });
    const stopped = untilAskedToStop();
    const logger = pino({ level: config.log.level }, pino.destination(process.stderr.fd));
    const app = await startApp({ config, clock: systemClock, logger });
    const { rest, otlpGrpc, otlpHttp } = app.addresses;
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ event: 'listening', rest, otlpGrpc, otlpHttp })}\n`
        : `Argus listens: REST ${rest}, OTLP gRPC ${otlpGrpc}, OTLP HTTP ${otlpHttp}\n`,
    );
    const signal = await stopped;
    logger.info({ signal }, 'stopping');
    await app.stop();
    return 0;
  },
};
