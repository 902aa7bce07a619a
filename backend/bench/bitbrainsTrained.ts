/**
 * Trains on real virtual machines and scores the result on their last week, 48 steps ahead. August to 15 September is
 * trained on, up to 23 September chooses epoch and candidate (from random weights, or on from the shipped ones), the last
 * week is read once. The trace may be used for evaluation only, so the trained models are thrown away.
 *
 * ARGUS_BITBRAINS=FOLDER npm run bench bitbrainsTrained, see bitbrains.ts. ARGUS_SEED is 1 by default;
 * ARGUS_VALIDATION_ONLY=1 stops before the last week; ARGUS_QUICK=1 trains for seconds, on a made-up trace where there is
 * no folder.
 */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_AUGMENTATION } from '../src/training/augmentation.ts';
import { type EvaluationReport, evaluateModel } from '../src/training/evaluation/evaluate.ts';
import { evaluationTable } from '../src/training/evaluation/table.ts';
import type { TrainingMode } from '../src/training/options.ts';
import { terminalReporter } from '../src/training/reporter.ts';
import { trainModel } from '../src/training/trainer.ts';
import { convertTrace, writeSmallTrace } from './support/bitbrainsTrace.ts';
import { traceReport } from './support/traceReport.ts';

const START = Date.parse('2013-08-01T00:00:00Z');
const VALIDATION = Date.parse('2013-09-15T00:00:00Z');
const TEST = Date.parse('2013-09-23T00:00:00Z');
const END = Date.parse('2013-09-30T00:00:00Z');
const HORIZON = 48;
const STRIDE = 24;
const SHIPPED = join(import.meta.dirname, '../../models/bundles/default');

interface Candidate {
  readonly mode: TrainingMode;
  readonly epochs: number;
  readonly samplesPerEpoch: number;
  readonly peakRate: number;
}

const FULL: readonly Candidate[] = [
  { mode: 'incremental', epochs: 5, samplesPerEpoch: 16_384, peakRate: 1e-3 },
  { mode: 'standard', epochs: 8, samplesPerEpoch: 16_384, peakRate: 3e-3 },
];
const QUICK: readonly Candidate[] = FULL.map((candidate) => ({
  ...candidate,
  epochs: 1,
  samplesPerEpoch: 512,
}));

/**
 * Every machine measures the same four metrics, so none is blanked to teach servers that measure less. The machines
 * forecast are those trained on: their names are kept.
 */
const AUGMENTATION = {
  ...DEFAULT_AUGMENTATION,
  serverDropout: 0.1,
  plainMachines: 0,
  metricDropout: 0.05,
  truncation: 0.05,
};

const quick = process.env.ARGUS_QUICK === '1';

async function train(candidate: Candidate, data: string, out: string): Promise<void> {
  await trainModel(
    {
      ...candidate,
      data: [{ path: data }],
      out,
      from: SHIPPED,
      seed: Number(process.env.ARGUS_SEED ?? 1),
      validationShare: (TEST - VALIDATION) / (TEST - START),
      validationWindows: quick ? 32 : 1024,
      augmentation: AUGMENTATION,
    },
    terminalReporter(process.stderr),
  );
}

function evaluate(data: string, model: string, fromMs: number, toMs: number): Promise<EvaluationReport> {
  return evaluateModel({ data, model, fromMs, toMs, stride: STRIDE, horizon: HORIZON });
}

async function measure(folder: string, scratch: string): Promise<Record<string, unknown>> {
  const known = join(scratch, 'known');
  await mkdir(known);
  await convertTrace(folder, known, { toMs: TEST });
  const reports = new Map<string, EvaluationReport>();
  for (const candidate of quick ? QUICK : FULL) {
    const model = join(scratch, candidate.mode);
    await train(candidate, known, model);
    reports.set(candidate.mode, await evaluate(known, model, VALIDATION, TEST));
  }
  const wql = [...reports].map(([name, { mean }]) => [name, mean.wql.model] as const);
  const chosen = wql.reduce((best, next) => (next[1] < best[1] ? next : best))[0];
  const candidates = Object.fromEntries(wql);
  const validated = reports.get(chosen);
  if (validated === undefined) throw new Error('there is no candidate');
  process.stderr.write(evaluationTable(validated));
  const about = { bench: 'bitbrainsTrained', candidates, chosen };
  if (process.env.ARGUS_VALIDATION_ONLY === '1') {
    return { ...about, part: 'validation', ...traceReport(validated) };
  }
  const whole = join(scratch, 'whole');
  await mkdir(whole);
  await convertTrace(folder, whole, { toMs: END });
  const report = await evaluate(whole, join(scratch, chosen), TEST, END);
  process.stderr.write(evaluationTable(report));
  return { ...about, part: 'test', ...traceReport(report) };
}

async function traceFolder(scratch: string): Promise<string | undefined> {
  const given = process.env.ARGUS_BITBRAINS;
  if (given !== undefined || !quick) return given;
  const folder = join(scratch, 'trace');
  await mkdir(folder);
  await writeSmallTrace(folder);
  return folder;
}

const scratch = await mkdtemp(join(tmpdir(), 'argus-bitbrains-'));
try {
  const folder = await traceFolder(scratch);
  const skipped = { bench: 'bitbrainsTrained', skipped: 'set ARGUS_BITBRAINS to the folder of the trace' };
  console.log(JSON.stringify(folder === undefined ? skipped : await measure(folder, scratch)));
} finally {
  await rm(scratch, { recursive: true, force: true });
}
