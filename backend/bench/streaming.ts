// Memory of streaming training after 10 and after 100 chunks: it must not grow with the data that was read.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { generateDataset } from '../src/simulate/dataset.ts';
import { silentReporter } from '../src/training/reporter.ts';
import { trainModel } from '../src/training/trainer.ts';

const SERVERS = 100;
/** Enough for 100 chunks with windows to train on, after a day to fill the first and before what is held back. */
const DAYS = 13;
/** Steps: a bit more than one a chunk. */
const SAMPLES = 64 * 120;
const MEASURED = [10, 100] as const;
const BOUND_GROWTH_MB = 50;
const FROM = join(import.meta.dirname, '../../models/bundles/default');

interface Memory {
  readonly rss_mb: number;
  /** Of JavaScript: heap, buffers outside it. */
  readonly heap_and_external_mb: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function memoryNow(): Memory {
  collectGarbage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss_mb: Math.round(rss / 1e6), heap_and_external_mb: Math.round((heapUsed + external) / 1e6) };
}

const folder = await mkdtemp(join(tmpdir(), 'argus-bench-'));
try {
  const data = join(folder, 'fleet');
  await generateDataset({ directory: data, servers: SERVERS, days: DAYS, seed: 1 });
  const memory = new Map<number, Memory>();
  let firstChunk: number | undefined;
  let samplesPerSecond = 0;
  await trainModel(
    {
      data: [{ path: data }],
      out: join(folder, 'bundle'),
      mode: 'streaming',
      from: FROM,
      epochs: 1,
      samplesPerEpoch: SAMPLES,
    },
    {
      ...silentReporter,
      step({ place, samplesPerSecond: speed }) {
        firstChunk ??= place?.chunk ?? 0;
        const trained = (place?.chunk ?? 0) - firstChunk + 1;
        const due = MEASURED.find((chunks) => chunks <= trained && !memory.has(chunks));
        if (due !== undefined) memory.set(due, memoryNow());
        samplesPerSecond = speed;
      },
    },
  );
  const [early, late] = MEASURED.map((chunks) => memory.get(chunks));
  if (early === undefined || late === undefined) throw new Error('The data has too few chunks.');
  console.log(
    JSON.stringify({
      bench: 'streaming',
      servers: SERVERS,
      chunks_trained: MEASURED,
      after_10_chunks: early,
      after_100_chunks: late,
      samples_per_second: Math.round(samplesPerSecond),
      bound_growth_mb: BOUND_GROWTH_MB,
      within_bound: late.rss_mb - early.rss_mb <= BOUND_GROWTH_MB,
    }),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
