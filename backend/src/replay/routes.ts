/** GET /replay/settings; POST /replay; GET and DELETE /replay/{id} */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { InvalidInput } from '../catalog/invalidInput.ts';
import { within } from '../explain/waiting.ts';
import type { ReplayStage } from './index.ts';
import type { Replay } from './jobs/desk.ts';
import { errorSchema, idSchema, replaySchema, requestSchema, settingsSchema, waitSchema } from './schemas.ts';

const TAGS = ['Replay'];
const ACCEPTED = 202;
const ASK_AGAIN_SECONDS = 1;
const BODY_BYTES = 512 * 1024;

function answerOf({ id, fromMs, toMs, progress, end }: Replay): Static<typeof replaySchema> {
  const { state, percent, secondsLeft } = progress;
  const isDone = end?.kind === 'done';
  return {
    id,
    state: end === null ? state : end.kind,
    progress: isDone ? 100 : Math.round(percent * 10) / 10,
    seconds_left: end === null ? secondsLeft : 0,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    // The lists of a result are read-only; what is serialised need not be.
    result: isDone ? (end.result as Static<typeof replaySchema>['result']) : null,
    error: end?.kind === 'failed' ? { code: end.fault.code, detail: end.fault.message } : null,
  };
}

export const replayRoutes: FastifyPluginAsyncTypebox<{ readonly stage: ReplayStage }> = async (
  app,
  { stage },
) => {
  const { desk } = stage;
  app.get(
    '/replay/settings',
    {
      config: { scope: 'read' },
      schema: {
        tags: TAGS,
        summary: 'The thresholds, weights and alert settings in use, and the time that can be replayed',
        response: { 200: settingsSchema },
      },
    },
    () => stage.settings(),
  );

  app.post(
    '/replay',
    {
      config: { scope: 'read' },
      bodyLimit: BODY_BYTES,
      schema: {
        tags: TAGS,
        summary: 'Run the past again under proposed settings, beside those in use',
        body: requestSchema,
        response: { 202: replaySchema, 409: errorSchema('Another one is under way; Retry-After') },
      },
    },
    async ({ body }, reply) => {
      if ((body.proposed === undefined) === (body.yaml === undefined)) {
        throw new InvalidInput([
          { loc: ['body', 'proposed'], msg: 'give one of proposed and yaml', type: 'value_error' },
        ]);
      }
      const begun = await stage.begin(body);
      reply.code(ACCEPTED).header('location', `/replay/${begun.id}`).header('retry-after', ASK_AGAIN_SECONDS);
      return answerOf(begun);
    },
  );

  app.get(
    '/replay/:id',
    {
      config: { scope: 'read' },
      schema: {
        tags: TAGS,
        summary: 'How far a replay is, and its result; one that nobody asks about is given up',
        params: idSchema,
        querystring: waitSchema,
        response: { 200: replaySchema, 404: errorSchema('No such replay') },
      },
    },
    async ({ params: { id }, query: { wait } }) => {
      if (desk.get(id).end === null && wait > 0) await within(desk.over(id), wait);
      return answerOf(desk.get(id));
    },
  );

  app.delete(
    '/replay/:id',
    {
      config: { scope: 'read' },
      schema: {
        tags: TAGS,
        summary: 'Cancel a replay',
        params: idSchema,
        response: { 200: Type.Object({ success: Type.Boolean() }), 404: errorSchema('No such replay') },
      },
    },
    async ({ params: { id } }) => {
      await desk.cancel(id);
      return { success: true };
    },
  );
};
