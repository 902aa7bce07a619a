import { type Static, Type } from 'typebox';

/** Where a new installation reads its servers' past day from. */
export const backfillConfigSchema = Type.Object(
  {
    prometheusUrl: Type.String({
      pattern: '^https?://',
      description: 'Base address of a Prometheus-compatible server, without /api/v1.',
    }),
    source: Type.Union([Type.Literal('auto'), Type.Literal('node_exporter'), Type.Literal('otel')], {
      default: 'auto',
      description: 'Whose metric names are asked for; auto asks for both.',
    }),
    servers: Type.Union([Type.Literal('all'), Type.Literal('reporting')], {
      default: 'all',
      description:
        'all: at the start every server Prometheus knows; reporting: only servers that report to this instance, as where several share a Prometheus. Either way a server that joins later is asked for.',
    }),
    serverLabel: Type.String({
      pattern: '^[a-zA-Z_][a-zA-Z0-9_]*$',
      default: 'auto',
      description: 'Label that names the server; auto takes host_name, else instance without its port.',
    }),
    selector: Type.String({
      default: '',
      description: 'Further label matchers, for example: job="node",env="prod".',
    }),
    timeoutSeconds: Type.Number({
      exclusiveMinimum: 0,
      maximum: 600,
      default: 20,
      description: 'Longest wait for one answer.',
    }),
    bearerToken: Type.Optional(Type.String({ minLength: 1, description: 'Sent as Authorization: Bearer.' })),
    username: Type.Optional(Type.String({ minLength: 1, description: 'User name of basic authentication.' })),
    password: Type.Optional(Type.String({ description: 'Password of basic authentication.' })),
  },
  { additionalProperties: false },
);

export type BackfillConfig = Static<typeof backfillConfigSchema>;
