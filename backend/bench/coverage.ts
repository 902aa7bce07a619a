/**
 * How far each series' 80% band is from 80%, before and after the adaptive correction, and what the correction costs:
 * serving is replayed over the past, from those origins whose forecasts it keeps until their truth moves the bands.
 *
 * ARGUS_COVERAGE_DATA=FOLDER holds long-form data (such as argus generate writes), or ARGUS_BITBRAINS=FOLDER the trace of
 * bitbrains.ts; without either a small fleet is generated. ARGUS_COVERAGE_FROM and _TO bound what is scored (the last 7
 * days of the data, or 23 to 29 September of the trace); the two weeks before it only teach. ARGUS_COVERAGE_EVERY_VM=N takes
 * every Nth machine of the trace, ARGUS_MODEL another bundle.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TARGET_LIST } from '../src/catalog/targets.ts';
import { stepStartMs } from '../src/catalog/time.ts';
import { generateDataset } from '../src/simulate/dataset.ts';
import { readDataset } from '../src/training/datasets/reader.ts';
import type { Dataset } from '../src/training/datasets/series.ts';
import { BatchForecaster } from '../src/training/forecaster.ts';
import { type ReplaySpan, replayBands, summarise } from './support/bandReplay.ts';
import { convertTrace } from './support/bitbrainsTrace.ts';

const DAY_MS = 86_400_000;
const TRACE_FROM = '2013-09-23T00:00:00Z';
const TRACE_TO = '2013-09-30T00:00:00Z';
const MODEL = process.env.ARGUS_MODEL ?? join(import.meta.dirname, '../../models/bundles/default');
/** The fleet that is made where no data is given. */
const SMALL_FLEET = { servers: 4, days: 4, seed: 77, fromServer: 50_000 };
/** Days scored and days that only teach before them; shorter where the data is. */
const SCORED_DAYS = 7;
const LEARNED_DAYS = 14;

interface Source {
  readonly name: string;
  readonly folder: string;
  readonly from?: string;
  readonly to?: string;
}

async function prepare(scratch: string): Promise<Source> {
  const { ARGUS_COVERAGE_DATA: given, ARGUS_BITBRAINS: trace } = process.env;
  if (given !== undefined) return { name: 'given', folder: given };
  if (trace !== undefined) {
    await convertTrace(trace, scratch, { everyVm: Number(process.env.ARGUS_COVERAGE_EVERY_VM ?? 1) });
    return { name: 'bitbrains', folder: scratch, from: TRACE_FROM, to: TRACE_TO };
  }
  await generateDataset({ directory: scratch, ...SMALL_FLEET });
  return { name: 'generated', folder: scratch };
}

function spanOf(data: Dataset, source: Source): ReplaySpan {
  const from = process.env.ARGUS_COVERAGE_FROM ?? source.from;
  const to = process.env.ARGUS_COVERAGE_TO ?? source.to;
  const toMs = to === undefined ? stepStartMs(data.lastStep + 1) : Date.parse(to);
  const days = Math.min(SCORED_DAYS, Math.floor((toMs - stepStartMs(data.firstStep)) / DAY_MS / 2));
  const scoreFromMs = from === undefined ? toMs - days * DAY_MS : Date.parse(from);
  return { learnFromMs: scoreFromMs - LEARNED_DAYS * DAY_MS, scoreFromMs, toMs };
}

const scratch = await mkdtemp(join(tmpdir(), 'argus-coverage-'));
try {
  const source = await prepare(scratch);
  const data = await readDataset(source.folder);
  const span = spanOf(data, source);
  const forecaster = await BatchForecaster.open(MODEL);
  const bands = await replayBands(data, forecaster, span);
  await forecaster.close();
  const byTarget = TARGET_LIST.flatMap(({ name }, target) => {
    const ofTarget = bands.filter((series) => series.target === target);
    return ofTarget.length > 0 ? [[name, summarise(ofTarget)] as const] : [];
  });
  console.log(
    JSON.stringify({
      bench: 'coverage',
      data: source.name,
      servers: data.servers.length,
      from: new Date(span.scoreFromMs).toISOString(),
      to: new Date(span.toMs).toISOString(),
      ...summarise(bands),
      targets: Object.fromEntries(byTarget),
    }),
  );
} finally {
  await rm(scratch, { recursive: true, force: true });
}
