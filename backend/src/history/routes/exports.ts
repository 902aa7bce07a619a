/** GET /historical/export/{table}: a table as CSV or Parquet, sent as it is made. */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type TSchema, Type } from 'typebox';
import { EXPORT_TABLES, type ExportTable } from '../protocol.ts';
import { type Range, rangeOf } from '../range.ts';
import type { HistoryRouteOptions } from './index.ts';
import { oneOf, rangeQuery, serversQuery } from './schemas.ts';

const FORMATS = ['csv', 'parquet'] as const;
type Format = (typeof FORMATS)[number];
const TYPES: Readonly<Record<Format, string>> = {
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
};

function filenameOf(table: ExportTable, { fromMs, toMs }: Range, format: Format): string {
  const compact = (timeMs: number) =>
    `${new Date(timeMs).toISOString().slice(0, 16).replaceAll(/[-:]/g, '')}Z`;
  return `argus-${table}-${compact(fromMs)}-${compact(toMs)}.${format}`;
}

/** What is asked for: a file of one of the formats, or null for JSON around the CSV. */
function formatOf(format: Format | undefined, accept: string | undefined): Format | null {
  if (format !== undefined) return format;
  return FORMATS.find((name) => accept?.includes(TYPES[name])) ?? null;
}

/** Waits for the first bytes, so that what cannot be answered is an error and not half an answer. */
async function begun(stream: Readable): Promise<Readable> {
  if (stream.readableLength === 0 && !stream.readableEnded) {
    await Promise.race([once(stream, 'readable'), once(stream, 'end')]);
  }
  return stream;
}

/** JSON with the CSV as one of its texts, made as it is read. */
async function* wrapped(
  csv: Readable,
  head: Readonly<Record<string, unknown>>,
  filename: string,
): AsyncGenerator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"csv_data":"`;
  // A chunk ends with a line, so no character is ever cut.
  for await (const chunk of csv) yield JSON.stringify(String(chunk)).slice(1, -1);
  yield `","filename":${JSON.stringify(filename)}}`;
}

/** A stream is not serialised: the schemas describe it only. */
const streamed = (schema: TSchema) => Type.Unsafe<Readable>(schema);

const jsonAnswer = Type.Object({
  success: Type.Boolean(),
  table: oneOf(EXPORT_TABLES),
  time_range: Type.String(),
  csv_data: Type.String(),
  filename: Type.String(),
});

export const exportRoutes: FastifyPluginAsyncTypebox<HistoryRouteOptions> = async (app, { view, clock }) => {
  app.get(
    '/historical/export/:table',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['History'],
        summary: 'A table of a time as CSV or Parquet',
        description:
          'JSON around the CSV by default; the CSV itself for Accept: text/csv or format=csv, Parquet for Accept: application/vnd.apache.parquet or format=parquet.',
        params: Type.Object({ table: oneOf(EXPORT_TABLES) }),
        querystring: Type.Object({
          ...rangeQuery,
          ...serversQuery,
          format: Type.Optional(oneOf(FORMATS)),
        }),
        response: {
          200: {
            description: 'The table',
            content: {
              'application/json': { schema: streamed(jsonAnswer) },
              [TYPES.csv]: { schema: streamed(Type.String()) },
              [TYPES.parquet]: { schema: streamed(Type.String()) },
            },
          },
        },
      },
    },
    async ({ params: { table }, query, headers }, reply) => {
      const byDefault = table === 'alerts' || table === 'environment' ? '1h' : '1d';
      const range = rangeOf(query, clock.now(), byDefault);
      const format = formatOf(query.format, headers.accept);
      const { fromMs, toMs, timeZone, word } = range;
      const request = { table, fromMs, toMs, timeZone, servers: query.server_name ?? null };
      const stream = await begun(view.export({ ...request, format: format ?? 'csv' }));
      const filename = filenameOf(table, range, format ?? 'csv');
      if (format === null) {
        reply.type('application/json; charset=utf-8');
        return reply.send(
          Readable.from(wrapped(stream, { success: true, table, time_range: word }, filename)),
        );
      }
      reply.type(format === 'csv' ? `${TYPES.csv}; charset=utf-8` : TYPES.parquet);
      reply.header('content-disposition', `attachment; filename="${filename}"`);
      return reply.send(stream);
    },
  );
};
