/** `argus check-config`: names every mistake of a configuration file. */
import { parseArgs } from 'node:util';
import { checkConfig } from '../config/load.ts';
import { problemLine } from '../config/problem.ts';
import type { Command } from './index.ts';
import { UsageError } from './terminal.ts';

export const command: Command = {
  usage: `argus check-config FILE [--json]

Prints each mistake with file, line, column and remedy. Exit code 0: the file is right; 1: it is not.`,

  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false } },
    });
    const [file] = positionals;
    if (file === undefined || positionals.length > 1) throw new UsageError('check-config needs one file.');
    const problems = checkConfig(file);
    if (values.json)
      process.stdout.write(`${JSON.stringify({ file, ok: problems.length === 0, problems })}\n`);
    else if (problems.length === 0) process.stdout.write(`${file} is right.\n`);
    else process.stdout.write(`${problems.map(problemLine).join('\n')}\n`);
    return problems.length === 0 ? 0 : 1;
  },
};
