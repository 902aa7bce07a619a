/** What is kept of drift across a restart, in one file: what is usual, the counts, and what was found. */

import type { FleetView } from '../../fleet/types.ts';
import { encodeContainer, openContainer, SnapshotDamaged } from '../container.ts';
import { BINS, GROUPS, HOUR_SIZE, HOURS_A_DAY } from './counts.ts';
import type { DriftMonitor, DriftRecord } from './monitor.ts';
import { RANGE_COUNT } from './signals.ts';
import { USUAL_SIZE } from './usual.ts';
import { RANGE_SIZE } from './usualRange.ts';
import { WATCHED } from './watched.ts';

const FORMAT = 1;

/** What the numbers mean; a file of another layout is of no use. */
const LAYOUT = {
  metrics: WATCHED.map(({ name }) => name),
  groups: GROUPS,
  bins: BINS,
  serverSize: USUAL_SIZE,
  hourSize: HOUR_SIZE,
  ranges: RANGE_COUNT,
};

interface Header {
  readonly format: number;
  readonly layout: typeof LAYOUT;
  readonly record: DriftRecord;
  readonly referenceHours: number;
  readonly hours: readonly number[];
  readonly servers: readonly string[];
}

type Servers = Pick<FleetView, 'servers' | 'serverCount' | 'byName'>;

/** @returns the bytes of the file, in parts; numbers that go on changing are copied */
export function encodeDrift(monitor: DriftMonitor, fleet: Servers): readonly Uint8Array[] {
  const { counts, ranges, record, usual } = monitor;
  const names: string[] = [];
  const numbers = new Float32Array(fleet.serverCount * USUAL_SIZE);
  for (const { index, name } of fleet.servers()) {
    usual.copy(index, numbers, names.length * USUAL_SIZE);
    names.push(name);
  }
  const header: Header = {
    format: FORMAT,
    layout: LAYOUT,
    record,
    referenceHours: counts.referenceHours,
    hours: counts.hours.map(({ hour }) => hour),
    servers: names,
  };
  const hours = counts.hours.map((one) => one.counts.slice());
  return encodeContainer(header, [counts.reference.slice(), ranges.numbers.slice(), ...hours, numbers]);
}

/**
 * Puts back what an earlier run kept; servers that are no longer in the fleet are left out.
 * @throws SnapshotDamaged, with nothing put back, saying what is wrong
 */
export function restoreDrift(file: Buffer, monitor: DriftMonitor, fleet: Servers): void {
  const { header: written, arrays } = openContainer(file);
  const { format, layout, record, referenceHours, hours, servers } = written as Header;
  if (format !== FORMAT || JSON.stringify(layout) !== JSON.stringify(LAYOUT)) {
    throw new SnapshotDamaged('it was written by another version of Argus');
  }
  const reference = arrays.takeFloat64(HOURS_A_DAY * HOUR_SIZE);
  monitor.ranges.restore(arrays.takeFloat64(RANGE_COUNT * RANGE_SIZE));
  monitor.counts.restore(
    hours.map((hour) => ({ hour, counts: arrays.takeFloat64(HOUR_SIZE) })),
    reference,
    referenceHours,
  );
  monitor.restore(record);
  for (const name of servers) {
    const numbers = arrays.takeFloat32(USUAL_SIZE);
    const server = fleet.byName(name);
    if (server !== undefined) monitor.usual.restore(server.index, numbers);
  }
}
