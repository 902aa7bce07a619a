/** GET /historical/status */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { StatusAnswer } from '../protocol.ts';
import type { HistoryRouteOptions } from './index.ts';
import { numberOrNull, textOrNull, time, timeOrNull } from './schemas.ts';

const MEGABYTE = 1e6;

const answer = Type.Object({
  success: Type.Boolean(),
  enabled: Type.Boolean(),
  healthy: Type.Boolean(),
  problem: textOrNull,
  oldest: timeOrNull,
  newest: timeOrNull,
  days: Type.Integer(),
  files: Type.Integer(),
  megabytes: Type.Number(),
  free_megabytes: numberOrNull,
  process_megabytes: numberOrNull,
  rows_lost: Type.Integer({ description: 'Since the start: rows that could not be written in time' }),
  damaged_files: Type.Array(
    Type.Object({ file: Type.String(), set_aside_as: Type.String(), reason: Type.String(), at: time }),
  ),
});

const NOTHING: StatusAnswer = {
  files: 0,
  bytes: 0,
  days: 0,
  oldestDay: null,
  newestDay: null,
  freeBytes: Number.NaN,
  damaged: [],
  rssBytes: Number.NaN,
};

function dayTime(day: string | null): string | null {
  return day === null ? null : `${day}T00:00:00.000Z`;
}

function megabytes(bytes: number): number {
  return Math.round((bytes / MEGABYTE) * 10) / 10;
}

export const historyStatusRoutes: FastifyPluginAsyncTypebox<HistoryRouteOptions> = async (
  app,
  { view, enabled },
) => {
  app.get(
    '/historical/status',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['History'],
        summary: 'What the history holds and whether it can be asked',
        response: { 200: answer },
      },
    },
    async () => {
      const { problem } = view;
      const status = problem === null ? await view.ask('status', null) : NOTHING;
      return {
        success: true,
        enabled,
        healthy: problem === null,
        problem,
        oldest: dayTime(status.oldestDay),
        newest: dayTime(status.newestDay),
        days: status.days,
        files: status.files,
        megabytes: megabytes(status.bytes),
        free_megabytes: Number.isNaN(status.freeBytes) ? null : megabytes(status.freeBytes),
        process_megabytes: Number.isNaN(status.rssBytes) ? null : megabytes(status.rssBytes),
        rows_lost: view.lostRows,
        damaged_files: status.damaged.map(({ file, setAsideAs, reason, atMs }) => ({
          file,
          set_aside_as: setAsideAs,
          reason,
          at: new Date(atMs).toISOString(),
        })),
      };
    },
  );
};
