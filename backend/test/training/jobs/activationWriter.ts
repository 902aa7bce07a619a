/**
 * A process for the crash test: it takes one trained model after the other into service, and prints the id of each
 * training when it is done, until it is killed. Argument: data directory.
 */
import { writeSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFinishedJob, managerOf, settled, trainingFolder } from './activation.ts';

const [, , dataDir] = process.argv;
const STANDARD_OUTPUT = 1;
const staging = join(dataDir, 'staging');

await mkdir(trainingFolder(dataDir), { recursive: true });
let manager = await managerOf(dataDir);
await manager.resume();
await settled(manager);
for (let n = manager.records.length + 1; ; n++) {
  await rm(staging, { recursive: true, force: true });
  const id = await makeFinishedJob(staging, n);
  await rename(staging, join(trainingFolder(dataDir), id));
  manager = await managerOf(dataDir);
  await manager.resume();
  await settled(manager);
  writeSync(STANDARD_OUTPUT, `${id}\n`);
}
