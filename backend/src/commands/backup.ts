/** `argus backup`: one file of everything Argus keeps. */
import { parseArgs } from 'node:util';
import { makeBackup } from '../backup/backup.ts';
import { systemClock } from '../catalog/time.ts';
import { loadConfig } from '../config/load.ts';
import { VERSION } from '../version.ts';
import type { Command } from './index.ts';
import { UsageError } from './terminal.ts';

const MEGABYTE = 1e6;

export const command: Command = {
  usage: `argus backup FILE [--config FILE] [--data-dir DIR] [--json]

Writes the window, alerts, history, annotations, models and keys into one file (tar, zstd), while Argus runs or not.
FILE, usually NAME.tar.zst, must not exist; it holds the keys' hashes and is readable for its owner only.
argus restore FILE --data-dir DIR puts it back.`,

  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        'data-dir': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    if (positionals.length !== 1) throw new UsageError('backup needs the name of one file to write.');
    const { dataDir } = loadConfig({
      file: values.config ?? process.env.ARGUS_CONFIG,
      env: process.env,
      flags: { dataDir: values['data-dir'] },
    });
    const report = await makeBackup(dataDir, positionals[0], VERSION, systemClock.now());
    process.stdout.write(
      values.json
        ? `${JSON.stringify(report)}\n`
        : `${report.file}: ${report.files} files, ${(report.bytes / MEGABYTE).toFixed(1)} MB\n`,
    );
    return 0;
  },
};
