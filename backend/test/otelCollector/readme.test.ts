import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { METRIC, METRICS } from '../../src/catalog/metrics.ts';
import { HOST_METRICS, type MetricRule } from '../../src/ingest/otlp/mapping.ts';
import { METRIC_OF_PROCESSES, PART_COUNT, SOURCES, type Source } from '../../src/ingest/otlp/sources.ts';

const README = readFileSync(join(import.meta.dirname, '../../../otel-collector/README.md'), 'utf8');
const OWN_FIELDS = new Set<string>(METRICS.map(({ name }) => name));
const EVERY_PART = (1 << PART_COUNT) - 1;

/** What a source makes of series of the given parts. */
function metricsOf(source: Source, seen: number): readonly number[] {
  if (source.combine === undefined) return [METRIC.diskUsage];
  const found: number[] = [];
  const values = Float64Array.from({ length: PART_COUNT }, (_, part) => (seen >> part) & 1);
  source.combine({ values, seen }, (metric) => found.push(metric));
  return found;
}

/** Metrics that a rule's series become, alone or together with the other series of their source. */
function targetsOf({ target, part }: MetricRule): readonly number[] {
  switch (target.kind) {
    case 'metric':
      return [target.metric];
    case 'process':
      return [METRIC_OF_PROCESSES];
    case 'cpuCount':
      return [];
    case 'source': {
      const source = SOURCES[target.source];
      const alone = typeof part === 'number' ? metricsOf(source, 1 << part) : [];
      if (alone.length > 0) return alone;
      // Shares of two parts expect no third.
      const pair = metricsOf(source, 0b11);
      return pair.length > 0
        ? [...new Set([...metricsOf(source, EVERY_PART), ...pair])]
        : metricsOf(source, EVERY_PART);
    }
  }
}

const rows = new Map(
  [...README.matchAll(/^\| `([\w.]+)` \|([^|]*)\|[^|]+\|$/gm)].map(([, name, targets]) => [
    name,
    [...targets.matchAll(/`(\w+)`/g)].map(([, metric]) => metric),
  ]),
);

describe("the table of what becomes of a Collector's metrics", () => {
  for (const rule of HOST_METRICS.filter(({ name }) => !OWN_FIELDS.has(name))) {
    it(`is true of ${rule.name}`, () => {
      const expected = targetsOf(rule).map((index) => METRICS[index].name);
      assert.deepEqual(rows.get(rule.name)?.toSorted(), expected.toSorted());
    });
  }

  it('names nothing else', () => {
    const known = new Set(HOST_METRICS.map(({ name }) => name));
    for (const name of rows.keys())
      if (/^(system|process|jvm|node)[._]/.test(name)) assert.ok(known.has(name), name);
  });
});
