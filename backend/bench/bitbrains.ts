/**
 * Scores a bundle, without any training on it, on real virtual machines: the Bitbrains "Rnd" trace (GWA-T-12; cite Shen,
 * van Beek, Iosup, CCGrid 2015), which may be used for evaluation only.
 *
 * ARGUS_BITBRAINS=FOLDER npm run bench bitbrains, where FOLDER holds 2013-08.parquet and 2013-09.parquet with ts (Unix
 * seconds), vm, cpu_pct, mem_used_pct, net_in_mb_s and net_out_mb_s. ARGUS_BITBRAINS_FROM and _TO choose another span,
 * _HORIZON fewer steps than 96, _EVERY_VM=N every Nth machine, and ARGUS_MODEL another bundle.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HORIZON_STEPS } from '../src/catalog/time.ts';
import { evaluateModel } from '../src/training/evaluation/evaluate.ts';
import { evaluationTable } from '../src/training/evaluation/table.ts';
import { convertTrace } from './support/bitbrainsTrace.ts';
import { traceReport } from './support/traceReport.ts';

/** The last week of the trace. */
const FROM = '2013-09-23T00:00:00Z';
const TO = '2013-09-30T00:00:00Z';
const STRIDE = 24;

async function measure(folder: string): Promise<Record<string, unknown>> {
  const scratch = await mkdtemp(join(tmpdir(), 'argus-bitbrains-'));
  try {
    await convertTrace(folder, scratch, { everyVm: Number(process.env.ARGUS_BITBRAINS_EVERY_VM ?? 1) });
    const report = await evaluateModel({
      data: scratch,
      model: process.env.ARGUS_MODEL ?? join(import.meta.dirname, '../../models/bundles/default'),
      fromMs: Date.parse(process.env.ARGUS_BITBRAINS_FROM ?? FROM),
      toMs: Date.parse(process.env.ARGUS_BITBRAINS_TO ?? TO),
      stride: STRIDE,
      horizon: Number(process.env.ARGUS_BITBRAINS_HORIZON ?? HORIZON_STEPS),
    });
    process.stderr.write(evaluationTable(report));
    return { bench: 'bitbrains', ...traceReport(report) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const folder = process.env.ARGUS_BITBRAINS;
const skipped = { bench: 'bitbrains', skipped: 'set ARGUS_BITBRAINS to the folder of the trace' };
console.log(JSON.stringify(folder === undefined ? skipped : await measure(folder)));
