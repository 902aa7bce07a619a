import type { InputIssue } from '../../catalog/invalidInput.ts';
import { METRIC_COUNT, METRICS } from '../../catalog/metrics.ts';
import { stepOf, WINDOW_STEPS } from '../../catalog/time.ts';
import { MAX_NAME_BYTES, nameProblem } from '../../fleet/serverName.ts';
import { CLOCK_SKEW_MS } from '../../fleet/types.ts';
import { parseTimestamp } from './timestamps.ts';

/** What a server may say about itself; for people's eyes, never a model's input. */
export const STATUSES = [
  'healthy',
  'critical_issue',
  'heavy_load',
  'idle',
  'maintenance',
  'morning_spike',
  'offline',
  'recovery',
] as const;
const knownStatuses: ReadonlySet<unknown> = new Set(STATUSES);

/** A record that keeps every rule. */
export interface FeedRecord {
  /** Position in the request. */
  readonly position: number;
  readonly serverName: string;
  readonly profile: string | undefined;
  readonly timeMs: number;
  /** METRIC_COUNT values in catalog order and units, NaN where not measured. */
  readonly values: Float64Array;
}

/** Times that can be taken now. */
export interface TimeBounds {
  readonly nowMs: number;
  readonly closedStep: number;
}

export interface CheckedRecords {
  readonly records: readonly FeedRecord[];
  readonly issues: readonly InputIssue[];
}

type Complain = (field: string, type: string, msg: string) => void;
type Fields = Readonly<Record<string, unknown>>;

const NAME_MESSAGES = {
  name_empty: 'must not be empty',
  name_too_long: `must be at most ${MAX_NAME_BYTES} bytes of UTF-8`,
  name_control: 'must not have control characters',
} as const;

function checkName(value: unknown, complain: Complain): string {
  if (value === undefined || value === null) {
    complain('server_name', 'missing', 'is required');
    return '';
  }
  if (typeof value !== 'string') {
    complain('server_name', 'string_type', 'must be a string');
    return '';
  }
  const name = value.trim();
  const problem = nameProblem(name);
  if (problem !== null) complain('server_name', problem, NAME_MESSAGES[problem]);
  return name;
}

function checkTime(value: unknown, bounds: TimeBounds, complain: Complain): number {
  if (value === undefined || value === null) {
    complain('timestamp', 'missing', 'is required');
    return Number.NaN;
  }
  const timeMs = typeof value === 'string' ? parseTimestamp(value) : Number.NaN;
  if (Number.isNaN(timeMs))
    complain('timestamp', 'datetime_parsing', 'must be an ISO 8601 date and time like 2026-11-24T12:00:00Z');
  else if (timeMs > bounds.nowMs + CLOCK_SKEW_MS)
    complain('timestamp', 'too_new', 'is more than 10 minutes in the future; check the clock of the sender');
  else if (stepOf(timeMs) <= bounds.closedStep - WINDOW_STEPS)
    complain('timestamp', 'too_old', 'is older than the 24 hours that are kept');
  return timeMs;
}

function checkMetric(value: unknown, index: number, complain: Complain): number {
  if (value === undefined || value === null) return Number.NaN;
  const { name, min, max } = METRICS[index];
  if (typeof value !== 'number') complain(name, 'float_type', 'must be a number, not text');
  else if (!Number.isFinite(value)) complain(name, 'finite_number', 'must be a finite number');
  else if (value < min) complain(name, 'greater_than_equal', `must be at least ${min}`);
  else if (value > max) complain(name, 'less_than_equal', `must be at most ${max}`);
  // The window keeps float32; nothing real is larger.
  else if (!Number.isFinite(Math.fround(value))) complain(name, 'finite_number', 'is too large to be true');
  else return value;
  return Number.NaN;
}

function checkStatus(value: unknown, complain: Complain): void {
  if (value === undefined || value === null || knownStatuses.has(value)) return;
  complain('status', 'enum', `must be one of ${STATUSES.join(', ')}`);
}

function checkFields(fields: Fields, position: number, bounds: TimeBounds, complain: Complain): FeedRecord {
  const values = new Float64Array(METRIC_COUNT);
  const serverName = checkName(fields.server_name, complain);
  const timeMs = checkTime(fields.timestamp, bounds, complain);
  checkStatus(fields.status, complain);
  for (let i = 0; i < METRIC_COUNT; i++) values[i] = checkMetric(fields[METRICS[i].name], i, complain);
  const profile = typeof fields.profile === 'string' ? fields.profile : undefined;
  return { position, serverName, profile, timeMs, values };
}

/**
 * Checks every record of a request.
 * @returns the records that keep every rule, and each broken rule by record and field
 */
export function checkRecords(records: readonly unknown[], bounds: TimeBounds): CheckedRecords {
  const good: FeedRecord[] = [];
  const issues: InputIssue[] = [];
  for (const [position, record] of records.entries()) {
    const before = issues.length;
    const complain: Complain = (field, type, msg) =>
      issues.push({ loc: ['body', 'records', position, field], msg: `${field} ${msg}`, type });
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      issues.push({
        loc: ['body', 'records', position],
        msg: 'a record must be an object',
        type: 'dict_type',
      });
      continue;
    }
    const checked = checkFields(record as Fields, position, bounds, complain);
    if (issues.length === before) good.push(checked);
  }
  return { records: good, issues };
}
