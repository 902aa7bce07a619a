/** What a what-if may change: reading it, applying it to a window, and saying what was assumed. */
import { type InputIssue, InvalidInput } from '../catalog/invalidInput.ts';
import { TARGET_LIST, targetIndex } from '../catalog/targets.ts';
import { CONTEXT_STEPS, HORIZON_STEPS, STEP_SECONDS, stepStartMs, WINDOW_STEPS } from '../catalog/time.ts';
import { nameOf, quantity } from '../risk/cause.ts';
import { capRows, scaleWork, shiftRows, smoothRows } from './edits.ts';
import { localMinutes, MINUTES_A_DAY } from './localTime.ts';
import { MOST_WHAT_IF_CHANGES, type WhatIfChange } from './schemas.ts';

export type Change =
  | { readonly kind: 'load'; readonly factor: number }
  | { readonly kind: 'cap' | 'held'; readonly target: number; readonly at: number }
  | { readonly kind: 'shift'; readonly target: number; readonly by: number }
  | { readonly kind: 'skip_job'; readonly atMinutes: number; readonly at: string; readonly minutes: number }
  | { readonly kind: 'spread'; readonly add: number; readonly of: number | null };

const DEFAULT_JOB_MINUTES = 60;
const STEP_MINUTES = STEP_SECONDS / 60;
const PERCENT = 100;
const CONTEXT_START = WINDOW_STEPS - CONTEXT_STEPS;
const FIELDS: Readonly<Record<WhatIfChange['kind'], readonly (keyof WhatIfChange)[]>> = {
  load: ['percent'],
  cap: ['metric', 'at'],
  held: ['metric', 'at'],
  shift: ['metric', 'by'],
  skip_job: ['at'],
  spread: ['add'],
};

const NUMBERS = ['percent', 'by', 'minutes', 'add', 'of'] as const;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Refuses what the framework would turn into a number: null, true and "30" are none.
 * @throws InvalidInput
 */
export function requireNumbers(body: unknown): void {
  const changes = isRecord(body) ? body.changes : undefined;
  if (!Array.isArray(changes)) return;
  if (changes.length > MOST_WHAT_IF_CHANGES) {
    const msg = `at most ${MOST_WHAT_IF_CHANGES} changes are answered at once, these are ${changes.length}; ask about fewer`;
    throw new InvalidInput([{ loc: ['body', 'changes'], msg, type: 'too_long' }]);
  }
  const issues = changes.flatMap((change: unknown, index) =>
    NUMBERS.filter((field) => isRecord(change) && field in change && typeof change[field] !== 'number').map(
      (field): InputIssue => ({
        loc: ['body', 'changes', index, field],
        msg: `${field} must be a finite number`,
        type: 'number_type',
      }),
    ),
  );
  if (issues.length > 0) throw new InvalidInput(issues);
}

function missing(index: number, field: string, kind: string): InputIssue {
  return { loc: ['body', 'changes', index, field], msg: `${kind} needs '${field}'`, type: 'missing' };
}

function wrongAt(index: number, kind: string, msg: string): InputIssue {
  return { loc: ['body', 'changes', index, 'at'], msg: `${kind}: ${msg}`, type: 'value_error' };
}

function issuesOf(change: WhatIfChange, index: number): readonly InputIssue[] {
  const { kind, at } = change;
  const absent = FIELDS[kind].filter((field) => change[field] === undefined);
  if (absent.length > 0) return absent.map((field) => missing(index, field, kind));
  if ((kind === 'cap' || kind === 'held') && typeof at !== 'number') {
    return [wrongAt(index, kind, 'at must be a number')];
  }
  if (kind === 'skip_job' && typeof at !== 'string') {
    return [wrongAt(index, kind, 'at must be a local time such as "02:00"')];
  }
  return [];
}

function minutesOf(time: string): number {
  const [hour, minute] = time.split(':').map(Number);
  return hour * 60 + minute;
}

function changeOf(change: WhatIfChange): Change {
  const target = targetIndex(change.metric ?? '');
  switch (change.kind) {
    case 'load':
      return { kind: 'load', factor: 1 + (change.percent ?? 0) / PERCENT };
    case 'cap':
    case 'held':
      return { kind: change.kind, target, at: Number(change.at) };
    case 'shift':
      return { kind: 'shift', target, by: change.by ?? 0 };
    case 'skip_job': {
      const at = String(change.at);
      return {
        kind: 'skip_job',
        at,
        atMinutes: minutesOf(at),
        minutes: change.minutes ?? DEFAULT_JOB_MINUTES,
      };
    }
    case 'spread':
      return { kind: 'spread', add: change.add ?? 0, of: change.of ?? null };
  }
}

/**
 * Reads the changes of a request whose shape is checked already.
 * @throws InvalidInput where a kind lacks what it needs
 */
