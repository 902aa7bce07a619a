import { WINDOW_SIZE } from '../../../forecast/batch.ts';
import { TreeReader } from '../../../risk/failure/trees.ts';
import { WINDOW_FEATURES, writeWindowFeatures } from '../../../risk/failure/windowFeatures.ts';
import { copyWindow } from '../../datasets/series.ts';
import { fitTrees, type LabelledRows } from '../../failure/boosting.ts';
import { LEFT_OUT, POSITIVE } from '../origins.ts';
import type { Example, LearntScorer, ScoreContext, Scorer } from './scorer.ts';

/** Rows the trees are grown on at most: origins of one server lie close, so that more say little more. */
const MOST_ROWS = 120_000;
const COLUMNS = 1 + WINDOW_FEATURES.length;

/**
 * What a machine-learning team would build without a forecaster: the boosted trees of Argus' own failure model on the
 * same statistics of the last day, but without the forecast. They are grown on the validation span of the very servers
 * they are tested on.
 */
export const boostedTrees: LearntScorer = {
  name: 'boosted_trees',
  fit(examples: readonly Example[]): Promise<Scorer> {
    const reader = new TreeReader(fitTrees(rowsOf(examples)));
    const features = new Float32Array(COLUMNS);
    return Promise.resolve({
      name: 'boosted_trees',
      score({ series, window, windowOffset }: ScoreContext): number {
        writeFeatures(series.profile, window, windowOffset, features, 0);
        return reader.logOdds(features, 0);
      },
    });
  },
};

function writeFeatures(
  profile: number,
  window: Float32Array,
  windowOffset: number,
  out: Float32Array,
  offset: number,
): void {
  out[offset] = profile;
  writeWindowFeatures(window, windowOffset, out, offset + 1);
}

function rowsOf(examples: readonly Example[]): LabelledRows {
  const origins = examples.reduce((sum, { labels }) => sum + labels.filter(isLabelled).length, 0);
  const every = Math.max(1, Math.ceil(origins / MOST_ROWS));
  const count = Math.ceil(origins / every);
  const values = new Float32Array(count * COLUMNS);
  const happened = new Uint8Array(count);
  const window = new Float32Array(WINDOW_SIZE);
  let seen = 0;
  let row = 0;
  for (const { series, origins: steps, labels } of examples) {
    for (const [i, label] of labels.entries()) {
      if (!isLabelled(label) || seen++ % every !== 0) continue;
      copyWindow(series, steps[i], window, 0);
      writeFeatures(series.profile, window, 0, values, row * COLUMNS);
      happened[row++] = label === POSITIVE ? 1 : 0;
    }
  }
  return { count, columns: COLUMNS, values, happened };
}

function isLabelled(label: number): boolean {
  return label !== LEFT_OUT;
}
