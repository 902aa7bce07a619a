import { STEPS_A_DAY, stepStartMs } from '../catalog/time.ts';
import { readDataset } from './datasets/reader.ts';
import type { Dataset } from './datasets/series.ts';
import { SPLIT_GAP_STEPS, type StepSpan } from './datasets/windows.ts';
import { DataTooShortError } from './errors.ts';
import type { TrainingReporter } from './reporter.ts';
import { type ValidationSet, validationSet } from './validation.ts';

/** Parts that both ways of reading data share: names, descriptions and what is held back. */

type DatasetSpan = Pick<Dataset, 'path' | 'firstStep' | 'lastStep'>;

/** Reads a data set as a whole, and tells of it. */
export async function readAndNote(
  path: string,
  timeZone: string,
  reporter: TrainingReporter,
): Promise<Dataset> {
  const data = await readDataset(path, { timeZone });
  noteSize(data, data.servers.length, reporter);
  for (const warning of data.warnings) reporter.note(`${nameOf(path)}: ${warning}`);
  return data;
}

export function noteSize(data: DatasetSpan, servers: number, reporter: TrainingReporter): void {
  const days = ((data.lastStep - data.firstStep + 1) / STEPS_A_DAY).toFixed(1);
  reporter.note(`${nameOf(data.path)}: ${servers} servers, ${days} days.`);
}

/** Windows of servers that are not trained on: those that come after everything that is. */
export function unseenSet(data: Dataset, lastTrained: number, limit: number): ValidationSet {
  const span = { first: Math.max(data.firstStep, lastTrained + 1 + SPLIT_GAP_STEPS), last: data.lastStep };
  return needWindows(data.path, validationSet(`${nameOf(data.path)} (unseen)`, data, span, limit));
}

/** @throws DataTooShortError where nothing is left to validate on */
export function needWindows(path: string, set: ValidationSet): ValidationSet {
  if (set.samples.length > 0) return set;
  throw new DataTooShortError(path, 'no window is left to validate on in the part that is held back');
}

export function nameOf(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
}

export function describe(data: DatasetSpan, servers: number): Readonly<Record<string, unknown>> {
  return {
    name: nameOf(data.path),
    servers,
    from: new Date(stepStartMs(data.firstStep)).toISOString(),
    to: new Date(stepStartMs(data.lastStep + 1)).toISOString(),
  };
}

export function describeSplit(split: {
  train: StepSpan;
  validation: StepSpan;
}): Readonly<Record<string, string>> {
  return {
    trained_until: new Date(stepStartMs(split.train.last + 1)).toISOString(),
    validated_from: new Date(stepStartMs(split.validation.first)).toISOString(),
  };
}
