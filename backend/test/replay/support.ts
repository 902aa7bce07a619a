/** Servers of which it is known what becomes of them. */
import { join } from 'node:path';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { profileOf } from '../../src/catalog/profiles.ts';
import type { ReplaySource } from '../../src/replay/sources/source.ts';
import { chosen } from '../../src/replay/sources/source.ts';
import { DEFAULT_RISK_CONFIG, type RiskConfig } from '../../src/risk/config.ts';
import { RuleBook, type ServerRules } from '../../src/risk/rules.ts';
import type { ServerSeries } from '../../src/training/datasets/series.ts';
import { FIRST_STEP } from '../training/fixtures.ts';

export const BUNDLE = join(import.meta.dirname, '../../../models/bundles/default');
export const STEPS_A_DAY = 288;
export { FIRST_STEP };

/** Percent of memory used at a row; CPU is idle, the disk half full, the network quiet. */
export type Memory = (row: number) => number;

export const calm: Memory = (row) => 45 + 3 * Math.sin((2 * Math.PI * row) / STEPS_A_DAY);

/** Rises from 60 % to 98 % within `hours` before `fullRow`, stays there for 3 hours, and is restarted. */
export function leak(fullRow: number, hours: number): Memory {
  const steps = 12 * hours;
  return (row) => {
    if (row >= fullRow && row < fullRow + 36) return 98;
    if (row < fullRow - steps || row >= fullRow) return 60;
    return 60 + (38 * (row - (fullRow - steps))) / steps;
  };
}

export function serverOf(
  name: string,
  steps: number,
  memory: Memory,
  cpuUsed: Memory = () => 30,
): ServerSeries {
  const values = new Float32Array(steps * METRIC_COUNT).fill(Number.NaN);
  for (let row = 0; row < steps; row++) {
    const noise = ((row * 37) % 11) / 20;
    const at = row * METRIC_COUNT;
    values[at + METRIC.memUsed] = Math.min(100, memory(row) + noise);
    values[at + METRIC.cpuIdle] = Math.max(0, 100 - cpuUsed(row) - noise);
    values[at + METRIC.diskUsage] = 50;
    values[at + METRIC.netIn] = 5 + noise;
  }
  return {
    name,
    profile: profileOf(name, undefined, []),
    timeZone: 'UTC',
    firstStep: FIRST_STEP,
    steps,
    values,
  };
}

export interface CountedSource extends ReplaySource {
  /** How often it was read. */
  reads(): number;
}

export function sourceOf(servers: readonly ServerSeries[]): CountedSource {
  let reads = 0;
  return {
    id: 'test',
    name: 'The test',
    failures: null,
    extent: null,
    reads: () => reads,
    async read(request) {
      reads++;
      return { servers: chosen(servers, request), warnings: [] };
    },
  };
}

export function withThresholds(thresholds: RiskConfig['thresholds'], base = DEFAULT_RISK_CONFIG): RiskConfig {
  return { ...base, ...(thresholds === undefined ? {} : { thresholds }) };
}

export function rulesOf(config: RiskConfig = DEFAULT_RISK_CONFIG): ServerRules {
  return new RuleBook(config).rulesOf('ppdb001', 0);
}
