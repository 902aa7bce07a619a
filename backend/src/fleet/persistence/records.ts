import { METRIC_COUNT, METRICS } from '../../catalog/metrics.ts';
import { STEP_SECONDS } from '../../catalog/time.ts';
import type { ServerEntry } from '../roster.ts';
import { NO_STEP, type PackedRows, type StepWindow } from '../window.ts';
import type { FrameBuffer } from './frames.ts';

/** The payloads of frames. Numbers are little-endian; the first byte is the kind; text is JSON in UTF-8. */

const FORMAT = 1;
const KIND = { header: 1, server: 2, left: 3, rows: 4, closed: 5, window: 6, end: 7 } as const;

const VALUE_BYTES = METRIC_COUNT * Float32Array.BYTES_PER_ELEMENT;
/** A row: server id, step, values, counts. */
const ROW_HEAD_BYTES = 8;
const ROW_BYTES = ROW_HEAD_BYTES + VALUE_BYTES + METRIC_COUNT;
const ROWS_HEAD_BYTES = 4;
/** Rows a frame: what one damaged byte can cost. */
export const ROWS_A_FRAME = 256;
const WINDOW_HEAD_BYTES = 16;
const NUMBER_BYTES = 8;

/** The part of stored rows whose steps lie in from…to (inclusive), or null where there is none. */
export function clipRows(stored: PackedRows, from: number, to: number): PackedRows | null {
  const first = Math.max(stored.firstStep, from);
  const rows = Math.min(stored.firstStep + stored.rows - 1, to) - first + 1;
  if (rows <= 0) return null;
  const skipped = first - stored.firstStep;
  return {
    firstStep: first,
    rows,
    bytes: stored.bytes,
    valuesAt: stored.valuesAt + skipped * VALUE_BYTES,
    countsAt: stored.countsAt + skipped * METRIC_COUNT,
  };
}

export interface StoredServer {
  readonly id: number;
  readonly name: string;
  readonly profile: string | null;
  readonly timeZone: string | null;
  /** Not in files of earlier versions. */
  readonly country?: string | null;
  readonly attributes: readonly (readonly [string, string])[];
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly measured: boolean;
}

/** What a reader of frames is told, in the order of the file. */
export interface RecordSink {
  server(server: StoredServer): void;
  left(id: number): void;
  rows(id: number, rows: PackedRows): void;
  closed(step: number): void;
  end(): void;
}

/** The file was written by another version, or for other metrics. */
export class ForeignFileError extends Error {}

interface Header {
  readonly format: number;
  readonly metrics: readonly string[];
  readonly stepSeconds: number;
}

const LAYOUT: Header = {
  format: FORMAT,
  metrics: METRICS.map((metric) => metric.name),
  stepSeconds: STEP_SECONDS,
};

function storedServer(server: ServerEntry): StoredServer {
  return {
    id: server.id,
    name: server.name,
    profile: server.declaredProfile ?? null,
    timeZone: server.declaredTimeZone ?? null,
    country: server.declaredCountry ?? null,
    attributes: [...server.attributes],
    firstSeenMs: server.firstSeenMs,
    lastSeenMs: server.lastSeenMs,
    measured: server.measured,
  };
}

function appendJson(frames: FrameBuffer, kind: number, value: unknown): void {
  const text = Buffer.from(JSON.stringify(value));
  frames.append(1 + text.length, (payload) => {
    payload[0] = kind;
    text.copy(payload, 1);
  });
}

function appendNumber(frames: FrameBuffer, kind: number, value: number): void {
  frames.append(NUMBER_BYTES, (payload) => {
    payload.writeUInt32LE(kind, 0);
    payload.writeUInt32LE(value, 4);
  });
}

export function appendHeader(frames: FrameBuffer): void {
  appendJson(frames, KIND.header, LAYOUT);
}

export function appendServer(frames: FrameBuffer, server: ServerEntry): void {
  appendJson(frames, KIND.server, storedServer(server));
}

export function appendLeft(frames: FrameBuffer, id: number): void {
  appendNumber(frames, KIND.left, id);
}

export function appendClosed(frames: FrameBuffer, step: number): void {
  appendNumber(frames, KIND.closed, step);
}

/** Ends a snapshot, so that a shortened one is noticed. */
export function appendEnd(frames: FrameBuffer, servers: number): void {
  appendNumber(frames, KIND.end, servers);
}

