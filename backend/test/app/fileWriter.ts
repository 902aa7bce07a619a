/**
 * A process for the crash test: it writes every kind of file over and over, all at once, and prints kind and number of
 * each write that is on disk, until it is killed. Argument: data directory.
 */
import { writeSync } from 'node:fs';
import { FILE_KINDS } from './fileKinds.ts';

const [, , dataDir] = process.argv;
const STANDARD_OUTPUT = 1;

await Promise.all(
  FILE_KINDS.map(async ({ name, open, newest }) => {
    const write = await open(dataDir);
    for (let n = (await newest(dataDir, 0)) + 1; ; n++) {
      await write(n);
      writeSync(STANDARD_OUTPUT, `${JSON.stringify([name, n])}\n`);
    }
  }),
);
