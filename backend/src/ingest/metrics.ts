/** Self-monitoring of the ingest stage. */
import { Counter, Gauge, type Registry } from 'prom-client';

export interface IngestMetrics {
  readonly requests: Counter<'transport' | 'code'>;
  readonly points: Counter;
  readonly pointsRejected: Counter<'reason'>;
  readonly pointsUnmapped: Counter;
  readonly bytes: Counter;
  readonly attributesDropped: Counter;
  readonly series: Gauge;
}

/** Metrics of the stage on a registry; asking again for the same registry gives the same ones. */
export function ingestMetrics(registry: Registry): IngestMetrics {
  const known = byRegistry.get(registry);
  if (known !== undefined) return known;
  const made = create(registry);
  byRegistry.set(registry, made);
  return made;
}

const byRegistry = new WeakMap<Registry, IngestMetrics>();

function create(registry: Registry): IngestMetrics {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'argus_ingest_requests_total',
      help: 'Requests answered, by transport and by the code of the answer.',
      labelNames: ['transport', 'code'],
      registers,
    }),
    points: new Counter({
      name: 'argus_ingest_points_total',
      help: 'Data points accepted, those of metrics that Argus does not use included.',
      registers,
    }),
    pointsRejected: new Counter({
      name: 'argus_ingest_points_rejected_total',
      help: 'Data points refused, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    pointsUnmapped: new Counter({
      name: 'argus_ingest_points_unmapped_total',
      help: 'Accepted data points of metrics, states or devices that Argus does not use.',
      registers,
    }),
    bytes: new Counter({
      name: 'argus_ingest_bytes_total',
      help: 'Bytes of request bodies after decompression.',
      registers,
    }),
    attributesDropped: new Counter({
      name: 'argus_ingest_attributes_dropped_total',
      help: 'Resource attributes left out because a server has too many, or one is too long.',
      registers,
    }),
    series: new Gauge({
      name: 'argus_ingest_series',
      help: 'Series of host metrics remembered for rates and duplicates.',
      registers,
    }),
  };
}