export interface RowReference {
  readonly server: ServerEntry;
  readonly step: number;
}

/** Appends rows as they are now in the window, ROWS_A_FRAME at most. */
export function appendRows(frames: FrameBuffer, window: StepWindow, rows: readonly RowReference[]): void {
  frames.append(ROWS_HEAD_BYTES + rows.length * ROW_BYTES, (payload) => {
    payload.writeUInt32LE(KIND.rows, 0);
    let at = ROWS_HEAD_BYTES;
    for (const { server, step } of rows) {
      payload.writeUInt32LE(server.id, at);
      payload.writeUInt32LE(step, at + 4);
      const valuesAt = at + ROW_HEAD_BYTES;
      const countsAt = valuesAt + VALUE_BYTES;
      window.readRows(server.index, { firstStep: step, rows: 1, bytes: payload, valuesAt, countsAt });
      at += ROW_BYTES;
    }
  });
}

/** Appends a server with all it has measured. */
export function appendWindow(frames: FrameBuffer, window: StepWindow, server: ServerEntry): void {
  const text = Buffer.from(JSON.stringify(storedServer(server)));
  const oldest = window.oldestMeasuredStep(server.index);
  const rows = oldest === NO_STEP ? 0 : window.newestStep(server.index) - oldest + 1;
  const firstStep = Math.max(oldest, 0);
  const valuesAt = WINDOW_HEAD_BYTES + text.length;
  const countsAt = valuesAt + rows * VALUE_BYTES;
  frames.append(countsAt + rows * METRIC_COUNT, (payload) => {
    payload.writeUInt32LE(KIND.window, 0);
    payload.writeUInt32LE(text.length, 4);
    payload.writeUInt32LE(firstStep, 8);
    payload.writeUInt32LE(rows, 12);
    text.copy(payload, WINDOW_HEAD_BYTES);
    if (rows > 0) window.readRows(server.index, { firstStep, rows, bytes: payload, valuesAt, countsAt });
  });
}

function parseJson(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString('utf8'));
}

function checkHeader(payload: Buffer): void {
  const header = parseJson(payload.subarray(1)) as Header;
  if (header.format !== LAYOUT.format)
    throw new ForeignFileError(`it has format ${header.format}, this version reads ${FORMAT}`);
  if (header.stepSeconds !== LAYOUT.stepSeconds || header.metrics.join() !== LAYOUT.metrics.join())
    throw new ForeignFileError('it was written for other metrics or another step');
}

function readRowsFrame(payload: Buffer, sink: RecordSink): void {
  for (let at = ROWS_HEAD_BYTES; at + ROW_BYTES <= payload.length; at += ROW_BYTES) {
    const valuesAt = at + ROW_HEAD_BYTES;
    sink.rows(payload.readUInt32LE(at), {
      firstStep: payload.readUInt32LE(at + 4),
      rows: 1,
      bytes: payload,
      valuesAt,
      countsAt: valuesAt + VALUE_BYTES,
    });
  }
}

function readWindowFrame(payload: Buffer, sink: RecordSink): void {
  const textBytes = payload.readUInt32LE(4);
  const rows = payload.readUInt32LE(12);
  const valuesAt = WINDOW_HEAD_BYTES + textBytes;
  const server = parseJson(payload.subarray(WINDOW_HEAD_BYTES, valuesAt)) as StoredServer;
  sink.server(server);
  if (rows === 0) return;
  sink.rows(server.id, {
    firstStep: payload.readUInt32LE(8),
    rows,
    bytes: payload,
    valuesAt,
    countsAt: valuesAt + rows * VALUE_BYTES,
  });
}

/**
 * Hands one frame's content to the sink.
 * @throws ForeignFileError where the file's header names another layout
 */
export function readRecord(payload: Buffer, sink: RecordSink): void {
  const kind = payload[0];
  if (kind === KIND.header) checkHeader(payload);
  else if (kind === KIND.server) sink.server(parseJson(payload.subarray(1)) as StoredServer);
  else if (kind === KIND.left) sink.left(payload.readUInt32LE(4));
  else if (kind === KIND.rows) readRowsFrame(payload, sink);
  else if (kind === KIND.closed) sink.closed(payload.readUInt32LE(4));
  else if (kind === KIND.window) readWindowFrame(payload, sink);
  else if (kind === KIND.end) sink.end();
  else throw new ForeignFileError(`it has records of a kind (${kind}) that this version does not know`);
}
