// Makes what must not stand in any file of a checkout: API keys and Grafana's password. Runs before the containers that
// need them, and leaves what is there already. Each kind lies in a volume of its own, mounted only where it is used.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [keyFolder = '/keys', dataFolder = process.env.ARGUS_DATA_DIR ?? '/data'] = process.argv.slice(2);
const main = join(import.meta.dirname, '..', 'backend', 'src', 'main.ts');
/** Other containers read them under other users; the volumes keep everybody else out. */
const READABLE = 0o444;

function keep(path, text) {
  writeFileSync(`${path}.part`, text, { mode: READABLE });
  chmodSync(`${path}.part`, READABLE);
  renameSync(`${path}.part`, path);
}

function argus(...args) {
  return execFileSync(process.execPath, [main, 'keys', ...args, '--data-dir', dataFolder, '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** A key whose file is lost cannot be shown again: another takes its place. */
function makeKey(scope) {
  const path = join(keyFolder, scope, scope);
  if (existsSync(path)) return `${scope}: there already`;
  const name = `containers ${scope}`;
  if (JSON.parse(argus('list')).some((key) => key.name === name)) argus('revoke', name);
  keep(path, JSON.parse(argus('create', '--name', name, '--scope', scope)).key);
  return `${scope}: made`;
}

function makePassword() {
  const path = join(keyFolder, 'grafana', 'password');
  if (existsSync(path)) return "Grafana's password: there already";
  keep(path, randomBytes(18).toString('base64url'));
  return "Grafana's password: made; docker compose exec grafana cat /run/grafana/password shows it";
}

for (const scope of ['ingest', 'read', 'admin']) process.stdout.write(`${makeKey(scope)}\n`);
process.stdout.write(`${makePassword()}\n`);
