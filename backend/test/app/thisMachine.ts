/** What Argus says of the machine that the tests run on, measured by a real Collector. */
import assert from 'node:assert/strict';
import type { Clock } from '../../src/catalog/time.ts';
import { eventually, getJson, type ServerDetail } from './support.ts';

/** Newest value of a metric; NaN where it is not measured. */
export type ValueOf = (metric: string) => number;

/** Six minutes ahead: what is measured now belongs to a step that is closed already, and is shown at once. */
export const ahead: Clock = { now: () => Date.now() + 6 * 60_000 };

/** What Argus has of a server once its CPU is known, which takes two reports. */
export function measured(rest: string, name: string): Promise<ValueOf> {
  return eventually(`the metrics of ${name}`, async () => {
    const detail = await getJson<ServerDetail>(`${rest}/servers/${name}`);
    if (detail === undefined || detail.metrics.cpu_idle_pct.value === null) return undefined;
    return (metric) => detail.metrics[metric].value ?? Number.NaN;
  });
}

export function assertWholeMachine(value: ValueOf): void {
  const cpu = ['cpu_user_pct', 'cpu_sys_pct', 'cpu_iowait_pct', 'cpu_idle_pct'].map(value);
  const sum = cpu.reduce((total, share) => total + share, 0);
  assert.ok(cpu.every((share) => share >= 0) && Math.abs(sum - 100) < 1, `${cpu}`);
  assert.ok(value('mem_used_pct') > 0 && value('mem_used_pct') < 100);
  assert.ok(value('disk_usage_pct') > 0 && value('disk_usage_pct') <= 100);
  for (const metric of ['net_in_mb_s', 'net_out_mb_s', 'load_average', 'uptime_days', 'front_close_wait'])
    assert.ok(value(metric) >= 0, metric);
}
