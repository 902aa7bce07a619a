import type { ActiveAlert } from '../../data/alerts';
import type { Incident, TimeSpan } from '../../data/history';
import { severityRank } from '../components/states';

/** An alert on the time line. */
export interface Bar {
  readonly id: string;
  readonly level: string;
  readonly fromMs: number;
  /** Null: still open. */
  readonly toMs: number | null;
  readonly isMuted: boolean;
  readonly message: string;
  /** Where it begins and how long it is, as fractions of the time range. */
  readonly left: number;
  readonly width: number;
}

/** A server with its alerts, the earliest first. */
export interface Lane {
  readonly server: string;
  readonly bars: readonly Bar[];
}

/** The page's range ends with a whole minute: an alert that has just opened still belongs to it. */
const TOLERANCE_MS = 60_000;

type Life = Omit<Bar, 'left' | 'width'> & { readonly server: string };

function ofActive(alert: ActiveAlert): Life {
  return {
    id: alert.id,
    server: alert.server_name,
    level: alert.level,
    fromMs: Date.parse(alert.opened_at),
    toMs: null,
    isMuted: alert.muted,
    message: alert.message,
  };
}

function ofIncident(incident: Incident): Life {
  return {
    id: incident.alert_id,
    server: incident.server_name,
    level: incident.peak_level,
    fromMs: Date.parse(incident.opened_at),
    toMs: incident.resolved_at === null ? null : Date.parse(incident.resolved_at),
    isMuted: false,
    message: incident.message,
  };
}

function barOf({ server: _, ...life }: Life, { fromMs, toMs }: TimeSpan): Bar {
  const length = toMs - fromMs;
  const start = Math.min(Math.max(life.fromMs, fromMs), toMs);
  const end = Math.min(life.toMs ?? toMs, toMs);
  return { ...life, left: (start - fromMs) / length, width: Math.max(0, end - start) / length };
}

function worst(bars: readonly Bar[]): number {
  return Math.max(...bars.map(({ level }) => severityRank(level)));
}

/** Lanes of the servers that alerted in the span: the worst first, then those that alerted most often. */
export function lanesOf(
  active: readonly ActiveAlert[],
  incidents: readonly Incident[],
  span: TimeSpan,
): readonly Lane[] {
  const byServer = new Map<string, Bar[]>();
  for (const life of [...active.map(ofActive), ...incidents.map(ofIncident)]) {
    if (life.fromMs > span.toMs + TOLERANCE_MS || (life.toMs ?? span.toMs) < span.fromMs) continue;
    const bars = byServer.get(life.server) ?? [];
    bars.push(barOf(life, span));
    byServer.set(life.server, bars);
  }
  return [...byServer]
    .map(([server, bars]) => ({ server, bars: bars.sort((a, b) => a.fromMs - b.fromMs) }))
    .sort(
      (a, b) =>
        worst(b.bars) - worst(a.bars) || b.bars.length - a.bars.length || a.server.localeCompare(b.server),
    );
}
