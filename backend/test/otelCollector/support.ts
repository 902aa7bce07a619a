/** The built OpenTelemetry Collectors, and what the tests may ask of them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
export const COLLECTOR_FOLDER = join(ROOT, 'otel-collector');
const built = (name: string) => join(ROOT, '.cache/collector', name);

/** The small distribution, or the Collector that ARGUS_COLLECTOR names. */
export const COLLECTOR = process.env.ARGUS_COLLECTOR ?? built('otelcol-argus');
/** The distribution with every component, or the Collector that ARGUS_COLLECTOR_FULL names. */
export const FULL_COLLECTOR = process.env.ARGUS_COLLECTOR_FULL ?? built('otelcol-argus-full');

/** Why tests that need a Collector are left out, or false. */
export function reasonWithout(collector: string, components: readonly string[] = []): string | false {
  if (!existsSync(collector))
    return `there is no ${relative(ROOT, collector)}; npm test builds it where Go is`;
  if (components.length === 0) return false;
  const { stdout } = spawnSync(collector, ['components'], { encoding: 'utf8' });
  const missing = components.filter((component) => !stdout.includes(`name: ${component}\n`));
  return missing.length === 0 ? false : `the Collector has no ${missing.join(', ')}`;
}
