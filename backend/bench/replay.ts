// A replay of 300 servers over 30 days from the history: the first try, further tries of thresholds, and what leaving
// steps out costs in exactness.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { METRIC_COUNT } from '../src/catalog/metrics.ts';
import { PROFILES } from '../src/catalog/profiles.ts';
import { systemClock } from '../src/catalog/time.ts';
import { type HistoryConfig, HistoryConfigSchema } from '../src/history/config.ts';
import { Archive } from '../src/history/store/archive.ts';
import { ReplayCache } from '../src/replay/cache.ts';
import { type ReplayOptions, replay } from '../src/replay/replay.ts';
import { historyFolder } from '../src/replay/sources/history.ts';
import type { ReplayResult } from '../src/replay/types.ts';
import { DEFAULT_RISK_CONFIG, type RiskConfig } from '../src/risk/config.ts';
import { generateDataset } from '../src/simulate/dataset.ts';
import { readDataset } from '../src/training/datasets/reader.ts';

const SERVERS = Number(process.env.ARGUS_BENCH_REPLAY_SERVERS ?? 300);
const DAYS = Number(process.env.ARGUS_BENCH_REPLAY_DAYS ?? 30);
const THREADS = 2;
const GOAL_SECONDS = 180;
const SEED = 11;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 5, 1);
const TO_MS = START_MS + (DAYS + 1) * DAY_MS;
const FROM_MS = START_MS + DAY_MS;
const STEPS_A_DAY = 288;
/** Servers and days of which every step is forecast, to compare. */
const CHECKED_SERVERS = Math.min(40, SERVERS);
const CHECKED_DAYS = Math.min(5, DAYS);
const BUNDLE = new URL('../../models/bundles/default', import.meta.url).pathname;

const folder = mkdtempSync(join(tmpdir(), 'argus-bench-replay-'));
const historyPath = join(folder, 'history');
const cachePath = join(folder, 'replay');

async function writeHistory(): Promise<readonly string[]> {
  const data = join(folder, 'data');
  await generateDataset({
    directory: data,
    servers: SERVERS,
    days: DAYS + 1.5,
    seed: SEED,
    startMs: START_MS,
  });
  const { servers, firstStep, lastStep } = await readDataset(data);
  const config = {
    ...(Value.Default(HistoryConfigSchema, {}) as HistoryConfig),
    minFreeMegabytes: 0,
    keepDays: 3650,
  };
  const archive = await Archive.open({ folder: historyPath, config, clock: systemClock });
  for (let first = firstStep; first <= lastStep; first += STEPS_A_DAY) {
    const rows = servers.flatMap((series) =>
      Array.from({ length: STEPS_A_DAY }, (_, i) => ({ series, step: first + i })).filter(
        ({ step }) => step >= series.firstStep && step < series.firstStep + series.steps,
      ),
    );
    const numbers = new Float32Array(rows.length * METRIC_COUNT);
    rows.forEach(({ series, step }, row) => {
      const at = (step - series.firstStep) * METRIC_COUNT;
      numbers.set(series.values.subarray(at, at + METRIC_COUNT), row * METRIC_COUNT);
    });
    await archive.put({
      table: 'metrics',
      steps: Int32Array.from(rows, ({ step }) => step),
      texts: [
        rows.map(({ series }) => series.name),
        rows.map(({ series }) => PROFILES[series.profile].name),
        rows.map(({ series }) => series.timeZone),
        rows.map(() => null),
      ],
      numbers,
    });
  }
  await archive.close();
  rmSync(data, { recursive: true, force: true });
  return servers.map(({ name }) => name);
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const round = (value: number, digits = 1) => Number(value.toFixed(digits));

async function tried(proposed: RiskConfig, changes: Partial<ReplayOptions> = {}) {
  const [startMs, cpu] = [performance.now(), cpuSeconds()];
  const note = (text: string): void => console.error(text);
  const result = await replay({
    source: await historyFolder(historyPath, []),
    fromMs: FROM_MS,
    toMs: TO_MS,
    nowMs: TO_MS + DAY_MS,
    names: null,
    today: DEFAULT_RISK_CONFIG,
    proposed,
    model: BUNDLE,
    annotations: [],
    cache: new ReplayCache({ folder: cachePath, maxMegabytes: 100_000, clock: systemClock, note }),
    threads: THREADS,
    maxServerDays: Number.MAX_SAFE_INTEGER,
    signal: new AbortController().signal,
    ...changes,
  });
  const seconds = (performance.now() - startMs) / 1000;
  return { result, seconds: round(seconds), cpu: round(cpuSeconds() - cpu) };
}

const memory = (warning: number, critical: number): RiskConfig => {
  return { ...DEFAULT_RISK_CONFIG, thresholds: { mem_used_pct: { warning, critical } } };
};

/** Openings of both sides, as text. */
function openings({ alerts }: ReplayResult): ReadonlySet<string> {
  const found = alerts.flatMap(({ server_name, proposed, today }) => [
    ...(proposed === null ? [] : [`${server_name} proposed ${proposed.opened_at}`]),
    ...(today === null ? [] : [`${server_name} today ${today.opened_at}`]),
  ]);
  return new Set(found);
}

const names = await writeHistory();
const load = loadavg()[0];
const first = await tried(memory(92, 97));
const cacheMegabytes =
  readdirSync(cachePath).reduce((sum, name) => sum + statSync(join(cachePath, name)).size, 0) / 1e6;
const higher = await tried(memory(94, 98));
const lower = await tried(memory(85, 95));
const checked = {
  names: names.slice(0, CHECKED_SERVERS),
  toMs: FROM_MS + CHECKED_DAYS * DAY_MS,
  cache: null,
};
const screened = await tried(memory(82, 93), checked);
const full = await tried(memory(82, 93), { ...checked, everyStep: true });
const [some, all] = [openings(screened.result), openings(full.result)];
rmSync(folder, { recursive: true, force: true });

console.log(
  JSON.stringify({
    bench: 'replay',
    servers: SERVERS,
    days: DAYS,
    threads: THREADS,
    cores: availableParallelism(),
    load: round(load),
    first_try_seconds: first.seconds,
    first_try_cpu_seconds: first.cpu,
    forecasts: first.result.forecasts.made,
    steps: first.result.forecasts.possible,
    cache_mb: round(cacheMegabytes, 0),
    higher_thresholds_seconds: higher.seconds,
    higher_thresholds_cpu_seconds: higher.cpu,
    lower_thresholds_seconds: lower.seconds,
    lower_thresholds_cpu_seconds: lower.cpu,
    lower_thresholds_forecasts: lower.result.forecasts.made,
    rss_mb: round(process.resourceUsage().maxRSS / 1024, 0),
    alerts: { proposed: first.result.proposed.opened, today: first.result.today.opened },
    checked_openings: all.size,
    missing_openings: [...all].filter((opening) => !some.has(opening)).length,
    extra_openings: [...some].filter((opening) => !all.has(opening)).length,
    goal_seconds: GOAL_SECONDS,
    met: first.seconds <= GOAL_SECONDS,
  }),
);
