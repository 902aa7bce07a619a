/** `argus generate`: a simulated fleet's past as Parquet, to train and evaluate on. */
import { parseArgs } from 'node:util';
import { generateDataset } from '../simulate/dataset.ts';
import type { IncidentKind } from '../simulate/incidentKinds.ts';
import type { Command } from './index.ts';
import { integerOption, numberOption, timeOption, UsageError } from './terminal.ts';

const DEFAULT_SERVERS = 45;
const DEFAULT_DAYS = 30;
const PERCENT = 100;

/** What is no kind is refused with the list of them by generateDataset. */
function kindsOption(text: string | undefined): readonly IncidentKind[] {
  return (text?.split(',') ?? []).map((kind) => kind.trim() as IncidentKind);
}

export const command: Command = {
  usage: `argus generate --out DIR [--servers ${DEFAULT_SERVERS}] [--days ${DEFAULT_DAYS}] [--seed 1] [--start 2026-06-01T00:00:00Z]
               [--from-server K] [--regime-change-day D] [--without KIND,…] [--hazard]
               [--country DE-BY] [--holidays 2026-06-04,…]

Writes 2-hour Parquet chunks, chunk_manifest.json and truth.parquet (every failure: server, kind, first symptom, time).
The same options give the same values; another --from-server gives other servers. --without leaves kinds of incident out,
so that a test can hold kinds a model never saw. --hazard adds hazard.parquet: how likely a failure within 30 minutes to
8 hours was at each step to someone who knows the hidden state, the ceiling of argus backtest. --country and --holidays
let servers live through public holidays and given dates as through weekends; without them no day is a holiday.`,

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
        without: { type: 'string' },
        hazard: { type: 'boolean', default: false },
        country: { type: 'string' },
        holidays: { type: 'string' },
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
        hazard: values.hazard,
        withoutKinds: kindsOption(values.without),
        holidays: values.holidays?.split(',').map((date) => date.trim()) ?? [],
        ...(values.country === undefined ? {} : { country: values.country }),
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
