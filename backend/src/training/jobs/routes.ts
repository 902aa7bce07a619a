/** POST /admin/trigger-training, /admin/cancel-training; GET /admin/training-status, /admin/training-stats */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { TrainingManager } from './manager.ts';
import type { TrainingRecord } from './types.ts';

const TAGS = ['admin'];
const SECONDS_A_MINUTE = 60;
const MAX_EPOCHS = 1000;

const textOrNull = Type.Union([Type.String(), Type.Null()]);
const numberOrNull = Type.Union([Type.Number(), Type.Null()]);

const triggerAnswer = Type.Object({
  success: Type.Boolean(),
  training_id: Type.String(),
  message: Type.String(),
  epochs: Type.Integer(),
  incremental: Type.Boolean(),
});

const statusAnswer = Type.Object({
  training_active: Type.Boolean(),
  training_id: textOrNull,
  state: Type.String({ description: 'idle, preparing, training, comparing or activating' }),
  message: Type.String(),
  progress: Type.Object({
    epoch: Type.Integer(),
    total_epochs: Type.Integer(),
    percent: Type.Number(),
    eta_minutes: numberOrNull,
  }),
  started_at: textOrNull,
  trigger: textOrNull,
  incremental: Type.Union([Type.Boolean(), Type.Null()]),
});

const comparison = Type.Object({
  forecasts: Type.Integer(),
  from: Type.String(),
  to: Type.String(),
  loss_old: Type.Number({
    description: "Pinball loss as a share of the best simple baseline's, mean over metrics",
  }),
  loss_new: Type.Number(),
  change_pct: Type.Number({ description: 'Below 0 the new model is better' }),
  margin_pct: Type.Number(),
  profiles: Type.Array(
    Type.Object({
      profile: Type.String(),
      forecasts: Type.Integer(),
      loss_old: Type.Number(),
      loss_new: Type.Number(),
      change_pct: Type.Number(),
      within_margin: Type.Boolean(),
    }),
  ),
});

const record = Type.Object({
  training_id: Type.String(),
  trigger: Type.String({ description: 'manual, drift or schedule' }),
  cause: Type.Optional(
    Type.Union([Type.String(), Type.Null()], { description: 'Why it began: of drift, its numbers' }),
  ),
  started_at: Type.String(),
  finished_at: Type.String(),
  minutes: Type.Number(),
  epochs: Type.Integer(),
  incremental: Type.Boolean(),
  outcome: Type.String({ description: 'taken, rejected, failed, cancelled; rolled_back in a second entry' }),
  reason: Type.String(),
  model: textOrNull,
  compared_with: textOrNull,
  data: Type.Union([
    Type.Object({
      from: Type.String(),
      to: Type.String(),
      held_back_from: Type.String(),
      servers: Type.Integer(),
      days: Type.Number(),
    }),
    Type.Null(),
  ]),
  comparison: Type.Union([comparison, Type.Null()]),
});

const statsAnswer = Type.Object({
  last_training: textOrNull,
  total_trainings: Type.Integer(),
  avg_training_time_minutes: numberOrNull,
  models_produced: Type.Integer({
    description: 'Trainings that came to a model, whether it was taken or not',
  }),
  taken: Type.Integer(),
  rejected: Type.Integer(),
  failed: Type.Integer(),
  cancelled: Type.Integer(),
  rolled_back: Type.Integer({ description: 'Taken models that did worse in service and gave way again' }),
  trainings: Type.Array(record, { description: 'Newest first' }),
});

export interface TrainingRoutesOptions {
  readonly manager: TrainingManager;
}

