/** GET /admin/models, POST /admin/reload-model */

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { ForecastStage } from './stage.ts';

const ModelPath = Type.Optional(
  Type.String({
    maxLength: 200,
    description:
      'Name of a model as GET /admin/models lists it. Without one, the model in use is loaded again.',
  }),
);

const ModelsAnswer = Type.Object({
  models: Type.Array(
    Type.Object({
      name: Type.String(),
      path: Type.String({ description: 'What reload-model takes as model_path.' }),
      created: Type.String({ description: 'ISO 8601' }),
      size_mb: Type.Number({ description: 'Megabytes (10^6 bytes)' }),
      is_current: Type.Boolean(),
    }),
  ),
  current_model: Type.Union([Type.String(), Type.Null()], {
    description: 'Name of the model that forecasts now; null while baselines do.',
  }),
});

const ReloadAnswer = Type.Object({
  success: Type.Boolean(),
  model: Type.String({ description: 'Name of the model that forecasts now.' }),
  message: Type.String(),
});

export interface ModelRoutesOptions {
  readonly stage: Pick<ForecastStage, 'models' | 'modelName' | 'reload'>;
}

export const modelRoutes: FastifyPluginAsyncTypebox<ModelRoutesOptions> = async (app, { stage }) => {
  app.get(
    '/admin/models',
    {
      config: { scope: 'read' },
      schema: { summary: 'Models that can be loaded', tags: ['admin'], response: { 200: ModelsAnswer } },
    },
    async () => {
      const current = stage.modelName();
      const listings = await stage.models();
      const models = listings.map(({ name, created, sizeMegabytes }) => ({
        name,
        path: name,
        created,
        size_mb: sizeMegabytes,
        is_current: name === current,
      }));
      return { models, current_model: current };
    },
  );

  app.post(
    '/admin/reload-model',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Change the model without a forecast failing',
        tags: ['admin'],
        querystring: Type.Object({ model_path: ModelPath }),
        // A request without a body counts as null.
        body: Type.Union([Type.Object({ model_path: ModelPath }), Type.Null()]),
        response: { 200: ReloadAnswer },
      },
    },
    async (request) => {
      const model = await stage.reload(request.body?.model_path ?? request.query.model_path);
      return { success: true, model, message: `The model '${model}' forecasts now.` };
    },
  );
};
