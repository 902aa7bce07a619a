import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false, default: {} } as const;
const perMinute = (fallback: number, what: string) =>
  Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: fallback,
    description: `Requests a minute from one API key (or address) to ${what}.`,
  });

const rateLimitsSchema = Type.Object(
  {
    enabled: Type.Boolean({ default: true, description: 'Whether requests are counted and refused at all.' }),
    feedPerMinute: perMinute(60, 'POST /feed/data'),
    forecastsPerMinute: perMinute(30, 'each of /predictions/current, /alerts/active and /explain'),
    adminPerMinute: perMinute(10, 'each route that changes something under /admin'),
    otherPerMinute: perMinute(300, 'each other route'),
  },
  { ...strict, description: 'Limits are counted for each route on its own; over them the answer is 429.' },
);

const tlsSchema = Type.Object(
  {
    certFile: Type.String({ minLength: 1, description: 'PEM file with the certificate chain.' }),
    keyFile: Type.String({ minLength: 1, description: 'PEM file with the private key.' }),
  },
  { additionalProperties: false, description: 'Serves the API over TLS; plain HTTP without it.' },
);

/** The REST API: where it listens, whom it trusts, how much it takes. */
export const apiConfigSchema = Type.Object(
  {
    host: Type.String({
      minLength: 1,
      maxLength: 253,
      default: '127.0.0.1',
      description: 'Address to listen on. Any other than loopback needs an API key first.',
    }),
    port: Type.Integer({
      minimum: 0,
      maximum: 65_535,
      default: 8000,
      description: 'TCP port; 0 takes any free one and prints it.',
    }),
    trustedProxies: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description: 'Addresses or CIDR ranges of reverse proxies whose X-Forwarded-For is believed.',
    }),
    corsOrigins: Type.Array(Type.String({ pattern: '^(\\*|https?://[^/\\s]+)$' }), {
      default: [],
      description: 'Origins (https://host) whose pages may call the API from a browser; empty: none.',
    }),
    tls: Type.Optional(tlsSchema),
    bodyLimitMebibytes: Type.Integer({
      minimum: 1,
      maximum: 1024,
      default: 16,
      description: 'Largest request body; a larger one is answered with 413.',
    }),
    requestTimeoutSeconds: Type.Integer({
      minimum: 1,
      maximum: 3600,
      default: 60,
      description: 'Time a client has to send its request.',
    }),
    keepAliveSeconds: Type.Integer({
      minimum: 1,
      maximum: 3600,
      default: 65,
      description: 'Time an idle connection stays open; longer than that of the proxy in front.',
    }),
    closeGraceSeconds: Type.Integer({
      minimum: 0,
      maximum: 600,
      default: 10,
      description: 'Time running requests have to finish when the server stops.',
    }),
    rateLimits: rateLimitsSchema,
  },
  { ...strict, description: 'The REST API.' },
);

export type ApiConfig = Static<typeof apiConfigSchema>;
