import { LATE, leadMinutes, USEFUL } from './leads.ts';
import { eventRange, type OriginTable, serverDays } from './origins.ts';
import { type Failure, type Failures, failsAhead, failuresOf } from './truth.ts';

/** One alert a server counts in this many steps: 6 hours. What comes sooner after a counted one is the same alert. */
export const QUIET_STEPS = 72;

/**
 * Rows at which a scorer raises an alert: its score is at or above the threshold, and the server's last alert lies
 * at least 6 hours back.
 */
export function raiseAlerts(table: OriginTable, scores: Float32Array, threshold: number): readonly number[] {
  const alerts: number[] = [];
  for (let server = 0; server < table.servers.length; server++) {
    let last = Number.NEGATIVE_INFINITY;
    for (let row = table.starts[server]; row < table.starts[server + 1]; row++) {
      if (!(scores[row] >= threshold) || table.steps[row] - last < QUIET_STEPS) continue;
      last = table.steps[row];
      alerts.push(row);
    }
  }
  return alerts;
}

/** A failure of the span, and what was said of it before. */
export interface JudgedFailure {
  readonly failure: Failure;
  /** Position of the server in the table. */
  readonly server: number;
  /** Steps from the first true alert to the failure; 0 where there was none. */
  readonly leadSteps: number;
}

export interface JudgedAlerts {
  readonly alerts: number;
  /** A failure of that server came more than 30 minutes and at most 8 hours later. */
  readonly trueAlerts: number;
  /** A failure came within 30 minutes: not true by the protocol, but not about nothing. */
  readonly lateAlerts: number;
  /** Failures around which the whole time to warn lies in the span. */
  readonly failures: readonly JudgedFailure[];
}

/** Compares alerts with what came, event by event. No origin becomes right because a neighbour is. */
export function judgeAlerts(table: OriginTable, alerts: readonly number[], failures: Failures): JudgedAlerts {
  const range = eventRange(table);
  const judged: JudgedFailure[] = [];
  let trueAlerts = 0;
  let lateAlerts = 0;
  let next = 0;
  for (let server = 0; server < table.servers.length; server++) {
    const known = failuresOf(failures, table.servers[server].name);
    const origins: number[] = [];
    for (; next < alerts.length && alerts[next] < table.starts[server + 1]; next++) {
      const origin = table.steps[alerts[next]];
      origins.push(origin);
      if (failsAhead(known, origin, USEFUL)) trueAlerts++;
      else if (failsAhead(known, origin, LATE)) lateAlerts++;
    }
    for (const failure of known) {
      if (failure.step < range.first || failure.step > range.last) continue;
      judged.push({ failure, server, leadSteps: longestLead(origins, failure.step) });
    }
  }
  return { alerts: alerts.length, trueAlerts, lateAlerts, failures: judged };
}

function longestLead(origins: readonly number[], failureStep: number): number {
  const first = origins.find((origin) => failureStep - origin <= USEFUL.last);
  if (first === undefined || failureStep - first < USEFUL.first) return 0;
  return failureStep - first;
}

/**
 * Recall that the same alerts would have if failures came at any step of any server alike: the share of all server-steps
 * that lie in the useful time after an alert.
 */
export function chanceRecall(table: OriginTable, alerts: readonly number[]): number {
  const range = eventRange(table);
  const steps = table.servers.length * (range.last - range.first + 1);
  let covered = 0;
  let next = 0;
  for (let server = 0; server < table.servers.length; server++) {
    let until = range.first - 1;
    for (; next < alerts.length && alerts[next] < table.starts[server + 1]; next++) {
      const origin = table.steps[alerts[next]];
      const from = Math.max(until + 1, origin + USEFUL.first);
      const to = Math.min(range.last, origin + USEFUL.last);
      if (to < from) continue;
      covered += to - from + 1;
      until = to;
    }
  }
  return steps > 0 ? covered / steps : 0;
}

/** Figures of the alerts of one scorer in one span; null where there is nothing to divide by. */
export interface AlertScores {
  readonly alerts: number;
  readonly trueAlerts: number;
  /** Of the others: those within 30 minutes of a failure. They count as false. */
  readonly lateAlerts: number;
  readonly precision: number | null;
  readonly falsePerServerDay: number;
  readonly failures: number;
  readonly caught: number;
  readonly recall: number | null;
  readonly failuresWithPrecursor: number;
  readonly caughtWithPrecursor: number;
  readonly recallWithPrecursor: number | null;
  /** What recall these alerts would have by chance. */
  readonly chanceRecall: number;
  /** Median over the caught failures of the time from the first true alert to the failure. */
  readonly medianLeadMinutes: number | null;
}

export function scoreAlerts(table: OriginTable, alerts: readonly number[], failures: Failures): AlertScores {
  const judged = judgeAlerts(table, alerts, failures);
  const caught = judged.failures.filter(({ leadSteps }) => leadSteps > 0);
  const visible = judged.failures.filter(({ failure }) => failure.hasPrecursor === true);
  const caughtVisible = caught.filter(({ failure }) => failure.hasPrecursor === true);
  return {
    alerts: judged.alerts,
    trueAlerts: judged.trueAlerts,
    lateAlerts: judged.lateAlerts,
    precision: share(judged.trueAlerts, judged.alerts),
    falsePerServerDay: (judged.alerts - judged.trueAlerts) / serverDays(table),
    failures: judged.failures.length,
    caught: caught.length,
    recall: share(caught.length, judged.failures.length),
    failuresWithPrecursor: visible.length,
    caughtWithPrecursor: caughtVisible.length,
    recallWithPrecursor: share(caughtVisible.length, visible.length),
    chanceRecall: chanceRecall(table, alerts),
    medianLeadMinutes: median(caught.map(({ leadSteps }) => leadMinutes(leadSteps))),
  };
}

export function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

/** Middle value, or the mean of the two in the middle; null of none. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
