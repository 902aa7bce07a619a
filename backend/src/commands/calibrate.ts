/** `argus calibrate`: fits a bundle's failure model on failures that really came. */
import { parseArgs } from 'node:util';
import { calibrateBundle } from '../training/calibration/calibrate.ts';
import type { Command } from './index.ts';
import { UsageError } from './terminal.ts';

export const command: Command = {
  usage: `argus calibrate --data PATH --model DIR [--truth FILE] [--json]

Fits the probabilities of failure within 30 minutes, 3 and 8 hours on a generated fleet with truth.parquet, and stores them
in the bundle. The servers must not have been trained on. Prints scores that are cross-validated over servers.`,

  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        model: { type: 'string' },
        truth: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const { data, model, truth } = values;
    if (data === undefined || model === undefined)
      throw new UsageError('calibrate needs --data and --model.');
    const report = await calibrateBundle({ data, model, ...(truth === undefined ? {} : { truth }) });
    if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else {
      for (const [horizon, { count, events, brierSkill, ece }] of Object.entries(report)) {
        const skill = brierSkill === null ? 'unknown' : brierSkill.toFixed(3);
        process.stdout.write(
          `failure within ${horizon}: ${events} of ${count} windows, Brier skill ${skill}, ECE ${ece.toFixed(4)}\n`,
        );
      }
    }
    return 0;
  },
};
