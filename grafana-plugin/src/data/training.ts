import * as v from 'valibot';
import type { ArgusClient } from './client';
import type { Done } from './models';

const maybeNumber = v.nullable(v.number());
const maybeText = v.nullable(v.string());

const statusSchema = v.object({
  training_active: v.boolean(),
  training_id: maybeText,
  state: v.picklist(['idle', 'preparing', 'training', 'comparing', 'activating']),
  message: v.string(),
  progress: v.object({
    epoch: v.number(),
    total_epochs: v.number(),
    percent: v.number(),
    eta_minutes: maybeNumber,
  }),
  started_at: maybeText,
  trigger: maybeText,
  incremental: v.nullable(v.boolean()),
});

const comparisonSchema = v.object({
  forecasts: v.number(),
  loss_old: v.number(),
  loss_new: v.number(),
  change_pct: v.number(),
  margin_pct: v.number(),
});

const trainingSchema = v.object({
  training_id: v.string(),
  trigger: v.string(),
  started_at: v.string(),
  finished_at: maybeText,
  minutes: maybeNumber,
  epochs: v.number(),
  incremental: v.boolean(),
  outcome: v.picklist(['taken', 'rejected', 'failed', 'cancelled']),
  reason: v.string(),
  /** What asked for it, with its numbers; absent from older backends. */
  cause: v.optional(maybeText, null),
  model: maybeText,
  compared_with: maybeText,
  comparison: v.nullable(comparisonSchema),
});

const statsSchema = v.object({
  last_training: maybeText,
  total_trainings: v.number(),
  avg_training_time_minutes: maybeNumber,
  models_produced: v.number(),
  trainings: v.array(trainingSchema),
});

const doneSchema = v.object({ success: v.boolean(), message: v.string() });

export type TrainingStatus = v.InferOutput<typeof statusSchema>;
export type Training = v.InferOutput<typeof trainingSchema>;
export type TrainingStats = v.InferOutput<typeof statsSchema>;

export interface TrainingOrder {
  readonly epochs: number;
  /** Goes on from the model in use instead of beginning anew. */
  readonly incremental: boolean;
}

/** @throws ArgusError `not_found` where the backend does not train */
export function fetchTrainingStatus(client: ArgusClient, signal?: AbortSignal): Promise<TrainingStatus> {
  return client.get('/admin/training-status', statusSchema, { signal });
}

/** Past trainings, newest first. Throws as fetchTrainingStatus. */
export function fetchTrainingStats(client: ArgusClient, signal?: AbortSignal): Promise<TrainingStats> {
  return client.get('/admin/training-stats', statsSchema, { params: { limit: 50 }, signal });
}

/** @throws ArgusError `busy` where one is under way, `refused` where history is too short */
export function startTraining(client: ArgusClient, { epochs, incremental }: TrainingOrder): Promise<Done> {
  return client.post('/admin/trigger-training', doneSchema, { params: { epochs, incremental } });
}

export function cancelTraining(client: ArgusClient): Promise<Done> {
  return client.post('/admin/cancel-training', doneSchema);
}
