import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../src/catalog/time.ts';
import type { ReceivedPoint } from './receiver.ts';

/** A clock that stands where it is put. */
export class HeldClock implements Clock {
  timeMs: number;

  constructor(timeMs: number) {
    this.timeMs = timeMs;
  }

  now(): number {
    return this.timeMs;
  }
}

/** Waits for something to become true; the test runner's own limit ends a test in which it never does. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

/** The values of one series by time: all points of a host and metric whose attributes include the given ones. */
export function seriesOf(
  points: readonly ReceivedPoint[],
  host: string,
  metric: string,
  attributes: Readonly<Record<string, unknown>> = {},
): ReceivedPoint[] {
  return points
    .filter(
      (point) =>
        point.resource['host.name'] === host &&
        point.metric === metric &&
        Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
    )
    .sort((a, b) => a.timeMs - b.timeMs);
}
