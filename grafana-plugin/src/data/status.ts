import {
  boolean,
  type InferOutput,
  literal,
  nullable,
  number,
  object,
  optional,
  record,
  string,
} from 'valibot';
import type { ArgusClient } from './client';
import { ArgusError } from './errors';
import { textOrNull, time } from './schemas';

const healthSchema = object({
  status: string(),
  service: literal('argus'),
  running: boolean(),
  version: string(),
});

const statusSchema = object({
  model_loaded: boolean(),
  model_path: textOrNull,
  servers_tracked: number(),
  last_prediction: nullable(time),
  uptime_seconds: number(),
  warmup_complete: boolean(),
  servers_by_mode: record(string(), number()),
  model: object({ id: textOrNull, provider: textOrNull, problem: textOrNull }),
  last_cycle: optional(
    nullable(object({ origin: time, finished: time, duration_seconds: number(), servers: number() })),
  ),
  journal: optional(nullable(object({ healthy: boolean(), problem: textOrNull }))),
  version: string(),
});

export type Health = InferOutput<typeof healthSchema>;
export type Status = InferOutput<typeof statusSchema>;

function notArgus(): ArgusError {
  return new ArgusError(
    'wrong_service',
    'What answers at the address of the data source is not Argus.',
    'Check the address: it is that of the Argus REST API, by default http://localhost:8000.',
  );
}

/**
 * Whether what answers is Argus; needs no key.
 * @throws ArgusError wrong_service where something else answers
 */
export async function fetchHealth(client: ArgusClient, signal?: AbortSignal): Promise<Health> {
  try {
    return await client.get('/health', healthSchema, { signal });
  } catch (thrown) {
    throw thrown instanceof ArgusError && thrown.kind === 'malformed' ? notArgus() : thrown;
  }
}

/** Version, model, servers and progress; needs no key. */
export function fetchStatus(client: ArgusClient, signal?: AbortSignal): Promise<Status> {
  return client.get('/status', statusSchema, { signal });
}
