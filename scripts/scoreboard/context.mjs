// What a measurement is given: options, data folders, and ways to run the project's Node and a Python.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { environment, root } from '../setup.mjs';

const BENCH = join(root, 'backend', 'bench');

/** Thrown where something is not there: the row says so, and the others go on. */
export class NotMeasured extends Error {}

function run(command, args, settings) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: root,
    env: { ...environment, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status ?? error?.message}`);
  return stdout.toString();
}

/** The last line that a program printed, as JSON. */
function lastJson(output) {
  return JSON.parse(output.trim().split('\n').at(-1));
}

export class Context {
  /** @param {{ node: string, data: string | undefined, quick: boolean, seed: number, scratch: string }} options */
  constructor(options) {
    Object.assign(this, options);
    this.python = process.env.ARGUS_PYTHON;
  }

  /** @returns folder of one data set; its absence leaves the row out */
  dataFolder(name, ...files) {
    if (this.data === undefined) throw new NotMeasured('no data folder; give it with --data');
    const folder = join(this.data, name);
    for (const file of files) {
      if (!existsSync(join(folder, file))) throw new NotMeasured(`${name}/${file} is not in the data folder`);
    }
    return folder;
  }

  bench(name, settings = {}) {
    return lastJson(run(this.node, [join(BENCH, `${name}.ts`)], settings));
  }

  argus(...args) {
    return run(this.node, [join(root, 'backend', 'src', 'main.ts'), ...args]);
  }

  pythonJson(packages, script, ...args) {
    if (this.python === undefined) throw new NotMeasured('ARGUS_PYTHON names no Python');
    const imports = spawnSync(this.python, ['-c', `import ${packages.join(', ')}`], { stdio: 'ignore' });
    if (imports.status !== 0) throw new NotMeasured(`ARGUS_PYTHON lacks one of ${packages.join(', ')}`);
    return lastJson(run(this.python, [join(root, script), ...args]));
  }
}

function walk(path, visit) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) return visit(path);
  for (const name of readdirSync(path).sort()) if (name !== '__pycache__') walk(join(path, name), visit);
}

/** Hash of what a measurement depends on: content of the project's files, names and sizes of data. */
export function inputsHash(files, data, settings) {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const path of files) {
    walk(join(root, path), (file) => hash.update(file.slice(root.length)).update(readFileSync(file)));
  }
  for (const path of data) walk(path, (file) => hash.update(`${file} ${statSync(file).size}`));
  return hash.digest('hex').slice(0, 16);
}
