/** GET /health and GET /status: open, so that a load balancer needs no key. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { SERVER_MODES, type ServerMode } from '../../catalog/levels.ts';
import { stepStartMs, WINDOW_STEPS } from '../../catalog/time.ts';
import { stateOf } from '../fleetState.ts';
import { isoTime, withoutFolders } from '../format.ts';
import { orNull, timeSchema } from '../schemas.ts';
import type { ApiSources } from '../sources.ts';

const MS_PER_SECOND = 1000;

const healthSchema = Type.Object(
  {
    status: Type.String({ examples: ['healthy'] }),
    service: Type.String(),
    running: Type.Boolean(),
    version: Type.String(),
  },
  { description: 'Argus runs' },
);

const statusSchema = Type.Object(
  {
    model_loaded: Type.Boolean(),
    model_path: orNull(Type.String({ description: 'Name of the bundle in use' })),
    rolling_window_size: Type.Integer({ description: 'Five-minute steps kept of each server' }),
    servers_tracked: Type.Integer(),
    last_prediction: orNull(timeSchema),
    uptime_seconds: Type.Integer(),
    warmup_complete: Type.Boolean({ description: 'Whether forecasts have been made' }),
    servers_by_mode: Type.Object(Object.fromEntries(SERVER_MODES.map((mode) => [mode, Type.Integer()]))),
    model: Type.Object({
      id: orNull(Type.String()),
      provider: orNull(Type.String({ description: 'Execution provider: cpu, cuda or webgpu' })),
      problem: orNull(Type.String()),
    }),
    last_cycle: orNull(
      Type.Object({
        origin: timeSchema,
        finished: timeSchema,
        duration_seconds: Type.Number(),
        servers: Type.Integer(),
      }),
    ),
    journal: orNull(Type.Object({ healthy: Type.Boolean(), problem: orNull(Type.String()) })),
    version: Type.String(),
  },
  { description: 'The state of Argus' },
);

function serversByMode(sources: ApiSources): Record<ServerMode, number> {
  const counts = { model: 0, baseline: 0, warming_up: 0, stale: 0 };
  for (const server of sources.fleet.servers()) counts[stateOf(sources, server).mode] += 1;
  return counts;
}

function cycleOf(sources: ApiSources) {
  const cycle = sources.lastCycle();
  if (cycle === null) return null;
  return {
    origin: isoTime(stepStartMs(cycle.originStep + 1)),
    finished: isoTime(cycle.finishedAtMs),
    duration_seconds: cycle.durationSeconds,
    servers: cycle.servers,
  };
}

function shownProblem(problem: string | null): string | null {
  return problem === null ? null : withoutFolders(problem);
}

function journalOf(sources: ApiSources) {
  const journal = sources.journal();
  return journal === null ? null : { healthy: journal.healthy, problem: shownProblem(journal.problem) };
}

function statusOf(sources: ApiSources) {
  const model = sources.model();
  const cycle = cycleOf(sources);
  return {
    model_loaded: model.loaded,
    model_path: model.path === null ? null : withoutFolders(model.path),
    rolling_window_size: WINDOW_STEPS,
    servers_tracked: sources.fleet.serverCount,
    last_prediction: cycle?.finished ?? null,
    uptime_seconds: Math.floor((sources.clock.now() - sources.startedAtMs) / MS_PER_SECOND),
    warmup_complete: sources.forecast.originStep !== null,
    servers_by_mode: serversByMode(sources),
    model: { id: model.id, provider: model.provider, problem: shownProblem(model.problem) },
    last_cycle: cycle,
    journal: journalOf(sources),
    version: sources.version,
  };
}

export const healthRoutes: FastifyPluginAsyncTypebox<{ readonly sources: ApiSources }> = async (
  app,
  { sources },
) => {
  app.get(
    '/health',
    {
      config: { scope: 'open' },
      schema: {
        tags: ['Health'],
        summary: 'Whether Argus runs',
        response: { 200: healthSchema },
      },
    },
    async () => ({ status: 'healthy', service: 'argus', running: true, version: sources.version }),
  );
  app.get(
    '/status',
    {
      config: { scope: 'open' },
      schema: {
        tags: ['Health'],
        summary: 'What Argus runs on and how far it is',
        response: { 200: statusSchema },
      },
    },
    async () => statusOf(sources),
  );
};
