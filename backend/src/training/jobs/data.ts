/** What a training learns from: measurements of the history, without the times that are to be left out. */
import { DAY_MS, HOUR_MS, STEPS_A_DAY } from '../../catalog/time.ts';
import type { Extent, Questions, TrainingDataRequest } from '../../history/protocol.ts';
import type { TrainingConfig } from './config.ts';
import { HistoryShortError } from './errors.ts';
import type { DataFolder, JobFolder } from './jobFolder.ts';
import type { TrainingData } from './types.ts';

/** Alerts of a time that are looked at to leave their incidents out. */
const MAX_INCIDENTS = 10_000;
/** Symptoms begin before the alert does. */
const BEFORE_INCIDENT_MS = 2 * HOUR_MS;

/** A day of window, a horizon, the trainer's gap and its own held-back part. */
const LEAST_TRAINED_DAYS = 2.5;
/** Windows reach a day back, and a change is detected some hours after it. */
const BEFORE_CHANGE_DAYS = 1;
/** Room for gaps in a span that is no longer than a training needs. */
const GAP_DAYS = 0.5;
/** A measurement or two may be missing. */
const NEARLY = 0.99;

type Span = { readonly fromMs: number; readonly toMs: number };
/** A time of one server, of a profile's servers, or of all where both are null. */
export type LeftOut = Span & { readonly server: string | null; readonly profile: string | null };

export interface HistorySource {
  ask<Name extends 'extent' | 'trainingData' | 'incidents'>(
    name: Name,
    ask: Questions[Name]['ask'],
  ): Promise<Questions[Name]['answer']>;
}

/** The newest days that are trained on, and where the held-back ones begin. */
export interface TrainingSpan extends Span {
  readonly heldBackFromMs: number;
}

/**
 * @param changedMs when the world changed; the days before the one that led up to it are left out where they can be
 * @throws HistoryShortError saying what is there and what is missing
 */
export async function spanOf(
  history: HistorySource,
  { days, minDays, heldBackDays }: TrainingConfig,
  nowMs: number,
  changedMs = Number.NEGATIVE_INFINITY,
): Promise<TrainingSpan> {
  const neededDays = Math.max(minDays, heldBackDays + LEAST_TRAINED_DAYS);
  const sinceChangeDays = (nowMs - changedMs) / DAY_MS + BEFORE_CHANGE_DAYS;
  const spannedDays = Math.min(days, Math.max(neededDays + GAP_DAYS, sinceChangeDays));
  const found = await history.ask('extent', { fromMs: nowMs - spannedDays * DAY_MS, toMs: nowMs });
  const { fromMs, toMs, medianSteps, servers } = found;
  const spanned = fromMs === null || toMs === null ? 0 : (toMs - fromMs) / DAY_MS;
  const measured = medianSteps / STEPS_A_DAY;
  if (fromMs === null || toMs === null || Math.min(spanned, measured) < neededDays * NEARLY) {
    throw new HistoryShortError(shortText(servers, spanned, measured, neededDays, heldBackDays));
  }
  return { fromMs, toMs: toMs + 1, heldBackFromMs: toMs - heldBackDays * DAY_MS };
}

function shortText(
  servers: number,
  spanned: number,
  measured: number,
  neededDays: number,
  heldBackDays: number,
): string {
  const there =
    servers === 0
      ? 'The history holds no measurements yet'
      : `The history spans ${spanned.toFixed(1)} days, and the middle one of ${servers} servers has ${measured.toFixed(1)} days of measurements in it`;
  const missing = Math.max(0, neededDays - Math.min(spanned, measured));
  return `${there}; a training needs ${neededDays} days (the newest ${heldBackDays} of them to compare models on), so ${missing.toFixed(1)} are missing. Let Argus measure on, or lower training.minDays.`;
}

/** Times of servers with an incident: a model that learned them would find them usual. */
export async function incidentTimes(history: HistorySource, span: Span): Promise<readonly LeftOut[]> {
  const incidents = await history.ask('incidents', {
    ...span,
    servers: null,
    levels: ['critical'],
    open: null,
    limit: MAX_INCIDENTS,
    after: null,
  });
  return incidents.map(({ server, openedMs, resolvedMs }) => ({
    server,
    profile: null,
    fromMs: openedMs - BEFORE_INCIDENT_MS,
    toMs: resolvedMs ?? span.toMs,
  }));
}

/**
 * Writes the files a job trains on and compares models on.
 * @param holidays dates that are holidays for every server, beside those of its country
 */
export async function writeData(
  history: HistorySource,
  folder: JobFolder,
  { fromMs, toMs, heldBackFromMs }: TrainingSpan,
  leftOut: readonly LeftOut[],
  maxServers: number,
  holidays: readonly string[],
): Promise<TrainingData> {
  const write = async (to: DataFolder, ask: Omit<TrainingDataRequest, 'out' | 'maxServers'>) => {
    await to.make();
    const written = await history.ask('trainingData', { ...ask, out: to.file, maxServers });
    await to.writeManifest(written.places, holidays);
    return written;
  };
  const trained = await write(folder.trainData, { fromMs, toMs: heldBackFromMs, without: leftOut });
  // The day before is what forecasts of the held-back days begin from.
  await write(folder.heldBackData, { fromMs: heldBackFromMs - DAY_MS, toMs, without: [] });
  return dataOf(trained, toMs, heldBackFromMs);
}

function dataOf(trained: Extent, toMs: number, heldBackFromMs: number): TrainingData {
  if (trained.fromMs === null) {
    throw new HistoryShortError(
      'Nothing is left to train on once incidents and maintenance are left out. Let Argus measure on.',
    );
  }
  const iso = (timeMs: number) => new Date(timeMs).toISOString();
  return {
    from: iso(trained.fromMs),
    to: iso(toMs),
    held_back_from: iso(heldBackFromMs),
    servers: trained.servers,
    days: Math.round(((heldBackFromMs - trained.fromMs) / DAY_MS) * 10) / 10,
  };
}
