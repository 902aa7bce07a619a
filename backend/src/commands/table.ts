/** The live table of `argus demo`: pure text from what the REST API answered. */

/** The fields of one server in GET /predictions/current that the table shows. */
export interface PredictionRow {
  readonly risk_score: number | null;
  readonly reason: string | null;
  readonly alert: { readonly label: string };
  readonly cause: string | null;
  readonly time_to_breach: { readonly seconds: number } | null;
}

export interface PredictionsAnswer {
  readonly predictions: Readonly<Record<string, PredictionRow>>;
  readonly summary?: {
    readonly total_servers: number;
    readonly critical: number;
    readonly warning: number;
    readonly degraded: number;
    readonly healthy: number;
  };
}

const SECONDS_A_MINUTE = 60;
const MINUTES_AN_HOUR = 60;

/** "now", "35 min", "2 h 10 min"; a dash where nothing is expected. */
export function durationText(seconds: number | undefined): string {
  if (seconds === undefined) return '–';
  if (seconds < SECONDS_A_MINUTE) return 'now';
  const minutes = Math.round(seconds / SECONDS_A_MINUTE);
  if (minutes < MINUTES_AN_HOUR) return `${minutes} min`;
  const rest = minutes % MINUTES_AN_HOUR;
  const hours = Math.floor(minutes / MINUTES_AN_HOUR);
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** Keeps control characters of a server's name away from the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '�');
}

function cells([name, row]: readonly [string, PredictionRow]): readonly [
  string,
  string,
  string,
  string,
  string,
] {
  const risk = row.risk_score === null ? '–' : row.risk_score.toFixed(1);
  const breach = durationText(row.time_to_breach?.seconds);
  return [printable(name), row.alert.label, risk, breach, row.cause ?? row.reason ?? ''];
}

const HEADINGS = ['Server', 'Level', 'Risk', 'Breach in', 'Cause'] as const;

/**
 * The servers that need someone first, in at most `rows` lines of at most `columns` characters.
 */
export function fleetTable(answer: PredictionsAnswer, rows: number, columns: number): string {
  const entries = Object.entries(answer.predictions).sort(
    ([nameA, a], [nameB, b]) => (b.risk_score ?? -1) - (a.risk_score ?? -1) || nameA.localeCompare(nameB),
  );
  const shown = entries.slice(0, Math.max(1, rows)).map(cells);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...shown.map((line) => line[column].length)),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, column) => (column === 2 ? text.padStart(widths[column]) : text.padEnd(widths[column])))
      .join('  ')
      .trimEnd()
      .slice(0, columns);
  const hidden = entries.length - shown.length;
  const more = hidden > 0 ? [`… and ${hidden} more with less risk`] : [];
  return [line(HEADINGS), ...shown.map(line), ...more].join('\n');
}

/** One line on the whole fleet. */
export function fleetSummary(answer: PredictionsAnswer): string {
  const { summary } = answer;
  if (summary === undefined) return 'No server has been forecast yet.';
  const { total_servers: total, critical, warning, degraded, healthy } = summary;
  const others = total - critical - warning - degraded - healthy;
  const waiting = others > 0 ? `, ${others} without a forecast yet` : '';
  return `${total} servers: ${critical} critical, ${warning} warning, ${degraded} degraded, ${healthy} healthy${waiting}`;
}
