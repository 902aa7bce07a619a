// The history of 10,000 servers: what a cycle costs the main thread and the history process, bytes on disk, questions
// while it writes, and a 1 GB export with its memory.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Value } from 'typebox/value';
import { METRIC_COUNT } from '../src/catalog/metrics.ts';
import { STEP_MS, stepOf } from '../src/catalog/time.ts';
import { HistoryClient } from '../src/history/client.ts';
import { type HistoryConfig, HistoryConfigSchema } from '../src/history/config.ts';
import { type Block, FORECAST_NUMBERS, RISK_NUMBERS } from '../src/history/tables.ts';
import { median } from './support/statistics.ts';

const SERVERS = 10_000;
const HOURS = 1;
const STEPS_AN_HOUR = 12;
const EXPORT_BYTES = 1e9;
const FORECAST_WIDTH = RISK_NUMBERS.length + FORECAST_NUMBERS.length;
const names = Array.from({ length: SERVERS }, (_, i) => `ppdb${String(i).padStart(5, '0')}.example.net`);
const texts = (word: string) => names.map(() => word);

/** Values with a daily cycle and noise; forecasts rounded as the recorder rounds them. */
function values(width: number, step: number, isRounded: boolean): Float32Array {
  const numbers = new Float32Array(SERVERS * width);
  for (let i = 0; i < numbers.length; i++) {
    numbers[i] = 40 + 15 * Math.sin((step + i / width) / 46) + ((i * 31 + step * 7) % 23) / 5;
  }
  if (isRounded) {
    const bits = new Int32Array(numbers.buffer);
    for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] + 0x800) & 0xfffff000;
  }
  return numbers;
}

function blocksOf(step: number): readonly Block[] {
  const steps = new Int32Array(SERVERS).fill(step);
  return [
    {
      table: 'metrics',
      steps,
      texts: [names, texts('database'), texts('UTC'), texts('DE')],
      numbers: values(METRIC_COUNT, step, false),
    },
    {
      table: 'forecasts',
      steps,
      texts: [names, texts('database'), texts('model'), texts('healthy')],
      numbers: values(FORECAST_WIDTH, step, true),
    },
  ];
}

const round = (value: number, digits = 2) => Number(value.toFixed(digits));
const folder = mkdtempSync(join(tmpdir(), 'argus-bench-history-'));
const config: HistoryConfig = {
  ...(Value.Default(HistoryConfigSchema, {}) as HistoryConfig),
  minFreeMegabytes: 0,
};
const client = new HistoryClient({
  settings: { folder, config },
  logger: { info: () => {}, warn: console.error, error: console.error },
});
await client.start();

const newest = stepOf(Date.now());
const first = newest - HOURS * STEPS_AN_HOUR;
let longestBlockMs = 0;
const cycles: number[] = [];
const handOvers: number[] = [];
const tidies: number[] = [];
for (let step = first; step < newest; step++) {
  const blocks = blocksOf(step);
  const start = performance.now();
  const written = blocks.map((block) => client.ask('put', block));
  handOvers.push(performance.now() - start);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await Promise.all(written);
  delay.disable();
  longestBlockMs = Math.max(longestBlockMs, delay.max / 1e6);
  cycles.push((performance.now() - start) / 1000);
  if ((step + 1) % STEPS_AN_HOUR === 0) {
    const tidy = performance.now();
    await client.ask('tidy', { step: step + 1 });
    tidies.push((performance.now() - tidy) / 1000);
  }
}
const status = await client.ask('status', null);

/** Seconds of a question about one server, over the whole time. */
async function askSeries(): Promise<number> {
  const start = performance.now();
  await client.ask('series', {
    fromMs: first * STEP_MS,
    toMs: newest * STEP_MS,
    server: names[4711],
    names: ['cpu_used_pct', 'mem_used_pct'],
    leads: ['1h', '4h'],
    maxPoints: 1000,
  });
  return (performance.now() - start) / 1000;
}
const quiet: number[] = [];
for (let i = 0; i < 7; i++) quiet.push(await askSeries());
// Questions while a cycle is written, and the cycle while there are questions.
const busyStart = performance.now();
const written = Promise.all(blocksOf(newest).map((block) => client.ask('put', block)));
const busy = await Promise.all(Array.from({ length: 6 }, askSeries));
await written;
const busyCycle = (performance.now() - busyStart) / 1000;

const rssOf = async () => (await client.ask('status', null)).rssBytes;
const before = { main: process.memoryUsage.rss(), history: await rssOf() };
const peak = { ...before };
let exported = 0;
let looks = 0;
const exportStart = performance.now();
while (exported < EXPORT_BYTES) {
  const request = { table: 'forecasts', servers: null, timeZone: 'UTC', format: 'csv' } as const;
  for await (const chunk of client.export({ ...request, fromMs: first * STEP_MS, toMs: newest * STEP_MS })) {
    exported += (chunk as Buffer).length;
    if (++looks % 200 === 0) {
      peak.main = Math.max(peak.main, process.memoryUsage.rss());
      peak.history = Math.max(peak.history, await rssOf());
    }
    if (exported >= EXPORT_BYTES) break;
  }
}
const exportSeconds = (performance.now() - exportStart) / 1000;
await client.stop();
const diskKilobytes = Number(execFileSync('du', ['-sk', folder]).toString().split('\t')[0]);
rmSync(folder, { recursive: true, force: true });

console.log(
  JSON.stringify({
    bench: 'history',
    servers: SERVERS,
    steps: HOURS * STEPS_AN_HOUR,
    hand_over_ms: round(median(handOvers)),
    longest_block_ms: round(longestBlockMs),
    write_seconds: round(median(cycles)),
    tidy_seconds: round(median(tidies)),
    disk_mb_a_day: round((diskKilobytes * 1024) / 1e6 / (HOURS / 24), 0),
    files: status.files,
    series_seconds: round(median(quiet), 3),
    series_while_writing_seconds: round(Math.max(...busy), 3),
    write_while_asked_seconds: round(busyCycle),
    history_rss_mb: round(before.history / 1e6, 0),
    export_gb: round(exported / 1e9),
    export_mb_a_second: round(exported / 1e6 / exportSeconds, 0),
    export_rss_growth_mb: {
      main: round((peak.main - before.main) / 1e6, 0),
      history: round((peak.history - before.history) / 1e6, 0),
    },
  }),
);
