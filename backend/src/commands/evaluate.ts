/** `argus evaluate`: scores a model bundle at rolling origins, beside baselines. */
import { parseArgs } from 'node:util';
import { evaluateModel } from '../training/evaluation/evaluate.ts';
import { evaluationTable } from '../training/evaluation/table.ts';
import type { Command } from './index.ts';
import { integerOption, timeOption, UsageError } from './terminal.ts';

const DEFAULT_BUNDLE = 'models/bundles/default';

export const command: Command = {
  usage: `argus evaluate --data PATH [--model ${DEFAULT_BUNDLE}] [--from TIME] [--to TIME] [--stride STEPS] [--horizon STEPS]
               [--time-zone UTC] [--out FILE.parquet] [--json]

Forecasts from rolling origins without looking ahead, and prints MAE, MASE, WQL, 80% coverage and Winkler score per
target beside every baseline. --out keeps each forecast: server, target, origin, step, actual, q10 … q90.`,

  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
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
    const report = await evaluateModel({
      data,
      model,
      ...(from === undefined ? {} : { fromMs: timeOption('from', from) }),
      ...(to === undefined ? {} : { toMs: timeOption('to', to) }),
      ...(stride === undefined ? {} : { stride: integerOption('stride', stride, 0, 1) }),
      ...(horizon === undefined ? {} : { horizon: integerOption('horizon', horizon, 0, 1) }),
      ...(timeZone === undefined ? {} : { timeZone }),
      ...(out === undefined ? {} : { out }),
      progress: (done, servers) => {
        if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${servers} servers\u001b[K\r`);
      },
    });
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : evaluationTable(report));
    return 0;
  },
};
