/** `argus backtest`: alerts scored by event, beside rules and rivals. */
import { parseArgs } from 'node:util';
import { backtestModel } from '../training/backtest/backtest.ts';
import { backtestTable } from '../training/backtest/table.ts';
import type { Command } from './index.ts';
import { integerOption, timeOption, UsageError } from './terminal.ts';

const DEFAULT_BUNDLE = 'models/bundles/default';

export const command: Command = {
  usage: `argus backtest --data PATH [--truth FILE] [--model ${DEFAULT_BUNDLE}] [--from TIME] [--to TIME]
               [--validation-from TIME] [--stride 3] [--time-zone UTC] [--out FILE.parquet] [--json] [--canaries]

Replays alerts over data whose failures are known, chooses each scorer's threshold before --from and prints what came of
its alerts after it: PR-AUC, recall, precision, false alerts per server-day and lead time by event, how often a level came
true, and how far the probabilities can be believed. --stride 1 is what the running backend does. --canaries also scores
against truths that are none, where every figure has to fall to chance. --out keeps each score: span, server, origin,
label, and one column for each scorer.`,

  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        truth: { type: 'string' },
        model: { type: 'string', default: DEFAULT_BUNDLE },
        from: { type: 'string' },
        to: { type: 'string' },
        'validation-from': { type: 'string' },
        stride: { type: 'string' },
        'time-zone': { type: 'string' },
        out: { type: 'string' },
        json: { type: 'boolean', default: false },
        canaries: { type: 'boolean', default: false },
      },
    });
    const { data, truth, model, from, to, stride, out, canaries } = values;
    if (data === undefined)
      throw new UsageError('backtest needs --data, a Parquet or CSV file or a folder of them.');
    const validationFrom = values['validation-from'];
    const timeZone = values['time-zone'];
    const report = await backtestModel({
      data,
      model,
      canaries,
      ...(truth === undefined ? {} : { truth }),
      ...(from === undefined ? {} : { fromMs: timeOption('from', from) }),
      ...(to === undefined ? {} : { toMs: timeOption('to', to) }),
      ...(validationFrom === undefined
        ? {}
        : { validationFromMs: timeOption('validation-from', validationFrom) }),
      ...(stride === undefined ? {} : { stride: integerOption('stride', stride, 0, 1) }),
      ...(timeZone === undefined ? {} : { timeZone }),
      ...(out === undefined ? {} : { out }),
      progress: (done, servers) => {
        if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${servers} servers\u001b[K\r`);
      },
    });
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : backtestTable(report));
    return 0;
  },
};
