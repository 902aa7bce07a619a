/** Whether what an alert warned of came: the rule of docs/replay.md. */

import type { Annotation } from '../../annotations/types.ts';
import { concerns, holdsAt, isWindow } from '../../annotations/windows.ts';
import { TARGET_LIST } from '../../catalog/targets.ts';
import { HOUR_MS, stepStartMs } from '../../catalog/time.ts';
import { nameOf, quantity } from '../../risk/cause.ts';
import { LATE, leadMinutes, USEFUL } from '../../training/backtest/leads.ts';
import { measuredRows, type ServerSeries } from '../../training/datasets/series.ts';
import type { ReplayEvent } from './breaches.ts';
import type { ReplayedAlert } from './lifeCycle.ts';

export const OUTCOMES = ['true', 'late', 'false', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Judgement {
  readonly outcome: Outcome;
  /** From the opening to what came; null where it is not that which made the alert true. */
  readonly leadSeconds: number | null;
  /** In a sentence. */
  readonly why: string;
  readonly muted: boolean;
}

/** What is known of a server beside its scores. */
export interface Evidence {
  readonly series: ServerSeries;
  /** By time. */
  readonly events: readonly ReplayEvent[];
  readonly annotations: readonly Annotation[];
}

/** Share of the 8 hours after an alert that has to be measured before it can be called false. */
const NEEDED_SHARE = 0.5;
/** An alert of the replay is the one that was judged where it opened in its time, or this much before. */
const VERDICT_SLACK_MS = HOUR_MS;
const SECONDS_A_MINUTE = 60;

/** When an alert is known: at the end of its step. */
export function openedMs(alert: Pick<ReplayedAlert, 'openedStep'>): number {
  return stepStartMs(alert.openedStep + 1);
}

export function minuteText(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16)}Z`;
}

function eventText({ target, threshold, failure, step }: ReplayEvent): string {
  const when = minuteText(stepStartMs(step));
  if (target === null || threshold === null) return `the server failed at ${when} (${failure})`;
  const past = `stayed past ${quantity(target, threshold)} from ${when} on`;
  return `${nameOf(target)} ${past}`;
}

/** @returns undefined where no person judged it */
function verdictOn(alert: ReplayedAlert, server: string, annotations: readonly Annotation[]) {
  const timeMs = openedMs(alert);
  return annotations.findLast(
    ({ kind, server_names: servers, fromMs, toMs }) =>
      (kind === 'true' || kind === 'false') &&
      servers?.includes(server) === true &&
      timeMs >= fromMs - VERDICT_SLACK_MS &&
      timeMs <= (toMs ?? Number.POSITIVE_INFINITY),
  );
}

function aheadOf(event: ReplayEvent, alert: ReplayedAlert): number {
  return event.step - alert.openedStep;
}

/** The event an alert was in time for. */
export function warnedOf(alert: ReplayedAlert, events: readonly ReplayEvent[]): ReplayEvent | undefined {
  return events.find((event) => {
    const ahead = aheadOf(event, alert);
    return ahead >= USEFUL.first && ahead <= USEFUL.last;
  });
}

function outcomeOf(alert: ReplayedAlert, { series, events }: Evidence): Omit<Judgement, 'muted'> {
  const inTime = warnedOf(alert, events);
  if (inTime !== undefined) {
    const leadSeconds = leadMinutes(aheadOf(inTime, alert)) * SECONDS_A_MINUTE;
    return { outcome: 'true', leadSeconds, why: eventText(inTime) };
  }
  const near = events.find(
    (event) => aheadOf(event, alert) <= LATE.last && event.lastStep >= alert.openedStep,
  );
  if (near !== undefined) {
    const when = aheadOf(near, alert) < LATE.first ? 'already' : 'within 30 minutes';
    return { outcome: 'late', leadSeconds: null, why: `${when}: ${eventText(near)}` };
  }
  const after = alert.openedStep + 1 - series.firstStep;
  const measured = measuredRows(series, after, after + USEFUL.last);
  if (measured < USEFUL.last * NEEDED_SHARE || after + USEFUL.last > series.steps) {
    const hours = Math.floor((measured * 10) / 12) / 10;
    return {
      outcome: 'unknown',
      leadSeconds: null,
      why: `only ${hours} of the 8 hours after it are measured`,
    };
  }
  return {
    outcome: 'false',
    leadSeconds: null,
    why: 'nothing stayed past a critical threshold in the 8 hours after it',
  };
}

/** What became of an alert; what a person said counts for more than what was measured. */
export function judge(alert: ReplayedAlert, evidence: Evidence): Judgement {
  const { series, annotations } = evidence;
  const muted = annotations.some(
    (one) => isWindow(one) && concerns(one, series.name, series.profile) && holdsAt(one, openedMs(alert)),
  );
  const measured = outcomeOf(alert, evidence);
  const verdict = verdictOn(alert, series.name, annotations);
  if (verdict === undefined) return { ...measured, muted };
  const outcome = verdict.kind === 'true' ? 'true' : 'false';
  const leadSeconds = outcome === 'true' ? measured.leadSeconds : null;
  const said = verdict.text === '' ? '' : `: ${verdict.text}`;
  return { outcome, leadSeconds, why: `${verdict.author} said ${verdict.kind}${said}`, muted };
}

export function targetName(target: number): string | null {
  return TARGET_LIST[target]?.name ?? null;
}
