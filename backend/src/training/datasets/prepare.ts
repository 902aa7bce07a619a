import { stepStartMs } from '../../catalog/time.ts';
import { DataTooShortError } from '../errors.ts';
import type { TrainingSettings } from '../options.ts';
import type { TrainingReporter } from '../reporter.ts';
import { type ValidationSet, validationSet } from '../validation.ts';
import { readDataset } from './reader.ts';
import { Sampler, type WeightedSource } from './sampler.ts';
import type { Dataset } from './series.ts';
import { SPLIT_GAP_STEPS, type StepSpan, splitByTime } from './windows.ts';

/** Data of a run, read and split. */
export interface PreparedData {
  readonly sampler: Sampler;
  /** Held-back later time of every data set, and of unseen servers. At least one window each. */
  readonly validation: readonly ValidationSet[];
  /** What was read, for training_info.json; file paths reduced to their last part. */
  readonly description: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Reads all data sets of a run and splits each in time: training | 16 h | validation.
 * @throws the data errors of errors.ts
 */
export async function loadTrainingData(
  settings: TrainingSettings,
  reporter: TrainingReporter,
): Promise<PreparedData> {
  const sources: WeightedSource[] = [];
  const validation: ValidationSet[] = [];
  const description: Readonly<Record<string, unknown>>[] = [];
  for (const { path, weight = 1, timeZone = 'UTC' } of settings.data) {
    const data = await readAndNote(path, timeZone, reporter);
    const split = splitByTime(data, settings.validationShare);
    sources.push({ data, weight, span: split.train });
    validation.push(heldBack(nameOf(path), data, split.validation, settings));
    description.push({ ...describe(data), weight, ...spansOf(split) });
  }
  if (settings.unseen !== undefined) {
    const data = await readAndNote(settings.unseen, 'UTC', reporter);
    const lastTrained = Math.max(...sources.map((source) => source.span.last));
    const span = { first: Math.max(data.firstStep, lastTrained + 1 + SPLIT_GAP_STEPS), last: data.lastStep };
    validation.push(heldBack(`${nameOf(settings.unseen)} (unseen)`, data, span, settings));
    description.push({ ...describe(data), weight: 0 });
  }
  const sampler = new Sampler(sources);
  reporter.note(`${sampler.originCount} windows to train on.`);
  return { sampler, validation, description };
}

async function readAndNote(path: string, timeZone: string, reporter: TrainingReporter): Promise<Dataset> {
  const data = await readDataset(path, { timeZone });
  const days = ((data.lastStep - data.firstStep + 1) / 288).toFixed(1);
  reporter.note(`${nameOf(path)}: ${data.servers.length} servers, ${days} days.`);
  for (const warning of data.warnings) reporter.note(`${nameOf(path)}: ${warning}`);
  return data;
}

function heldBack(name: string, data: Dataset, span: StepSpan, settings: TrainingSettings): ValidationSet {
  const set = validationSet(name, data, span, settings.validationWindows);
  if (set.samples.length === 0) {
    throw new DataTooShortError(data.path, 'no window is left to validate on in the part that is held back');
  }
  return set;
}

function nameOf(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
}

function describe(data: Dataset): Readonly<Record<string, unknown>> {
  return {
    name: nameOf(data.path),
    servers: data.servers.length,
    from: new Date(stepStartMs(data.firstStep)).toISOString(),
    to: new Date(stepStartMs(data.lastStep + 1)).toISOString(),
  };
}

function spansOf(split: { train: StepSpan; validation: StepSpan }): Readonly<Record<string, string>> {
  return {
    trained_until: new Date(stepStartMs(split.train.last + 1)).toISOString(),
    validated_from: new Date(stepStartMs(split.validation.first)).toISOString(),
  };
}
