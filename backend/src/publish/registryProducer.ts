/** Turns a prom-client registry into OpenTelemetry metric data, so that each self-monitoring metric is defined once. */
import { type HrTime, ValueType } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type HistogramMetricData,
  type MetricData,
  type MetricDescriptor,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { Registry } from 'prom-client';

type Families = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;
type Family = Families[number];
/** prom-client names the part of a histogram that a value is: its buckets, sum and count. */
type Value = Family['values'][number] & { readonly metricName?: string };
type HistogramValue = HistogramMetricData['dataPoints'][number]['value'];

const SCOPE = { name: 'argus' };
/** UCUM units by the last word of a Prometheus name. */
const UNITS: Readonly<Record<string, string>> = { seconds: 's', bytes: 'By' };

function hrTime(timeMs: number): HrTime {
  const seconds = Math.floor(timeMs / 1000);
  return [seconds, Math.round((timeMs - seconds * 1000) * 1e6)];
}

/** OpenTelemetry's names have no `_total`; the unit stands beside them. */
function descriptorOf(family: Family): MetricDescriptor {
  const name = family.name.replace(/_total$/, '');
  const unit = UNITS[name.slice(name.lastIndexOf('_') + 1)] ?? '1';
  return { name, description: family.help, unit, valueType: ValueType.DOUBLE };
}

interface Interval {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

function numberPoints(values: readonly Value[], interval: Interval): DataPoint<number>[] {
  return values
    .filter(({ value }) => Number.isFinite(value))
    .map(({ value, labels }) => ({ ...interval, attributes: { ...labels }, value }));
}

/** Values of one label set of a histogram family, `le` left out of the key. */
function byLabels(values: readonly Value[]): ReadonlyMap<string, readonly Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const { le: _, ...labels } = value.labels;
    const key = JSON.stringify(Object.entries(labels).sort());
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

/** Cumulative buckets to counts by bucket, the last one for what lies beyond every boundary. */
function histogramOf(family: string, values: readonly Value[]): HistogramValue {
  const partOf = (suffix: string) =>
    values.find(({ metricName }) => metricName === family + suffix)?.value ?? 0;
  const buckets = values
    .filter(({ metricName, labels }) => metricName === `${family}_bucket` && labels.le !== '+Inf')
    .map(({ value, labels }) => ({ boundary: Number(labels.le), cumulative: value }))
    .sort((a, b) => a.boundary - b.boundary);
  const count = partOf('_count');
  const counts = buckets.map(({ cumulative }, i) => cumulative - (buckets[i - 1]?.cumulative ?? 0));
  return {
    buckets: {
      boundaries: buckets.map(({ boundary }) => boundary),
      counts: [...counts, count - (buckets.at(-1)?.cumulative ?? 0)],
    },
    sum: partOf('_sum'),
    count,
  };
}

function histogramPoints(family: Family, interval: Interval): DataPoint<HistogramValue>[] {
  return [...byLabels(family.values).values()].map((values) => {
    const { le: _, ...attributes } = values[0].labels;
    return { ...interval, attributes, value: histogramOf(family.name, values) };
  });
}

/** @returns undefined for summaries, which OpenTelemetry has no instrument for */
function metricDataOf(family: Family, interval: Interval): MetricData | undefined {
  const shared = {
    descriptor: descriptorOf(family),
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  // The library declares a number here, and gives the name of the type.
  switch (String(family.type)) {
    case 'counter':
      return {
        ...shared,
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: numberPoints(family.values, interval),
      };
    case 'gauge':
      return {
        ...shared,
        dataPointType: DataPointType.GAUGE,
        dataPoints: numberPoints(family.values, interval),
      };
    case 'histogram':
      return {
        ...shared,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: histogramPoints(family, interval),
      };
    default:
      return undefined;
  }
}

/** Reads the registry whenever a metric reader collects. */
export class RegistryProducer implements MetricProducer {
  readonly #registry: Registry;
  readonly #resource: Resource;
  readonly #now: () => number;
  readonly #startTime: HrTime;

  /** @param now milliseconds since the Unix epoch */
  constructor(registry: Registry, resource: Resource, now: () => number) {
    this.#registry = registry;
    this.#resource = resource;
    this.#now = now;
    this.#startTime = hrTime(now());
  }

  async collect(): Promise<CollectionResult> {
    const interval = { startTime: this.#startTime, endTime: hrTime(this.#now()) };
    const families = await this.#registry.getMetricsAsJSON();
    const metrics = families
      .flatMap((family) => metricDataOf(family, interval) ?? [])
      .filter(({ dataPoints }) => dataPoints.length > 0);
    return {
      resourceMetrics: { resource: this.#resource, scopeMetrics: [{ scope: SCOPE, metrics }] },
      errors: [],
    };
  }
}
