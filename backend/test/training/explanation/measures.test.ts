import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { METRIC_COUNT } from '../../../src/catalog/metrics.ts';
import { FAMILIES, WINDOW_PARTS } from '../../../src/explain/families.ts';
import { chooseGroups } from '../../../src/explain/groups.ts';
import { readManifest } from '../../../src/forecast/bundle.ts';
import { INCIDENT_KINDS, INCIDENTS } from '../../../src/simulate/incidentKinds.ts';
import { causesOf } from '../../../src/training/explanation/causes.ts';
import {
  attentionScores,
  groupSums,
  orderBy,
  randomOrder,
} from '../../../src/training/explanation/deletion.ts';
import { shuffledBundle } from '../../../src/training/explanation/randomWeights.ts';
import { spearman, toATenth, told } from '../../../src/training/explanation/ranks.ts';
import { Random } from '../../../src/training/random.ts';

const SHIPPED = new URL('../../../../models/bundles/default', import.meta.url).pathname;

describe('Spearman', () => {
  it('is 1 for the same order, -1 for the reverse, and about 0 for none', () => {
    assert.equal(spearman([1, 2, 3, 4], [10, 20, 30, 50]), 1);
    assert.equal(spearman([1, 2, 3, 4], [4, 3, 2, 1]), -1);
    assert.ok(Math.abs(spearman([1, 2, 3, 4], [2, 4, 1, 3])) < 0.5);
  });

  it('lets ties share their rank', () => {
    // By hand: ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4.
    assert.ok(Math.abs(spearman([1, 2, 2, 3], [1, 2, 3, 4]) - 0.9486832980505138) < 1e-12);
    assert.equal(spearman([0, 0], [0, 0]), 1);
    assert.equal(spearman([0, 0], [0, 1]), 0);
  });

  it('takes what is told alike as alike', () => {
    assert.deepEqual([...toATenth([0.04, -0.04, 12.26])], [0, 0, 12.3]);
    assert.deepEqual([...told([1.99, -1.99, 2, -12.26])], [0, 0, 2, -12.3]);
  });
});

describe('deletion', () => {
  const window = new Float32Array(288 * METRIC_COUNT).fill(1);
  const groups = chooseGroups(window, new Float64Array(9), [window]);

  it('orders by size, and random orders hold every group once', () => {
    assert.deepEqual(orderBy([1, 5, -2]), [1, 0, 2]);
    const order = randomOrder(8, new Random(1));
    assert.deepEqual([...order].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('sums what is said of single values over the groups, leaving nothing out', () => {
    const sums = groupSums(window, groups);
    assert.equal(
      sums.reduce((sum, value) => sum + value, 0),
      288 * METRIC_COUNT,
    );
  });

  it('gives each group its share of the attention and of the selection weights', () => {
    const scores = attentionScores(
      {
        attention: new Float32Array(12 * 24).fill(1 / 24),
        variableWeights: new Float32Array(12 * METRIC_COUNT).fill(1 / METRIC_COUNT),
      },
      groups,
    );
    const total = scores.reduce((sum, score) => sum + score, 0);
    assert.ok(Math.abs(total - 1) < 1e-6, `${total}`);
  });
});

it('every kind of failure that can be seen coming has a cause that explanations tell apart', () => {
  const families = FAMILIES.map(({ name }) => name);
  for (const kind of INCIDENT_KINDS) {
    const causes = causesOf(kind);
    if (!INCIDENTS[kind].canFail || kind === 'crash') continue;
    assert.ok(causes !== undefined && causes.length > 0, kind);
    for (const cause of causes) assert.ok(families.includes(cause), cause);
  }
  assert.equal(causesOf('crash'), undefined);
});

it('shuffled weights are the same numbers, parameter by parameter, in another order', async (t) => {
  const manifest = await readManifest(SHIPPED);
  const { folder, remove } = await shuffledBundle(SHIPPED, manifest, 1);
  t.after(remove);
  const [own, shuffled] = await Promise.all(
    [SHIPPED, folder].map(async (path) => {
      const bytes = await readFile(join(path, 'weights.bin'));
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    }),
  );
  const { offset, shape } = manifest.parameters.reduce((a, b) =>
    b.shape.reduce((x, y) => x * y, 1) > a.shape.reduce((x, y) => x * y, 1) ? b : a,
  );
  const [from, size] = [offset / 4, shape.reduce((x, y) => x * y, 1)];
  const [before, after] = [own, shuffled].map((weights) => weights.slice(from, from + size));
  assert.notDeepEqual(after, before);
  assert.deepEqual(after.sort(), before.sort());
});

it('parts of the day lie within the window and do not overlap where they are used together', () => {
  const { hour, recent, before, context, day } = WINDOW_PARTS;
  assert.deepEqual([before.from, before.to, recent.to, hour.to], [0, recent.from, hour.from, 288]);
  assert.deepEqual([context.from, context.to, day.from, day.to], [recent.from, 288, 0, 288]);
});
