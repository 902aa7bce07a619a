import { collectDefaultMetrics, type Registry } from 'prom-client';

/** Gauges that prom-client names like counters; promtool rejects them. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
] as const;

/** Adds the usual `process_*` and `nodejs_*` metrics to a registry. */
export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}
