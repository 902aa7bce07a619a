import { Sampler, type WeightedSource } from './datasets/sampler.ts';
import type { Extents } from './datasets/series.ts';
import { refuseStill } from './datasets/still.ts';
import { splitByTime } from './datasets/windows.ts';
import { describe, describeSplit, nameOf, needWindows, readAndNote, unseenSet } from './heldBack.ts';
import type { TrainingSettings } from './options.ts';
import type { TrainingReporter } from './reporter.ts';
import type { TrainingSource } from './source.ts';
import { type ValidationSet, validationSet } from './validation.ts';

/**
 * Reads all data sets of a run into memory and splits each in time: training | 16 h | validation. Every step draws from
 * everything.
 * @throws the data errors of errors.ts
 */
export async function loadWholeData(
  settings: TrainingSettings,
  reporter: TrainingReporter,
): Promise<TrainingSource> {
  const sources: WeightedSource[] = [];
  const validation: ValidationSet[] = [];
  const description: Readonly<Record<string, unknown>>[] = [];
  const extents: { readonly path: string; readonly extents: Extents }[] = [];
  for (const { path, weight = 1, timeZone = 'UTC' } of settings.data) {
    const data = await readAndNote(path, timeZone, reporter);
    extents.push({ path, extents: data.extents });
    const split = splitByTime(data, settings.validationShare);
    sources.push({ data, weight, span: split.train });
    const set = validationSet(nameOf(path), data, split.validation, settings.validationWindows);
    validation.push(needWindows(path, set));
    description.push({ ...describe(data, data.servers.length), weight, ...describeSplit(split) });
  }
  refuseStill(extents, settings.allowStill);
  if (settings.unseen !== undefined) {
    const data = await readAndNote(settings.unseen, 'UTC', reporter);
    const lastTrained = Math.max(...sources.map(({ span }) => span.last));
    validation.push(unseenSet(data, lastTrained, settings.validationWindows));
    description.push({ ...describe(data, data.servers.length), weight: 0 });
  }
  const sampler = new Sampler(sources);
  reporter.note(`${sampler.originCount} windows to train on.`);
  return {
    validation,
    description,
    windowsFor: () => Promise.resolve(sampler),
    placeOf: () => undefined,
    isSavePoint: () => false,
    close: () => {},
  };
}
