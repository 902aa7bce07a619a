import { crc32 } from 'node:zlib';
import type { Alert, AlertEvent } from './types.ts';

/** One line of an alert file. */
export type AlertRecord =
  | { readonly event: AlertEvent }
  /** All events before this line have been announced. */
  | { readonly announced: true }
  /** First line of each file: the alerts that are open as it begins. */
  | { readonly active: readonly Alert[] };

const CRC_FIELD = ',"crc":"';
const CRC_DIGITS = 8;
const END = '"}';
const SUFFIX_LENGTH = CRC_FIELD.length + CRC_DIGITS + END.length;

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(CRC_DIGITS, '0');
}

/** A JSON object in one line, newline included; its last field `crc` is the CRC-32 of the object without that field. */
export function encodeRecord(record: AlertRecord): string {
  const body = JSON.stringify(record);
  return `${body.slice(0, -1)}${CRC_FIELD}${checksum(body)}${END}\n`;
}

/** Alerts written before there were cascades are about servers. */
function completeAlert(alert: Alert): Alert {
  return {
    ...alert,
    kind: alert.kind ?? 'server',
    cascade: alert.cascade ?? null,
    group: alert.group ?? null,
  };
}

function complete(record: AlertRecord): AlertRecord {
  if ('active' in record) return { active: record.active.map(completeAlert) };
  if ('event' in record) return { event: { ...record.event, alert: completeAlert(record.event.alert) } };
  return record;
}

/** @returns null for a line that is torn or changed */
export function decodeRecord(line: string): AlertRecord | null {
  if (!line.startsWith(CRC_FIELD, line.length - SUFFIX_LENGTH) || !line.endsWith(END)) return null;
  const body = `${line.slice(0, -SUFFIX_LENGTH)}}`;
  if (line.slice(-CRC_DIGITS - END.length, -END.length) !== checksum(body)) return null;
  try {
    return complete(JSON.parse(body) as AlertRecord);
  } catch {
    return null;
  }
}
