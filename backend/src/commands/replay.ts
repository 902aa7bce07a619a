/** `argus replay`: the past under other settings, beside what today's would have done. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readAnnotations } from '../annotations/index.ts';
import { HolidayBook } from '../catalog/holidays.ts';
import { stepStartMs, systemClock } from '../catalog/time.ts';
import { loadConfig, loadConfigFile } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { compileProfilePatterns } from '../fleet/config.ts';
import { PlaceRules } from '../fleet/places.ts';
import { ModelFolders } from '../forecast/modelFolders.ts';
import { ReplayCache } from '../replay/cache.ts';
import { hourOf, replay, usualFrom } from '../replay/replay.ts';
import { datasetSource } from '../replay/sources/dataset.ts';
import { historyFolder } from '../replay/sources/history.ts';
import { prometheusSource } from '../replay/sources/prometheus.ts';
import type { ReplaySource } from '../replay/sources/source.ts';
import { replayTable } from '../replay/table.ts';
import type { ReplayProgress } from '../replay/types.ts';
import type { Command } from './index.ts';
import { integerOption, timeOption, UsageError } from './terminal.ts';

const SHIPPED_MODELS = fileURLToPath(new URL('../../../models/bundles', import.meta.url));
const EXIT_STOPPED = 130;

const options = {
  config: { type: 'string' },
  today: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  'data-dir': { type: 'string' },
  data: { type: 'string' },
  truth: { type: 'string' },
  prometheus: { type: 'string' },
  server: { type: 'string', multiple: true },
  model: { type: 'string' },
  threads: { type: 'string' },
  'every-step': { type: 'boolean', default: false },
  'no-cache': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options }).values;
}

function sourceOf(values: Values, today: Config, dataDir: string): Promise<ReplaySource> | ReplaySource {
  const { data, prometheus, truth } = values;
  if (data !== undefined && prometheus !== undefined) {
    throw new UsageError('replay takes one of --data and --prometheus.');
  }
  if (data !== undefined) return datasetSource(data, truth, today.fleet.defaultTimeZone);
  if (truth !== undefined) throw new UsageError('--truth belongs to --data.');
  if (prometheus === undefined) return historyFolder(join(dataDir, 'history'), today.forecast.holidays);
  if (!URL.canParse(prometheus) || !/^https?:/.test(prometheus)) {
    throw new UsageError(
      `--prometheus must be an address such as http://localhost:9090; "${prometheus}" is not.`,
    );
  }
  const backfill = today.fleet.backfill ?? {
    source: 'auto',
    servers: 'all',
    serverLabel: 'auto',
    selector: '',
    timeoutSeconds: 60,
  };
  return prometheusSource({
    config: { ...backfill, prometheusUrl: prometheus },
    patterns: compileProfilePatterns(today.fleet.profilePatterns),
    places: new PlaceRules(today.fleet),
    holidays: new HolidayBook(today.forecast.holidays),
    clock: systemClock,
  });
}

/** By default the 30 days that end with what there is. A data set has its own present: it may well be made up. */
function spanOf({ data, from, to }: Values, { extent }: ReplaySource) {
  const nowMs = data === undefined || extent === null ? Date.now() : stepStartMs(extent.last + 1);
  const endMs = extent === null ? nowMs : Math.min(nowMs, stepStartMs(extent.last + 1));
  const toMs = hourOf(Math.min(nowMs, to === undefined ? endMs : timeOption('to', to)));
  return {
    nowMs,
    toMs,
    fromMs: from === undefined ? usualFrom(toMs, extent) : hourOf(timeOption('from', from)),
  };
}

function show({ state, percent, secondsLeft }: ReplayProgress): void {
  if (!process.stderr.isTTY) return;
  const left = secondsLeft === null ? '' : `, ${secondsLeft} s left`;
  process.stderr.write(`\r${state} ${Math.round(percent)} %${left}\u001b[K\r`);
}

export const command: Command = {
  usage: `argus replay [--config FILE] [--from TIME] [--to TIME] [--today FILE] [--data-dir data]
             [--data PATH [--truth FILE] | --prometheus URL] [--server NAME …] [--model NAME|DIR]
             [--threads N] [--every-step] [--no-cache] [--json]

Runs the past again through the model under the risk settings of --config (thresholds, weights, alerts) and under today's
(--today, else argus.yaml and ARGUS_* variables), and lists the alerts of both: in both, only one of them, true or not.
Without --config both are the same. The past is the history of --data-dir, by default its last 30 days; --data takes what
argus backtest does, --prometheus the base address of a server that keeps host metrics. Forecasts are kept in
DATA-DIR/replay, so that the next thresholds are tried in seconds. --every-step leaves no step out: slower, to check.`,

  async run(args) {
    const values = parse(args);
    const today =
      values.today === undefined ? loadConfig({ env: process.env }) : loadConfigFile(values.today);
    const proposed = values.config === undefined ? today : loadConfigFile(values.config);
    const dataDir = values['data-dir'] ?? today.dataDir;
    const source = await sourceOf(values, today, dataDir);
    const folders = new ModelFolders([join(dataDir, 'models'), SHIPPED_MODELS]);
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    const note = (text: string): void => void process.stderr.write(`${text}\n`);
    const cache = new ReplayCache({
      folder: join(dataDir, 'replay'),
      maxMegabytes: today.replay.cacheMegabytes,
      clock: systemClock,
      note,
    });
    try {
      const result = await replay({
        source,
        ...spanOf(values, source),
        names: values.server ?? null,
        today: today.risk,
        proposed: proposed.risk,
        model: await folders.configured(values.model ?? today.forecast.model),
        annotations: await readAnnotations(dataDir),
        // A folder that is not there is not made for a mere look at data from elsewhere.
        cache: values['no-cache'] || values['every-step'] || !existsSync(dataDir) ? null : cache,
        threads: integerOption('threads', values.threads, availableParallelism(), 1),
        maxServerDays: today.replay.maxServerDays,
        signal: stop.signal,
        progress: show,
        everyStep: values['every-step'],
      });
      process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : replayTable(result));
      return 0;
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      process.stderr.write('Stopped.\n');
      return EXIT_STOPPED;
    }
  },
};
