/** A replay as text for a terminal. */
import type { AlertLife, ComparedAlert, ReplayResult, Totals } from './types.ts';

const LABEL_WIDTH = 16;
const COUNT_WIDTH = 9;
const COUNTS = ['opened', 'true', 'late', 'false', 'unknown', 'muted'] as const;
const IN_WORDS = { both: 'both', proposed: 'only proposed', today: 'only today' } as const;

function totalsLine(label: string, totals: Totals, events: number): string {
  const counts = COUNTS.map((name) => String(totals[name]).padStart(COUNT_WIDTH)).join('');
  const precision = totals.precision === null ? '–' : `${Math.round(100 * totals.precision)} %`;
  const lead = totals.median_lead_seconds === null ? '–' : `${Math.round(totals.median_lead_seconds / 60)}`;
  const caught = `${totals.events_caught}/${events}`;
  return `${label.padEnd(LABEL_WIDTH)}${counts}${precision.padStart(11)}${lead.padStart(10)}${caught.padStart(11)}`;
}

function lifeText({
  opened_at,
  peak_level,
  cause_metric,
  outcome,
  lead_seconds,
  muted,
  why,
}: AlertLife): string {
  const lead = lead_seconds === null ? '' : `, lead ${Math.round(lead_seconds / 60)} min`;
  const when = `${opened_at.slice(0, 16)}Z`;
  return `${when}  ${peak_level.padEnd(8)}  ${(cause_metric ?? '').padEnd(16)}  ${outcome}${lead}${muted ? ', muted' : ''} (${why})`;
}

function alertLine(row: ComparedAlert): string {
  const life = row.proposed ?? row.today;
  const text = life === null ? '' : lifeText(life);
  return `  ${IN_WORDS[row.in].padEnd(13)}  ${row.server_name.padEnd(18)}  ${text}`;
}

export function replayTable(result: ReplayResult): string {
  const { forecasts, alerts, alerts_total: total, events } = result;
  const heading =
    ''.padEnd(LABEL_WIDTH) +
    COUNTS.map((name) => name.padStart(COUNT_WIDTH)).join('') +
    'precision'.padStart(11) +
    'lead min'.padStart(10) +
    'caught'.padStart(11);
  const lines = [
    result.summary,
    '',
    heading,
    totalsLine('proposed', result.proposed, events),
    totalsLine("today's", result.today, events),
    '',
    ...(total === 0 ? ['No alert on either side.'] : ['Alerts, newest first:', ...alerts.map(alertLine)]),
    ...(total > alerts.length ? [`  … and ${total - alerts.length} more`] : []),
    '',
    `${result.servers} servers, ${result.server_days} server-days, model ${result.model}; ${forecasts.made} forecasts made and ${forecasts.cached} known of ${forecasts.possible} steps, ${forecasts.seconds} s`,
    ...result.warnings,
    '',
    'The proposed settings:',
    result.yaml,
  ];
  return `${lines.join('\n')}`;
}