function statusOf({ active, records }: TrainingManager) {
  if (active === null) {
    return {
      training_active: false,
      training_id: null,
      state: 'idle',
      message: records.at(-1)?.reason ?? 'No training yet.',
      progress: { epoch: 0, total_epochs: 0, percent: 0, eta_minutes: null },
      started_at: null,
      trigger: null,
      incremental: null,
    };
  }
  const { job, state, progress } = active;
  const epoch = progress?.epoch ?? 0;
  const messages = {
    preparing: 'Measurements are taken from the history.',
    training: epoch === 0 ? 'The data is read.' : `Epoch ${epoch} of ${job.epochs}.`,
    comparing: 'Old and new model are compared on the held-back days.',
    activating: 'The new model is loaded.',
  };
  const secondsLeft = progress?.secondsLeft ?? null;
  return {
    training_active: true,
    training_id: job.id,
    state,
    message: messages[state],
    progress: {
      epoch,
      total_epochs: job.epochs,
      percent: Math.round((progress?.percent ?? 0) * 10) / 10,
      eta_minutes: secondsLeft === null ? null : Math.round((secondsLeft / SECONDS_A_MINUTE) * 10) / 10,
    },
    started_at: new Date(job.startedMs).toISOString(),
    trigger: job.trigger,
    incremental: job.incremental,
  };
}

function statsOf(records: readonly TrainingRecord[], limit: number) {
  const count = (outcome: TrainingRecord['outcome']) =>
    records.filter((record) => record.outcome === outcome).length;
  const completed = records.filter(({ outcome }) => outcome === 'taken' || outcome === 'rejected');
  const minutes = completed.reduce((sum, record) => sum + record.minutes, 0);
  return {
    last_training: records.findLast(({ outcome }) => outcome !== 'rolled_back')?.finished_at ?? null,
    total_trainings: records.length - count('rolled_back'),
    avg_training_time_minutes:
      completed.length === 0 ? null : Math.round((minutes / completed.length) * 100) / 100,
    models_produced: completed.length,
    taken: count('taken'),
    rejected: count('rejected'),
    failed: count('failed'),
    cancelled: count('cancelled'),
    rolled_back: count('rolled_back'),
    trainings: records
      .slice(-limit)
      .reverse()
      .map((one) => ({
        ...one,
        comparison: one.comparison && { ...one.comparison, profiles: [...one.comparison.profiles] },
      })),
  };
}

export const trainingRoutes: FastifyPluginAsyncTypebox<TrainingRoutesOptions> = async (app, { manager }) => {
  app.post(
    '/admin/trigger-training',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Train on the history; the new model is taken where it is better on the held-back days',
        tags: TAGS,
        querystring: Type.Object({
          epochs: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_EPOCHS })),
          incremental: Type.Optional(
            Type.Boolean({ description: 'Go on from the weights in use (default), or begin anew' }),
          ),
        }),
        response: { 200: triggerAnswer },
      },
    },
    async ({ query }) => {
      const { id, epochs, incremental } = await manager.trigger({ ...query, trigger: 'manual' });
      const how = incremental ? 'goes on from the model in use' : 'begins anew';
      return {
        success: true,
        training_id: id,
        message: `The training has begun; it ${how}. GET /admin/training-status tells how far it is.`,
        epochs,
        incremental,
      };
    },
  );

  app.get(
    '/admin/training-status',
    {
      config: { scope: 'read' },
      schema: { summary: 'The training under way', tags: TAGS, response: { 200: statusAnswer } },
    },
    async () => statusOf(manager),
  );

  app.get(
    '/admin/training-stats',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Every training so far, with what was decided and why',
        tags: TAGS,
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 1000, default: 50 }) }),
        response: { 200: statsAnswer },
      },
    },
    async ({ query }) => statsOf(manager.records, query.limit),
  );

  app.post(
    '/admin/cancel-training',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Stop the training under way for good',
        tags: TAGS,
        response: { 200: Type.Object({ success: Type.Boolean(), message: Type.String() }) },
      },
    },
    async () => {
      const id = await manager.cancel();
      return { success: true, message: `The training ${id} was cancelled; the model in use stays.` };
    },
  );
};
