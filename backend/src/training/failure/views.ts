/**
 * The failure model looks at a server in several ways and believes the one that sees most danger. Trees that may ask for
 * everything settle on the metric that gives a known kind of failure away, and see nothing of a kind that has another;
 * trees that only know how metrics depart, or how resources are shared, recognise it by the way it grows.
 */

import { RANKED_DEPARTURES } from '../../risk/failure/departures.ts';
import { FAILURE_FEATURES } from '../../risk/failure/features.ts';
import { RESOURCE_SHARES } from '../../risk/failure/shares.ts';
import type { TreeEnsemble } from '../../risk/failure/trees.ts';
import { BOOSTING, type BoostingSettings, fitTrees, type LabelledRows } from './boosting.ts';

interface View {
  /** Taken off its log odds: how much surer it has to be than the view that knows all. */
  readonly handicap: number;
  readonly settings: BoostingSettings;
}

const positionsOf = (names: readonly string[]): readonly number[] =>
  names.map((name) => FAILURE_FEATURES.indexOf(name));

const NARROW: BoostingSettings = { ...BOOSTING, rounds: 150, depth: 5, columnShare: 0.4 };

/** Handicaps were chosen on servers that nothing was fitted on (models/experiments.md). */
const VIEWS: readonly View[] = [
  { handicap: 0, settings: { ...BOOSTING, rounds: 220, depth: 5 } },
  { handicap: 1.2, settings: { ...NARROW, columns: positionsOf(RANKED_DEPARTURES) } },
  { handicap: 1.2, settings: { ...NARROW, columns: positionsOf(RESOURCE_SHARES) } },
];

/**
 * Fits each view; the highest log odds of any are the model's.
 * @param rows with FAILURE_FEATURES as columns
 * @throws RangeError where there are no rows
 */
export function fitFailureTrees(rows: LabelledRows): readonly TreeEnsemble[] {
  return VIEWS.map(({ handicap, settings }) => {
    const trees = fitTrees(rows, settings);
    return { ...trees, base: trees.base - handicap };
  });
}
