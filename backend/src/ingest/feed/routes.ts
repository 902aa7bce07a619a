import type { FastifyPluginAsync } from 'fastify';
import type { Registry } from 'prom-client';
import type { InputIssue } from '../../catalog/invalidInput.ts';
import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { type Clock, WINDOW_STEPS } from '../../catalog/time.ts';
import { ADMISSION_REFUSED, type FleetIntake, type FleetView } from '../../fleet/types.ts';
import { type IngestMetrics, ingestMetrics } from '../metrics.ts';
import { FeedInvalidError } from './errors.ts';
import { checkRecords, type FeedRecord } from './records.ts';
import { feedSchema } from './schemas.ts';

/** Mistakes listed in one answer: a sender with a thousand wrong records needs only a few to see why. */
const MAX_LISTED_ISSUES = 100;

type FeedFleet = FleetIntake & FleetView & { readonly warmupSteps: number };

export interface FeedOptions {
  readonly fleet: FeedFleet;
  readonly clock: Clock;
  /** Where requests and refused records are counted; not at all without it. */
  readonly registry?: Registry;
}

function invalid(loc: InputIssue['loc'], msg: string, type: string): FeedInvalidError {
  return new FeedInvalidError([{ loc, msg, type }]);
}

function recordsOf(body: unknown): readonly unknown[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid(['body'], 'the body must be an object like {"records": [...]}', 'dict_type');
  const { records } = body as { readonly records?: unknown };
  if (records === undefined) throw invalid(['body', 'records'], 'records is required', 'missing');
  if (!Array.isArray(records)) throw invalid(['body', 'records'], 'records must be a list', 'list_type');
  return records;
}

function wantsPartial(query: unknown): boolean {
  const { partial } = query as { readonly partial?: unknown };
  if (partial === undefined || partial === 'false') return false;
  if (partial === 'true') return true;
  throw invalid(['query', 'partial'], 'partial must be true or false', 'bool_parsing');
}

function shortened(issues: readonly InputIssue[]): readonly InputIssue[] {
  if (issues.length <= MAX_LISTED_ISSUES) return issues;
  const msg = `and ${issues.length - MAX_LISTED_ISSUES} more mistakes`;
  return [...issues.slice(0, MAX_LISTED_ISSUES), { loc: ['body', 'records'], msg, type: 'too_many_errors' }];
}

/** Records what was checked; a server that is not let in is left out. @returns the records' positions left out */
function take(fleet: FeedFleet, records: readonly FeedRecord[]): readonly number[] {
  const refused: number[] = [];
  for (const { position, serverName, profile, timeMs, values } of records) {
    const slot = fleet.admit(serverName, profile === undefined ? {} : { profile });
    if (slot === ADMISSION_REFUSED) {
      refused.push(position);
      continue;
    }
    for (let metric = 0; metric < METRIC_COUNT; metric++)
      if (!Number.isNaN(values[metric])) fleet.record(slot, metric, timeMs, values[metric]);
  }
  fleet.commit();
  return refused;
}

const refusedIssue = (position: number): InputIssue => ({
  loc: ['body', 'records', position, 'server_name'],
  msg: 'the fleet takes no further servers now; those it knows go on. Raise fleet.maxServers or fleet.newServersPerMinute',
  type: 'server_refused',
});

/** Measured steps of the server that has most of them, up to what it needs to be warm. */
function mostSteps(fleet: FeedFleet): number {
  let most = 0;
  for (const { index } of fleet.servers()) {
    most = Math.max(most, fleet.measuredSteps(index, fleet.closedStep));
    if (most >= fleet.warmupSteps) return fleet.warmupSteps;
  }
  return most;
}

function warmup(fleet: FeedFleet) {
  const steps = mostSteps(fleet);
  const complete = steps >= fleet.warmupSteps;
  const percent = Math.floor((100 * steps) / fleet.warmupSteps);
  return {
    status: complete ? ('accepted' as const) : ('warming_up' as const),
    warmup_complete: complete,
    ...(complete ? {} : { progress: `${percent}% (need ${fleet.warmupSteps} records minimum)` }),
  };
}

function countIssues(metrics: IngestMetrics | null, issues: readonly InputIssue[]): void {
  for (const { type } of issues) metrics?.pointsRejected.inc({ reason: type });
}

/** POST /feed/data: the seed's JSON feed. */
export const feedRoutes: FastifyPluginAsync<FeedOptions> = async (app, { fleet, clock, registry }) => {
  const metrics = registry === undefined ? null : ingestMetrics(registry);
  let tick = 0;
  app.post(
    '/feed/data',
    {
      config: { scope: 'ingest' },
      schema: feedSchema,
      // The schema is for readers: a general validator would turn "12" into 12.
      validatorCompiler: () => () => true,
    },
    async (request) => {
      const partial = wantsPartial(request.query);
      const received = recordsOf(request.body);
      const bounds = { nowMs: clock.now(), closedStep: fleet.closedStep };
      const { records, issues } = checkRecords(received, bounds);
      countIssues(metrics, issues);
      if (issues.length > 0 && !partial) throw new FeedInvalidError(shortened(issues));
      const refused = take(fleet, records).map(refusedIssue);
      countIssues(metrics, refused);
      tick++;
      const rejected = [...issues, ...refused];
      return {
        records_received: received.length,
        records_accepted: records.length - refused.length,
        tick,
        rolling_window_size: WINDOW_STEPS,
        ...warmup(fleet),
        ...(partial || rejected.length > 0 ? { rejected: shortened(rejected) } : {}),
      };
    },
  );
  app.addHook('onResponse', async (_request, reply) => {
    metrics?.requests.inc({ transport: 'feed', code: String(reply.statusCode) });
  });
};
