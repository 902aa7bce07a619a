/** Settings of the ingest stage, with their defaults. */
import { type Static, Type } from 'typebox';

const MEBIBYTE = 1024 * 1024;

const listenAddress = (host: string, port: number, what: string) =>
  Type.Object(
    {
      host: Type.String({ default: host, minLength: 1, description: `Address ${what} listens on.` }),
      port: Type.Integer({
        default: port,
        minimum: 0,
        maximum: 65535,
        description: `Port ${what} listens on; 0 takes any free one.`,
      }),
    },
    { additionalProperties: false, default: {} },
  );

export const otlpConfigSchema = Type.Object(
  {
    grpc: listenAddress('127.0.0.1', 4317, 'OTLP over gRPC'),
    http: listenAddress('127.0.0.1', 4318, 'OTLP over HTTP'),
    tls: Type.Optional(
      Type.Object(
        {
          certFile: Type.String({ minLength: 1, description: 'PEM file with the certificate chain.' }),
          keyFile: Type.String({ minLength: 1, description: 'PEM file with the private key.' }),
        },
        { additionalProperties: false, description: 'Serves both transports over TLS.' },
      ),
    ),
    identityAttributes: Type.Array(Type.String({ minLength: 1 }), {
      default: ['host.name', 'host.id', 'service.instance.id'],
      minItems: 1,
      description: 'Resource attributes that name a server; the first one present is taken.',
    }),
    maxMessageBytes: Type.Integer({
      default: 64 * MEBIBYTE,
      minimum: 1024,
      maximum: 1024 * MEBIBYTE,
      description: 'Largest request, before and after decompression.',
    }),
    maxPointsPerRequest: Type.Integer({
      default: 1_000_000,
      minimum: 1,
      description: 'Most data points of host metrics in one request.',
    }),
    maxRequestsInFlight: Type.Integer({
      default: 256,
      minimum: 1,
      description: 'Requests read and decoded at a time; more are asked to retry.',
    }),
    maxBytesInFlight: Type.Integer({
      default: 256 * MEBIBYTE,
      minimum: 1024,
      description: 'Bytes of requests held at a time; more are asked to retry.',
    }),
    retryAfterSeconds: Type.Integer({
      default: 5,
      minimum: 1,
      description: 'What a client that has to wait is told.',
    }),
    maxSeriesPerServer: Type.Integer({
      default: 4096,
      minimum: 16,
      description: 'Series of host metrics remembered per server.',
    }),
    maxSeries: Type.Integer({
      default: 4_000_000,
      minimum: 16,
      description: 'Series of host metrics remembered in all.',
    }),
    maxAttributes: Type.Integer({
      default: 32,
      minimum: 0,
      description: 'Resource attributes kept per server beside its name.',
    }),
    maxAttributeKeyLength: Type.Integer({
      default: 128,
      minimum: 1,
      description: 'Longest key of a kept attribute.',
    }),
    maxAttributeValueLength: Type.Integer({
      default: 256,
      minimum: 1,
      description: 'Longest value of a kept attribute, and longest server name.',
    }),
    maxClockSkewSeconds: Type.Integer({
      default: 600,
      minimum: 0,
      description: 'Points further ahead of the clock than this are refused.',
    }),
    maxRateGapSeconds: Type.Integer({
      default: 900,
      minimum: 1,
      description: 'Longest time between two points of a counter that still makes a rate.',
    }),
    holdSeconds: Type.Number({
      default: 10,
      minimum: 0,
      description: 'How long a measurement waits for series of the same moment that come in a later request.',
    }),
    drainSeconds: Type.Number({
      default: 5,
      minimum: 0,
      description: 'How long a stop waits for requests in flight.',
    }),
  },
  { additionalProperties: false, default: {} },
);

export type OtlpConfig = Static<typeof otlpConfigSchema>;

export const ingestConfigSchema = Type.Object(
  { otlp: otlpConfigSchema },
  { additionalProperties: false, default: {} },
);

export type IngestConfig = Static<typeof ingestConfigSchema>;
