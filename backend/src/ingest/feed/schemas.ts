import { Type } from 'typebox';
import { METRICS } from '../../catalog/metrics.ts';
import { STATUSES } from './records.ts';

const metricFields = Object.fromEntries(
  METRICS.map(({ name, label, unit, min, max }) => [
    name,
    Type.Optional(
      Type.Union(
        [Type.Number(Number.isFinite(max) ? { minimum: min, maximum: max } : { minimum: min }), Type.Null()],
        { description: `${label} (${unit}); left out or null where it was not measured.` },
      ),
    ),
  ]),
);

const recordSchema = Type.Object({
  timestamp: Type.String({ description: 'ISO 8601; UTC where no zone is given.' }),
  server_name: Type.String({ minLength: 1, maxLength: 255 }),
  status: Type.Optional(Type.Union(STATUSES.map((status) => Type.Literal(status)))),
  profile: Type.Optional(Type.String()),
  ...metricFields,
});

const issueSchema = Type.Object({
  loc: Type.Array(Type.Union([Type.String(), Type.Integer()])),
  msg: Type.String(),
  type: Type.String(),
});

/** For the API description; the records are checked by records.ts, which never turns text into numbers. */
export const feedSchema = {
  tags: ['Feed'],
  summary: 'Measurements of servers as JSON',
  description:
    'All records are taken or none, unless partial=true: then the good ones are taken and the others listed. ' +
    'Newcomers that find the fleet full are listed and do not keep the others from being taken.',
  body: Type.Object({ records: Type.Array(recordSchema) }),
  querystring: Type.Object({
    partial: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')])),
  }),
  response: {
    200: Type.Object({
      status: Type.Union([Type.Literal('accepted'), Type.Literal('warming_up')]),
      records_received: Type.Integer({ description: 'Records in the request' }),
      records_accepted: Type.Integer({ description: 'Records taken' }),
      tick: Type.Integer({ description: 'Requests taken since the start' }),
      rolling_window_size: Type.Integer({ description: 'Five-minute steps kept of each server' }),
      warmup_complete: Type.Boolean({ description: 'Whether a server has enough history to be forecast' }),
      progress: Type.Optional(
        Type.String({ description: 'How far the server with most five-minute steps is, while warming up' }),
      ),
      rejected: Type.Optional(Type.Array(issueSchema)),
    }),
    422: Type.Object({ detail: Type.Array(issueSchema), code: Type.String() }),
  },
};
