/** `argus generate`: a simulated fleet's past as Parquet, to train and evaluate on. */
import { parseArgs } from 'node:util';
import { generateDataset } from '../simulate/dataset.ts';
import type { Command } from './index.ts';
import { integerOption, numberOption, timeOption, UsageError } from './terminal.ts';

const DEFAULT_SERVERS = 45;
const DEFAULT_DAYS = 30;
const PERCENT = 100;

export const command: Command = {
  usage: `argus generate --out DIR [--servers ${DEFAULT_SERVERS}] [--days ${DEFAULT_DAYS}] [--seed 1] [--start 2026-06-01T00:00:00Z]
               [--from-server K] [--regime-change-day D]

Writes 2-hour Parquet chunks, chunk_manifest.json and truth.parquet (every failure: server, kind, first symptom, time).
The same options give the same values; another --from-server gives other servers.`,

  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        out: { type: 'string' },
        servers: { type: 'string' },
        days: { type: 'string' },
        seed: { type: 'string' },
        start: { type: 'string' },
        'from-server': { type: 'string' },
        'regime-change-day': { type: 'string' },
      },
    });
    if (values.out === undefined) throw new UsageError('generate needs --out, the folder for the files.');
    const regimeChangeDay = values['regime-change-day'];
    const manifest = await generateDataset(
      {
        directory: values.out,
        servers: integerOption('servers', values.servers, DEFAULT_SERVERS),
        days: numberOption('days', values.days, DEFAULT_DAYS),
        seed: integerOption('seed', values.seed, 1),
        fromServer: integerOption('from-server', values['from-server'], 0),
        ...(values.start === undefined ? {} : { startMs: timeOption('start', values.start) }),
        ...(regimeChangeDay === undefined
          ? {}
          : { regimeChangeDay: numberOption('regime-change-day', regimeChangeDay, 0) }),
      },
      ({ chunk, chunks }) => {
        if (process.stderr.isTTY) process.stderr.write(`\r${Math.round((PERCENT * chunk) / chunks)} %`);
      },
    );
    if (process.stderr.isTTY) process.stderr.write('\r');
    const { chunks, rows, truth, from, to } = manifest;
    process.stdout.write(
      `${rows} rows in ${chunks.length} chunks from ${from} to ${to}, ${truth.rows} incidents in the truth file: ${values.out}\n`,
    );
    return 0;
  },
};
