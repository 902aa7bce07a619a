/** Today's settings and proposed ones side by side. */
import { LEVELS } from '../../catalog/levels.ts';
import { PROFILES } from '../../catalog/profiles.ts';
import { stepStartMs } from '../../catalog/time.ts';
import { median, share } from '../../training/backtest/alerts.ts';
import type { ServerSeries } from '../../training/datasets/series.ts';
import type { AlertLife, ComparedAlert, Comparison, Side, Totals } from '../types.ts';
import type { ReplayEvent } from './breaches.ts';
import { type Judgement, type Outcome, openedMs, targetName, warnedOf } from './judgement.ts';
import type { ReplayedAlert } from './lifeCycle.ts';

/** An alert of one configuration with what became of it. */
export interface JudgedAlert {
  readonly alert: ReplayedAlert;
  readonly judgement: Judgement;
  /** Position in TARGETS, or -1. */
  readonly causeTarget: number;
}

/** Both configurations' alerts of one server. */
export interface ComparedServer {
  readonly series: Pick<ServerSeries, 'name' | 'profile'>;
  readonly proposed: readonly JudgedAlert[];
  readonly today: readonly JudgedAlert[];
  /** Those that could have been warned of. */
  readonly events: readonly ReplayEvent[];
}

type Pair = { readonly proposed: JudgedAlert | null; readonly today: JudgedAlert | null };

function overlap(a: ReplayedAlert, b: ReplayedAlert): boolean {
  const end = ({ resolvedStep }: ReplayedAlert): number => resolvedStep ?? Number.POSITIVE_INFINITY;
  return a.openedStep < end(b) && b.openedStep < end(a);
}

/** Pairs alerts that stood at the same time, each with one of the other side at most. Both lists are by time. */
function pairsOf({ proposed, today }: ComparedServer): readonly Pair[] {
  const left = new Set(today);
  const pairs = proposed.map((one): Pair => {
    const partner = [...left].find((other) => overlap(one.alert, other.alert)) ?? null;
    if (partner !== null) left.delete(partner);
    return { proposed: one, today: partner };
  });
  return [...pairs, ...[...left].map((one): Pair => ({ proposed: null, today: one }))];
}

function lifeOf({ alert, judgement, causeTarget }: JudgedAlert): AlertLife {
  const { outcome, leadSeconds, muted, why } = judgement;
  const { resolvedStep } = alert;
  return {
    opened_at: new Date(openedMs(alert)).toISOString(),
    resolved_at: resolvedStep === null ? null : new Date(stepStartMs(resolvedStep + 1)).toISOString(),
    level: LEVELS[alert.level].name,
    peak_level: LEVELS[alert.peakLevel].name,
    peak_score: Math.round(alert.peakScore * 10) / 10,
    cause_metric: targetName(causeTarget),
    outcome,
    lead_seconds: leadSeconds,
    muted,
    why,
  };
}

function sideOf({ proposed, today }: Pair): Side {
  if (today === null) return 'proposed';
  return proposed === null ? 'today' : 'both';
}

function rowsOf(server: ComparedServer): readonly ComparedAlert[] {
  return pairsOf(server).map((pair) => ({
    server_name: server.series.name,
    profile: PROFILES[server.series.profile].name,
    in: sideOf(pair),
    proposed: pair.proposed && lifeOf(pair.proposed),
    today: pair.today && lifeOf(pair.today),
  }));
}

function totalsOf(servers: readonly ComparedServer[], side: 'proposed' | 'today'): Totals {
  const all = servers.flatMap((server) => server[side]);
  const heard = all.filter(({ judgement }) => !judgement.muted);
  const count = (outcome: Outcome): number =>
    heard.filter(({ judgement }) => judgement.outcome === outcome).length;
  const leads = heard.flatMap(({ judgement }) => judgement.leadSeconds ?? []);
  const caught = servers.map(({ events, [side]: alerts }) => {
    const found = alerts
      .filter(({ judgement }) => !judgement.muted)
      .map(({ alert }) => warnedOf(alert, events));
    return new Set(found.filter((event) => event !== undefined)).size;
  });
  return {
    opened: heard.length,
    true: count('true'),
    late: count('late'),
    false: count('false'),
    unknown: count('unknown'),
    muted: all.length - heard.length,
    precision: share(count('true'), count('true') + count('late') + count('false')),
    median_lead_seconds: median(leads),
    events_caught: caught.reduce((sum, events) => sum + events, 0),
  };
}

function newestFirst(a: ComparedAlert, b: ComparedAlert): number {
  const timeOf = ({ proposed, today }: ComparedAlert): string => (proposed ?? today)?.opened_at ?? '';
  return timeOf(b).localeCompare(timeOf(a)) || a.server_name.localeCompare(b.server_name);
}

export function compare(servers: readonly ComparedServer[]): Comparison {
  const alerts = servers.flatMap(rowsOf).sort(newestFirst);
  const count = (side: Side): number => alerts.filter((row) => row.in === side).length;
  return {
    proposed: totalsOf(servers, 'proposed'),
    today: totalsOf(servers, 'today'),
    events: servers.reduce((sum, { events }) => sum + events.length, 0),
    both: count('both'),
    only_proposed: count('proposed'),
    only_today: count('today'),
    alerts,
  };
}

/** "2 h 10 min" */
function leadText(seconds: number | null): string {
  if (seconds === null) return '–';
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function daysText(days: number): string {
  const rounded = Math.round(days * 10) / 10;
  return rounded === 1 ? '1 day' : `${rounded} days`;
}

/** The comparison in one sentence. */
export function summaryOf({ proposed, today }: Pick<Comparison, 'proposed' | 'today'>, days: number): string {
  const alerts = proposed.opened === 1 ? 'alert' : 'alerts';
  return (
    `The proposed settings would have opened ${proposed.opened} ${alerts} in ${daysText(days)}, ${proposed.true} true, ` +
    `median lead ${leadText(proposed.median_lead_seconds)}; today's settings: ${today.opened}, ${today.true} true, ` +
    `${leadText(today.median_lead_seconds)}.`
  );
}
