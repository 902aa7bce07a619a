import {
  type DataFrame,
  type Field,
  type FieldConfig,
  FieldType,
  type QueryResultMetaNotice,
} from '@grafana/data';
import type { ArgusFrameMeta } from '../../shared/frames';

export interface Column<Row> {
  readonly name: string;
  readonly type: FieldType;
  readonly config: FieldConfig;
  readonly value: (row: Row) => unknown;
}

export interface FrameHead {
  readonly refId: string;
  readonly name?: string;
  readonly argus: ArgusFrameMeta;
}

/** A column of text. */
export function words<Row>(
  name: string,
  config: FieldConfig,
  value: (row: Row) => string | null | undefined,
): Column<Row> {
  return { name, type: FieldType.string, config, value: (row) => value(row) ?? null };
}

export function numbers<Row>(
  name: string,
  config: FieldConfig,
  value: (row: Row) => number | null | undefined,
): Column<Row> {
  return { name, type: FieldType.number, config, value: (row) => value(row) ?? null };
}

const MS_PER_SECOND = 1000;

/** Tables write out milliseconds where there are some, which nobody reads. */
function wholeSeconds(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : Math.floor(ms / MS_PER_SECOND) * MS_PER_SECOND;
}

/** A column of times in ms since the epoch. */
export function times<Row>(
  name: string,
  config: FieldConfig,
  value: (row: Row) => number | null | undefined,
): Column<Row> {
  return { name, type: FieldType.time, config, value: (row) => wholeSeconds(value(row)) };
}

/** A table frame, a field a column. */
export function table<Row>(
  { refId, name, argus }: FrameHead,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): DataFrame {
  const fields: Field[] = columns.map((column) => ({
    name: column.name,
    type: column.type,
    config: column.config,
    values: rows.map(column.value),
  }));
  const meta = { custom: { ...argus }, preferredVisualisationType: 'table' as const };
  return { refId, name, fields, length: rows.length, meta };
}

/** Adds notices to a frame; Grafana shows them in the corner of the panel. */
export function withNotices(frame: DataFrame, notices: readonly QueryResultMetaNotice[]): DataFrame {
  if (notices.length === 0) return frame;
  return { ...frame, meta: { ...frame.meta, notices: [...(frame.meta?.notices ?? []), ...notices] } };
}
