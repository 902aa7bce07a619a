import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { problemOf, TreeReader } from '../../../src/risk/failure/trees.ts';
import { BOOSTING, fitTrees, type LabelledRows } from '../../../src/training/failure/boosting.ts';
import { Random } from '../../../src/training/random.ts';

const COLUMNS = 4;
const SMALL = { ...BOOSTING, rounds: 40, learningRate: 0.2, leafRows: 20, columnShare: 1 };

/** Rows whose chance of a failure follows from their features by a rule. */
function drawRows(
  count: number,
  seed: number,
  chance: (features: readonly number[]) => number,
): LabelledRows {
  const random = new Random(seed);
  const values = new Float32Array(count * COLUMNS);
  const happened = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    const features = Array.from({ length: COLUMNS }, () =>
      random.uniform() < 0.1 ? Number.NaN : random.normal(),
    );
    values.set(features, row * COLUMNS);
    happened[row] = random.uniform() < chance(features) ? 1 : 0;
  }
  return { count, columns: COLUMNS, values, happened };
}

function meanLoss(rows: LabelledRows, logOddsOf: (row: number) => number): number {
  let loss = 0;
  for (let row = 0; row < rows.count; row++) {
    const logOdds = logOddsOf(row);
    loss += Math.log(1 + Math.exp(rows.happened[row] === 1 ? -logOdds : logOdds));
  }
  return loss / rows.count;
}

const together = ([a, b]: readonly number[]): number => (a > 0.5 && b < 0 ? 0.9 : 0.05);

describe('boosted trees', () => {
  it('learn what two features say together, on rows they never saw', () => {
    const reader = new TreeReader(fitTrees(drawRows(6000, 1, together), SMALL));
    const unseen = drawRows(3000, 2, together);
    const events = unseen.happened.reduce((sum, value) => sum + value, 0);
    const base = Math.log(events / (unseen.count - events));
    const learned = meanLoss(unseen, (row) => reader.logOdds(unseen.values, row * COLUMNS));
    assert.ok(learned < 0.75 * meanLoss(unseen, () => base), `${learned}`);
  });

  it('find nothing in labels that have nothing to do with the features', () => {
    const reader = new TreeReader(
      fitTrees(
        drawRows(6000, 3, () => 0.2),
        SMALL,
      ),
    );
    const unseen = drawRows(3000, 4, () => 0.2);
    const base = Math.log(0.2 / 0.8);
    const learned = meanLoss(unseen, (row) => reader.logOdds(unseen.values, row * COLUMNS));
    assert.ok(learned > 0.98 * meanLoss(unseen, () => base), `${learned}`);
  });

  it('learn from a value being missing', () => {
    const chance = ([a]: readonly number[]): number => (Number.isNaN(a) ? 0.8 : 0.1);
    const reader = new TreeReader(fitTrees(drawRows(4000, 5, chance), SMALL));
    const missing = Float32Array.of(Number.NaN, 0, 0, 0);
    const present = Float32Array.of(0, 0, 0, 0);
    assert.ok(reader.logOdds(missing, 0) > reader.logOdds(present, 0) + 1);
  });

  it('count a row as often as it stands for', () => {
    const rare = ([a]: readonly number[]): number => (a > 1 ? 0.5 : 0.02);
    const all = drawRows(8000, 7, rare);
    const kept = Array.from({ length: all.count }, (_, row) => row).filter(
      (row) => all.happened[row] === 1 || row % 4 === 0,
    );
    const sample: LabelledRows = {
      count: kept.length,
      columns: COLUMNS,
      values: Float32Array.from(
        kept.flatMap((row) => [...all.values.subarray(row * COLUMNS, (row + 1) * COLUMNS)]),
      ),
      happened: Uint8Array.from(kept, (row) => all.happened[row]),
      weights: Float32Array.from(kept, (row) => (all.happened[row] === 1 ? 1 : 4)),
    };
    const reader = new TreeReader(fitTrees(sample, SMALL));
    const unseen = drawRows(4000, 9, rare);
    const meanWhere = (holds: (a: number) => boolean): number => {
      const rows = Array.from({ length: unseen.count }, (_, row) => row * COLUMNS);
      const chosen = rows.filter((start) => holds(unseen.values[start]));
      const chances = chosen.map((start) => 1 / (1 + Math.exp(-reader.logOdds(unseen.values, start))));
      return chances.reduce((sum, chance) => sum + chance, 0) / chances.length;
    };
    const [often, seldom] = [meanWhere((a) => a > 1), meanWhere((a) => a < 1)];
    assert.ok(Math.abs(often - 0.5) < 0.06, `${often}`);
    assert.ok(Math.abs(seldom - 0.02) < 0.015, `${seldom}`);
  });

  it('ask only for the columns they may', () => {
    const { feature } = fitTrees(drawRows(2000, 8, together), { ...SMALL, columns: [1, 3] });
    assert.deepEqual([...new Set(feature)].sort(), [-1, 1, 3]);
  });

  it('are the same for the same rows and seed', () => {
    const rows = drawRows(1000, 6, together);
    assert.deepEqual(fitTrees(rows, SMALL), fitTrees(rows, SMALL));
  });

  it('are sound and finite whatever they are grown on', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (count, seed, chance) => {
          const trees = fitTrees(
            drawRows(count, seed, () => chance),
            { ...SMALL, rounds: 5, leafRows: 2 },
          );
          assert.equal(problemOf(trees, COLUMNS), undefined);
          assert.ok(Number.isFinite(new TreeReader(trees).logOdds(Float32Array.of(1, Number.NaN, -1, 0), 0)));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('need rows', () => {
    assert.throws(() => fitTrees(drawRows(0, 1, () => 0)), RangeError);
  });
});
