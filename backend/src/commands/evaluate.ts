/** `argus evaluate`: scores a model bundle at rolling origins, beside baselines. */
import { parseArgs } from 'node:util';
import { evaluateModel } from '../training/evaluation/evaluate.ts';
import { evaluationTable } from '../training/evaluation/table.ts';
import { evaluateExplanations } from '../training/explanation/evaluate.ts';
import { explanationTable } from '../training/explanation/table.ts';
import type { Command } from './index.ts';
import { integerOption, timeOption, UsageError } from './terminal.ts';

const DEFAULT_BUNDLE = 'models/bundles/default';

export const command: Command = {
  usage: `argus evaluate --data PATH [--model ${DEFAULT_BUNDLE}] [--from TIME] [--to TIME] [--stride STEPS] [--horizon STEPS]
               [--time-zone UTC] [--out FILE.parquet] [--json]
       argus evaluate --explain --data PATH [--truth FILE] [--model ${DEFAULT_BUNDLE}] [--from TIME] [--to TIME]
               [--cases N] [--donors N] [--sampled-runs N] [--time-zone UTC] [--json]

Forecasts from rolling origins without looking ahead, and prints MAE, MASE, WQL, 80% coverage and Winkler score per
target beside every baseline. --out keeps each forecast: server, target, origin, step, actual, q10 … q90.

--explain scores explanations instead, on failures whose cause is known (truth.parquet beside the data): whether they name
it, agree with full enumeration, stay the same, beat attention, gradients and chance at deletion, and whether what is said
to bring the risk down does.`,

  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        explain: { type: 'boolean', default: false },
        truth: { type: 'string' },
        cases: { type: 'string' },
        donors: { type: 'string' },
        'sampled-runs': { type: 'string' },
        data: { type: 'string' },
        model: { type: 'string', default: DEFAULT_BUNDLE },
        from: { type: 'string' },
        to: { type: 'string' },
        stride: { type: 'string' },
        horizon: { type: 'string' },
        'time-zone': { type: 'string' },
        out: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const { data, model, from, to, stride, horizon, out } = values;
    if (data === undefined)
      throw new UsageError('evaluate needs --data, a Parquet or CSV file or a folder of them.');
    const timeZone = values['time-zone'];
    const span = {
      ...(from === undefined ? {} : { fromMs: timeOption('from', from) }),
      ...(to === undefined ? {} : { toMs: timeOption('to', to) }),
      ...(timeZone === undefined ? {} : { timeZone }),
    };
    if (values.explain) {
      const { truth, cases, donors } = values;
      const sampledRuns = values['sampled-runs'];
      const report = await evaluateExplanations({
        data,
        model,
        ...span,
        ...(truth === undefined ? {} : { truth }),
        ...(cases === undefined ? {} : { cases: integerOption('cases', cases, 0, 1) }),
        ...(donors === undefined ? {} : { donors: integerOption('donors', donors, 0, 1) }),
        ...(sampledRuns === undefined
          ? {}
          : { sampledRuns: integerOption('sampled-runs', sampledRuns, 0, 1) }),
        progress: (done, all) => {
          if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all} cases\u001b[K\r`);
        },
      });
      process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : explanationTable(report));
      return 0;
    }
    const report = await evaluateModel({
      data,
      model,
      ...span,
      ...(stride === undefined ? {} : { stride: integerOption('stride', stride, 0, 1) }),
      ...(horizon === undefined ? {} : { horizon: integerOption('horizon', horizon, 0, 1) }),
      ...(out === undefined ? {} : { out }),
      progress: (done, servers) => {
        if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${servers} servers\u001b[K\r`);
      },
    });
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : evaluationTable(report));
    return 0;
  },
};
