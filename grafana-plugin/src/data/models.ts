import * as v from 'valibot';
import type { ArgusClient } from './client';

const modelSchema = v.object({
  name: v.string(),
  path: v.string(),
  created: v.nullable(v.string()),
  size_mb: v.nullable(v.number()),
  is_current: v.boolean(),
});

const modelsSchema = v.object({ models: v.array(modelSchema), current_model: v.nullable(v.string()) });

const doneSchema = v.object({ success: v.boolean(), message: v.string() });

export type Model = v.InferOutput<typeof modelSchema>;
export type Models = v.InferOutput<typeof modelsSchema>;
/** What the backend says it has done. */
export type Done = v.InferOutput<typeof doneSchema>;

/**
 * The model bundles that lie on the backend's disk.
 * @throws ArgusError `not_found` where the backend cannot list them
 */
export function fetchModels(client: ArgusClient, signal?: AbortSignal): Promise<Models> {
  return client.get('/admin/models', modelsSchema, { signal });
}

/** Has another model forecast from now on. Administrators only: Grafana's route and the key's scope both see to it. */
export function reloadModel(client: ArgusClient, name: string): Promise<Done> {
  return client.post('/admin/reload-model', doneSchema, { body: { model_path: name } });
}
