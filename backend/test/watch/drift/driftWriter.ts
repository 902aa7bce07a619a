/** Writes a file of drift again and again until it is killed: a line on standard output for each that is on disk. */
import { once } from 'node:events';
import { writeSnapshotFile } from '../../../src/watch/container.ts';
import { encodeDrift } from '../../../src/watch/drift/file.ts';
import { DriftMonitor } from '../../../src/watch/drift/monitor.ts';

const monitor = new DriftMonitor({ byIndex: () => undefined });
const fleet = { serverCount: 0, servers: () => [], byName: () => undefined };
for (let step = 5_900_000; ; step++) {
  monitor.cycleEnded(step, 'model');
  await writeSnapshotFile(process.argv[2], encodeDrift(monitor, fleet));
  if (!process.stdout.write(`${step}\n`)) await once(process.stdout, 'drain');
}
