/** What is kept of scores across a restart, in one file. */

import { encodeContainer, openContainer, SnapshotDamaged } from './container.ts';

const FORMAT = 1;

/** What the numbers mean; a file of another layout is of no use. */
export interface SnapshotLayout {
  readonly targets: readonly string[];
  readonly horizons: readonly string[];
  readonly forecasters: readonly string[];
  /** Numbers of one server. */
  readonly serverSize: number;
  /** Numbers of one hour. */
  readonly hourSize: number;
}

export interface Snapshot {
  readonly modelId: string | null;
  readonly hours: readonly { readonly hour: number; readonly sums: Float64Array }[];
  /** Numbers of each server. */
  readonly servers: ReadonlyMap<string, Float32Array>;
}

interface Header {
  readonly format: number;
  readonly layout: SnapshotLayout;
  readonly modelId: string | null;
  readonly hours: readonly number[];
  readonly servers: readonly string[];
}

export function encodeSnapshot(
  layout: SnapshotLayout,
  { modelId, hours, servers }: Snapshot,
): readonly Uint8Array[] {
  const header: Header = {
    format: FORMAT,
    layout,
    modelId,
    hours: hours.map(({ hour }) => hour),
    servers: [...servers.keys()],
  };
  return encodeContainer(header, [...hours.map(({ sums }) => sums), ...servers.values()]);
}

/** @throws SnapshotDamaged saying what is wrong */
export function decodeSnapshot(layout: SnapshotLayout, file: Buffer): Snapshot {
  const { header: written, arrays } = openContainer(file);
  const header = written as Header;
  if (header.format !== FORMAT || JSON.stringify(header.layout) !== JSON.stringify(layout)) {
    throw new SnapshotDamaged('it was written by another version of Argus');
  }
  const hours = header.hours.map((hour) => ({ hour, sums: arrays.takeFloat64(layout.hourSize) }));
  const servers = new Map(header.servers.map((name) => [name, arrays.takeFloat32(layout.serverSize)]));
  return { modelId: header.modelId, hours, servers };
}