export function readChanges(changes: readonly WhatIfChange[]): readonly Change[] {
  const issues = changes.flatMap(issuesOf);
  if (issues.length > 0) throw new InvalidInput(issues);
  return changes.map(changeOf);
}

/** What a change meets on one server. */
export interface Place {
  /** Changed in place. */
  readonly window: Float32Array;
  readonly originStep: number;
  readonly timeZone: string;
  /** Servers of the profile. */
  readonly profileServers: number;
}

/** What became of a change, where it is not simply done. */
export type Remark = 'no_job_seen' | 'beyond_horizon' | 'clipped' | null;

/** Factor by which each server's work changes when it is spread over more or fewer of them. */
function spreadFactor(add: number, of: number): number {
  return of / Math.max(1, of + add);
}

/** Rows of the window whose local time lies within the job, as a first row and the one after the last. */
function jobRows(
  { originStep, timeZone }: Place,
  atMinutes: number,
  minutes: number,
): { readonly from: number; readonly to: number } {
  const firstStep = originStep - WINDOW_STEPS + 1;
  const rows = Math.ceil(minutes / STEP_MINUTES);
  for (let row = 0; row < WINDOW_STEPS; row++) {
    // The oldest rows hold what was measured at the local time of each step ahead, also where clocks were changed since.
    const step = row < HORIZON_STEPS ? originStep + 1 + row : firstStep + row;
    const local = localMinutes(stepStartMs(step), timeZone);
    const since = (local - atMinutes + MINUTES_A_DAY) % MINUTES_A_DAY;
    if (since < STEP_MINUTES) return { from: row, to: Math.min(WINDOW_STEPS, row + rows) };
  }
  return { from: 0, to: 0 };
}

function skipJob(place: Place, atMinutes: number, minutes: number): Remark {
  const { from, to } = jobRows(place, atMinutes, minutes);
  const stoodOut = smoothRows(place.window, from, to);
  // The rows of the same time yesterday are the oldest of the window.
  if (from >= HORIZON_STEPS) return 'beyond_horizon';
  return stoodOut ? null : 'no_job_seen';
}

/** Whether a value beyond what is possible had to be held back. */
function shiftClips(before: Float32Array, after: Float32Array, by: number, metric: number): boolean {
  const metrics = before.length / WINDOW_STEPS;
  for (let row = CONTEXT_START; row < WINDOW_STEPS; row++) {
    const at = row * metrics + metric;
    if (Math.abs(Math.abs(after[at] - before[at]) - Math.abs(by)) > 1e-3 * Math.max(1, Math.abs(by)))
      return true;
  }
  return false;
}

/** Applies a change to a server's window. */
export function applyChange(change: Change, place: Place): Remark {
  const { window } = place;
  switch (change.kind) {
    case 'load':
      scaleWork(window, change.factor);
      return null;
    case 'spread':
      scaleWork(window, spreadFactor(change.add, change.of ?? place.profileServers));
      return null;
    case 'cap':
    case 'held':
      capRows(window, change.target, change.at, CONTEXT_START);
      return null;
    case 'shift': {
      const before = window.slice();
      shiftRows(window, change.target, change.by, CONTEXT_START);
      return shiftClips(before, window, change.by, TARGET_LIST[change.target].metric) ? 'clipped' : null;
    }
    case 'skip_job':
      return skipJob(place, change.atMinutes, change.minutes);
  }
}

const ASSUMED = 'CPU, Java, network, CLOSE_WAIT connections and load';

function workInWords(factor: number): string {
  const percent = Math.round(Math.abs(factor - 1) * PERCENT);
  const more = factor >= 1 ? 'more' : 'less';
  return `${ASSUMED} ${percent} % ${more} than measured over the last 24 hours; memory, swap and disk as they are.`;
}

/** What a change takes for granted, in a sentence. */
export function assumptionOf(change: Change, profileServers: number, timeZone: string): string {
  switch (change.kind) {
    case 'load':
      return workInWords(change.factor);
    case 'spread': {
      const of = change.of ?? profileServers;
      const shared = `The work of ${of} servers is shared evenly by ${Math.max(1, of + change.add)}: `;
      return shared + workInWords(spreadFactor(change.add, of));
    }
    case 'cap':
      return `${capitalised(nameOf(change.target))} has been at most ${quantity(change.target, change.at)} for the last 8 hours and cannot pass it in the next 8.`;
    case 'held':
      return `${capitalised(nameOf(change.target))} has been at most ${quantity(change.target, change.at)} for the last 8 hours; nothing holds it in the next 8.`;
    case 'shift': {
      const by = quantity(change.target, Math.abs(change.by));
      return `${capitalised(nameOf(change.target))} has been ${by} ${change.by >= 0 ? 'higher' : 'lower'} for the last 8 hours.`;
    }
    case 'skip_job':
      return `The job at ${change.at} (${timeZone}), ${change.minutes} minutes long, did not run in the last 24 hours, so the forecast does not expect it.`;
  }
}

function capitalised(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}`;
}
