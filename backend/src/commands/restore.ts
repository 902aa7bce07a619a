/** `argus restore`: puts a backup into an empty data folder. */
import { parseArgs } from 'node:util';
import { restoreBackup } from '../backup/backup.ts';
import type { Command } from './index.ts';
import { UsageError } from './terminal.ts';

export const command: Command = {
  usage: `argus restore FILE --data-dir DIR [--json]

Puts what argus backup wrote into DIR, which must be empty or not there, after every file was checked. Then start Argus
with --data-dir DIR.`,

  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { 'data-dir': { type: 'string' }, json: { type: 'boolean', default: false } },
    });
    const dataDir = values['data-dir'];
    if (positionals.length !== 1 || dataDir === undefined) {
      throw new UsageError('restore needs the name of a backup, and --data-dir.');
    }
    const { created, version, files } = await restoreBackup(positionals[0], dataDir);
    const count = Object.keys(files).length;
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ created, version, files: count, dataDir })}\n`
        : `${dataDir}: ${count} files as they were at ${created} (Argus ${version})\n`,
    );
    return 0;
  },
};
