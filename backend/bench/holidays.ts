/**
 * Whether a training teaches the network holidays; see holidayLesson.ts. ARGUS_BENCH_SAMPLES windows are trained on,
 * 12,000 by default.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { teachHolidays } from '../test/training/holidayLesson.ts';

const SAMPLES = Number(process.env.ARGUS_BENCH_SAMPLES ?? 12_000);
const THREADS = 2;

const scratch = await mkdtemp(join(tmpdir(), 'argus-holidays-'));
try {
  const before = process.cpuUsage();
  const lesson = await teachHolidays(scratch, SAMPLES, THREADS);
  const { user, system } = process.cpuUsage(before);
  const cpuSeconds = Math.round((user + system) / 1e6);
  console.log(JSON.stringify({ bench: 'holidays', samples: SAMPLES, cpu_seconds: cpuSeconds, ...lesson }));
} finally {
  await rm(scratch, { recursive: true, force: true });
}
