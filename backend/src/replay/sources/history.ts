/** A replay over Argus's own history: its measurements, written to a file that trainings read too. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STEPS_A_DAY, stepStartMs } from '../../catalog/time.ts';
import type { TrainingDataRequest, TrainingFile } from '../../history/protocol.ts';
import { exportMeasurements, measurementParts } from '../../history/store/measurements.ts';
import { readDataset } from '../../training/datasets/reader.ts';
import type { StepSpan } from '../../training/datasets/windows.ts';
import { DataFolder } from '../../training/jobs/jobFolder.ts';
import { ReplayNoHistoryError } from '../errors.ts';
import { chosen, type Measurements, type ReadRequest, type ReplaySource } from './source.ts';

export type ExportMeasurements = (request: TrainingDataRequest) => Promise<TrainingFile>;

const NAME = 'The history';
const NOTHING =
  'The history holds no measurements of this time. Choose another time, or let Argus measure on; history.keepDays says how long they are kept.';

export interface HistorySourceOptions {
  /** Asks the history process, which writes the file. */
  readonly write: ExportMeasurements;
  readonly extent: StepSpan | null;
  /** Dates, `YYYY-MM-DD`, that are holidays for every server, beside those of its country. */
  readonly holidays: readonly string[];
  /** For the file, removed afterwards; null: one of the system's. */
  readonly scratchFolder: string | null;
}

async function read(
  request: ReadRequest,
  { write, holidays, scratchFolder }: HistorySourceOptions,
): Promise<Measurements> {
  const scratch = new DataFolder(scratchFolder ?? (await mkdtemp(join(tmpdir(), 'argus-replay-'))));
  try {
    await scratch.make();
    const written = await write({
      fromMs: stepStartMs(request.span.first),
      toMs: stepStartMs(request.span.last + 1),
      out: scratch.file,
      maxServers: request.maxServers,
      servers: request.names,
      without: [],
    });
    request.signal.throwIfAborted();
    if (written.rows === 0) throw new ReplayNoHistoryError(NOTHING);
    await scratch.writeManifest(written.places, holidays);
    const data = await readDataset(scratch.path);
    return { servers: chosen(data.servers, request), warnings: data.warnings };
  } finally {
    await rm(scratch.path, { recursive: true, force: true });
  }
}

export function askedHistory(options: HistorySourceOptions): ReplaySource {
  const { extent, holidays } = options;
  return {
    id: ['history', ...holidays].join(' '),
    name: NAME,
    failures: null,
    extent,
    read: (request) => read(request, options),
  };
}

/**
 * The history in a data folder, whether an Argus runs on it or not.
 * @throws ReplayNoHistoryError
 */
export async function historyFolder(folder: string, holidays: readonly string[]): Promise<ReplaySource> {
  const parts = [...(await measurementParts(folder)).all()];
  if (parts.length === 0) {
    throw new ReplayNoHistoryError(
      `There are no measurements in "${folder}". Give --data-dir the data folder of an Argus that has run with its history on, or replay from --prometheus or --data.`,
    );
  }
  const steps = parts.map(({ day, first, last }) => [day * STEPS_A_DAY + first, day * STEPS_A_DAY + last]);
  const extent = {
    first: steps.reduce((least, [first]) => Math.min(least, first), Number.POSITIVE_INFINITY),
    last: steps.reduce((most, [, last]) => Math.max(most, last), 0),
  };
  const write: ExportMeasurements = (request) => exportMeasurements(folder, request);
  return askedHistory({ write, extent, holidays, scratchFolder: null });
}
