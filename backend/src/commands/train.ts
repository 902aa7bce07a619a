/** `argus train`: makes a model bundle from data. */
import { parseArgs } from 'node:util';
import { METRICS } from '../catalog/metrics.ts';
import { TARGET_LIST } from '../catalog/targets.ts';
import { STILL_CHOICES } from '../training/datasets/still.ts';
import { TRAINING_MODES, type TrainingData, type TrainingMode } from '../training/options.ts';
import { terminalReporter } from '../training/reporter.ts';
import { trainModel } from '../training/trainer.ts';
import type { Command } from './index.ts';
import { choiceOption, integerOption, numberOption, UsageError } from './terminal.ts';

const DEFAULT_BUNDLE = 'models/bundles/default';
const DEFAULT_EPOCHS = 20;
const EXIT_STOPPED = 130;

/** The name of a forecast metric, as its column or as the forecast calls it. */
function stillOption(name: string): string {
  const target = TARGET_LIST.find((candidate) => candidate.name === name);
  const column = target === undefined ? name : METRICS[target.metric].name;
  return choiceOption('allow-still', column, STILL_CHOICES);
}

/** PATH or PATH=WEIGHT: how often the data set is drawn relative to the others. */
function dataOption(text: string): TrainingData {
  const [, path, weight] = /^(.*?)(?:=([\d.]+))?$/.exec(text) ?? [];
  return weight === undefined ? { path: text } : { path, weight: numberOption('data', weight, 1) };
}

export const command: Command = {
  usage: `argus train --data PATH[=WEIGHT] [--data …] --out DIR [--unseen PATH] [--failures PATH] [--mode ${TRAINING_MODES.join('|')}]
            [--from ${DEFAULT_BUNDLE}] [--epochs ${DEFAULT_EPOCHS}] [--samples-per-epoch N] [--seed 1]
            [--allow-still METRIC …] [--replace] [--resume]

Data: a Parquet or CSV file, a folder of them, or what argus generate wrote. --unseen holds servers that are not
trained on and help to decide when to stop; --failures holds a generated fleet with truth.parquet, not trained on either,
to learn failure probabilities on (the unseen one by default). --from gives the graphs and, in incremental mode, the weights.
Modes: standard holds all data in memory; incremental does too and goes on from the weights of --from; streaming takes
one folder of files that follow each other in time and reads one after the other, for data larger than memory.
A forecast metric that never moves in any of the data is refused unless --allow-still names it.
DIR.training_log.jsonl gets a line of JSON after each epoch and ends up in the bundle.
A run that was broken off, even by kill -9, goes on with --resume.`,

  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: 'string', multiple: true, default: [] },
        out: { type: 'string' },
        unseen: { type: 'string' },
        failures: { type: 'string' },
        mode: { type: 'string', default: 'standard' },
        from: { type: 'string', default: DEFAULT_BUNDLE },
        epochs: { type: 'string' },
        'samples-per-epoch': { type: 'string' },
        seed: { type: 'string' },
        'allow-still': { type: 'string', multiple: true, default: [] },
        replace: { type: 'boolean', default: false },
        resume: { type: 'boolean', default: false },
      },
    });
    const { data, out, unseen, failures, from, replace, resume } = values;
    if (out === undefined || data.length === 0) throw new UsageError('train needs --data and --out.');
    const mode = choiceOption<TrainingMode>('mode', values.mode, TRAINING_MODES);
    if (mode === 'streaming' && data.length > 1) {
      throw new UsageError(`--mode streaming reads one --data, and ${data.length} were given.`);
    }
    const samplesPerEpoch = values['samples-per-epoch'];
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    const result = await trainModel(
      {
        data: data.map(dataOption),
        out,
        mode,
        from,
        epochs: integerOption('epochs', values.epochs, DEFAULT_EPOCHS, 1),
        seed: integerOption('seed', values.seed, 1),
        allowStill: values['allow-still'].map(stillOption),
        replace,
        resume,
        signal: stop.signal,
        ...(unseen === undefined ? {} : { unseen }),
        ...(failures === undefined ? {} : { failures }),
        ...(samplesPerEpoch === undefined
          ? {}
          : { samplesPerEpoch: integerOption('samples-per-epoch', samplesPerEpoch, 0, 1) }),
      },
      terminalReporter(process.stderr),
    );
    if (result === undefined) {
      process.stderr.write('Stopped; the same command with --resume goes on.\n');
      return EXIT_STOPPED;
    }
    process.stdout.write(`${result.out}: ${result.manifest.id}, best epoch ${result.best.epoch}\n`);
    return 0;
  },
};
