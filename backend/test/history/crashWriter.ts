/** Writes rows until it is killed: a line on standard output for each write that is on disk. */
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { Archive } from '../../src/history/store/archive.ts';
import { alertRows, forecastBlock, historyConfig, metricBlock, timeOf } from './support.ts';

const [folder, firstStep] = [process.argv[2], Number(process.argv[3])];
const SERVERS = ['a', 'b', 'c'];
setPriority(5);

const archive = await Archive.open({ folder, config: historyConfig(), clock: { now: Date.now } });
for (let step = firstStep; ; step++) {
  await archive.put(metricBlock(SERVERS.map((server) => ({ server, step, memory: step % 90 }))));
  await archive.put(
    forecastBlock(SERVERS.map((server) => ({ server, step, score: step % 90, memoryIn1h: 7 }))),
  );
  const atMs = timeOf(step) + 1;
  const alert = { event: `e${step}`, alert: `alert${step}`, server: 'a', atMs, openedMs: atMs, score: 61 };
  await archive.put(alertRows([{ ...alert, type: 'opened', from: 'healthy', to: 'warning' }]));
  // Late rows go into files that are joined already.
  if (step % 4 === 0)
    await archive.put(metricBlock([{ server: 'late', step: step - 13, memory: step % 90 }]));
  if (step % 6 === 0) await archive.tidy(step);
  if (!process.stdout.write(`${step}\n`)) await once(process.stdout, 'drain');
}
