/** The history process: owns the files and DuckDB, so that neither a question nor its memory is in the backend's way. */
import { open } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../catalog/time.ts';
import { DirectoryLock } from '../../fleet/persistence/lock.ts';
import type { ExportRequest, FromHistory, QuestionName, Questions, ToHistory } from '../protocol.ts';
import { Archive, type Reading } from './archive.ts';
import { alertEvents, incidents, summary } from './queries/alerts.ts';
import { environment } from './queries/environment.ts';
import { exportCsv, exportParquet } from './queries/exports.ts';
import { series } from './queries/series.ts';
import { risk, server } from './queries/server.ts';
import { extent, trainingData } from './queries/training.ts';

/** Forecasts and ingest go first. */
const NICENESS = 10;
/** The process of a backend that was killed needs a moment to notice. */
const LOCK_TRIES = 50;
const LOCK_PAUSE_MS = 200;
const LOCK_REFRESH_MS = 30_000;
const FILE_CHUNK_BYTES = 256 * 1024;

type Handlers = {
  readonly [Name in QuestionName]: (
    archive: Archive,
    ask: Questions[Name]['ask'],
  ) => Promise<Questions[Name]['answer']>;
};

const reading =
  <Ask, Answer>(run: (reading: Reading, ask: Ask) => Promise<Answer>) =>
  (archive: Archive, ask: Ask): Promise<Answer> =>
    archive.read((with_) => run(with_, ask));

const HANDLERS: Handlers = {
  put: async (archive, block) => {
    await archive.put(block);
    return null;
  },
  tidy: async (archive, { step }) => {
    await archive.tidy(step);
    return null;
  },
  status: (archive) => archive.status(),
  summary: reading(summary),
  alerts: reading(alertEvents),
  incidents: reading(incidents),
  environment: reading(environment),
  server: reading(server),
  series: reading(series),
  risk: reading(risk),
  extent: reading(extent),
  trainingData: (archive, ask) => archive.readAtLeisure((with_) => trainingData(with_, ask)),
};

/** An export under way: its reader takes one chunk after the other. */
class Outflow {
  #taken: (() => void) | null = null;
  #cancelled = false;

  cancel(): void {
    this.#cancelled = true;
    this.taken();
  }

  taken(): void {
    this.#taken?.();
    this.#taken = null;
  }

  /** @returns false once nobody reads any more */
  async send(id: number, bytes: Uint8Array): Promise<boolean> {
    if (this.#cancelled) return false;
    const taken = new Promise<void>((resolve) => {
      this.#taken = resolve;
    });
    tell({ kind: 'chunk', id, bytes });
    await taken;
    return !this.#cancelled;
  }
}

const outflows = new Map<number, Outflow>();
let archive: Archive | undefined;
let lock: DirectoryLock | undefined;

function tell(message: FromHistory): void {
  if (process.connected) process.send?.(message);
}

function failed(id: number, error: unknown): void {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  tell({
    kind: 'failed',
    id,
    trouble: { code: String(code ?? ''), message: String(message ?? error).split('\n')[0] },
  });
}

async function answer<Name extends QuestionName>(
  opened: Archive,
  id: number,
  name: Name,
  ask: Questions[Name]['ask'],
): Promise<void> {
  try {
    tell({ kind: 'answer', id, answer: await HANDLERS[name](opened, ask) });
  } catch (error) {
    failed(id, error);
  }
}

async function sendExport(opened: Archive, id: number, request: ExportRequest): Promise<void> {
  const outflow = new Outflow();
  outflows.set(id, outflow);
  const send = (bytes: Uint8Array): Promise<boolean> => outflow.send(id, bytes);
  try {
    if (request.format === 'csv') await opened.readAtLeisure((with_) => exportCsv(with_, request, send));
    else await sendParquet(opened, request, send);
    tell({ kind: 'end', id });
  } catch (error) {
    failed(id, error);
  } finally {
    outflows.delete(id);
  }
}

/** Parquet has its index at the end, so the file has to be whole before its first byte can be sent. */
async function sendParquet(
  opened: Archive,
  request: ExportRequest,
  send: (bytes: Uint8Array) => Promise<boolean>,
): Promise<void> {
  const path = opened.temporaryPath();
  try {
    await opened.readAtLeisure((with_) => exportParquet(with_, request, path));
    const file = await open(path, 'r');
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(FILE_CHUNK_BYTES), 0, FILE_CHUNK_BYTES);
        if (bytesRead === 0 || !(await send(buffer.subarray(0, bytesRead)))) return;
      }
    } finally {
      await file.close();
    }
  } finally {
    await opened.removeTemporary(path);
  }
}

async function takeLock(folder: string): Promise<DirectoryLock> {
  for (let tries = 1; ; tries++) {
    try {
      return DirectoryLock.take(folder);
    } catch (error) {
      if (tries >= LOCK_TRIES) throw error;
      await sleep(LOCK_PAUSE_MS);
    }
  }
}

async function start({ folder, config }: Extract<ToHistory, { kind: 'start' }>['settings']): Promise<void> {
  try {
    lock = await takeLock(folder);
    setInterval(() => lock?.refresh(), LOCK_REFRESH_MS).unref();
    archive = await Archive.open({
      folder,
      config,
      clock: systemClock,
      onDamaged: (file) => tell({ kind: 'damaged', file }),
      onRemoved: (day, reason) => tell({ kind: 'removed', day, reason }),
    });
    tell({ kind: 'ready' });
  } catch (error) {
    tell({ kind: 'notice', level: 'error', message: (error as Error).message });
    process.exit(1);
  }
}

/** Ends at once: what is acknowledged is on disk, and a thread that still reads must not hold the end up. */
function end(): void {
  lock?.release();
  process.kill(process.pid, 'SIGKILL');
}

async function stop(): Promise<void> {
  for (const outflow of outflows.values()) outflow.cancel();
  await archive?.settled();
  end();
}

function take(message: ToHistory): void {
  if (message.kind === 'start') void start(message.settings);
  else if (message.kind === 'stop') void stop();
  else if (message.kind === 'taken') outflows.get(message.id)?.taken();
  else if (message.kind === 'cancel') outflows.get(message.id)?.cancel();
  else if (archive === undefined) failed(message.id, new Error('The history is not open yet.'));
  else if (message.kind === 'export') void sendExport(archive, message.id, message.request);
  else void answer(archive, message.id, message.name, message.ask as Questions[typeof message.name]['ask']);
}

try {
  setPriority(NICENESS);
} catch {
  // Not every system lets a process step back; it works all the same.
}
// The backend stops this process itself; a Ctrl+C on the terminal reaches both.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
// The backend is gone. Whatever was acknowledged is on disk; a write under way leaves nothing but a temporary file.
process.on('disconnect', end);
process.on('message', (message) => take(message as ToHistory));
