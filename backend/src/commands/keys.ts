/** `argus keys`: make, list and revoke API keys. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createKey, listKeys, revokeKey } from '../api/keys.ts';
import { systemClock } from '../catalog/time.ts';
import type { Command } from './index.ts';
import { UsageError } from './terminal.ts';

const KEY_FILE = 'keys.json';

function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function create(
  path: string,
  name: string | undefined,
  scopes: readonly string[],
  json: boolean,
): Promise<void> {
  if (name === undefined) throw new UsageError('keys create needs --name, to tell keys apart later.');
  const { key, listing } = await createKey(path, name, scopes, systemClock);
  printLine(json ? JSON.stringify({ key, ...listing }) : key);
  process.stderr.write('This key is shown once and kept nowhere; store it now.\n');
}

function listing(path: string, json: boolean): string {
  const keys = listKeys(path);
  if (json) return JSON.stringify(keys);
  if (keys.length === 0) return 'There are no keys.';
  return keys
    .map(
      ({ id, name, scopes, created, hint }) =>
        `${id}  ${name}  ${scopes.join(',')}  made ${created}  ends in …${hint}`,
    )
    .join('\n');
}

export const command: Command = {
  usage: `argus keys create --name NAME --scope ingest|read|admin [--scope …] [--data-dir data] [--json]
argus keys list [--data-dir data] [--json]
argus keys revoke ID|NAME [--data-dir data]

A key is printed once, on standard output. The scope admin includes read and ingest.`,

  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        scope: { type: 'string', multiple: true, default: [] },
        'data-dir': { type: 'string', default: 'data' },
        json: { type: 'boolean', default: false },
      },
    });
    const [action, subject] = positionals;
    const path = join(values['data-dir'], KEY_FILE);
    if (action === 'create') {
      await mkdir(values['data-dir'], { recursive: true });
      await create(path, values.name, values.scope, values.json);
    } else if (action === 'list') {
      printLine(listing(path, values.json));
    } else if (action === 'revoke' && subject !== undefined) {
      const { name } = await revokeKey(path, subject);
      printLine(`Revoked "${name}".`);
    } else {
      throw new UsageError(`Say what to do with the keys:\n${command.usage}`);
    }
    return 0;
  },
};
