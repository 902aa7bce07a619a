import { type Static, Type } from 'typebox';

/** Settings of the publish stage. */
export const PublishConfigSchema = Type.Object(
  {
    scope: Type.Union([Type.Literal('read'), Type.Literal('open')], {
      default: 'read',
      description: 'Who may read GET /metrics: keys with the scope read, or everyone (open).',
    }),
    forecastSeries: Type.Integer({
      minimum: 0,
      default: 200_000,
      description:
        'Most argus_forecast series on the page, 135 a server; in a larger fleet the servers at most risk have them.',
    }),
    selfMonitoring: Type.Object(
      {
        endpoint: Type.Optional(
          Type.String({
            pattern: '^https?://',
            description:
              'OTLP/HTTP endpoint that Argus sends its own metrics to, such as http://localhost:4318.',
          }),
        ),
        intervalSeconds: Type.Integer({
          minimum: 1,
          maximum: 3600,
          default: 60,
          description: 'Time between two exports.',
        }),
      },
      { default: {}, additionalProperties: false, description: "Argus's own health over OTLP." },
    ),
  },
  { default: {}, additionalProperties: false, description: 'Prometheus exposition.' },
);

export type PublishConfig = Static<typeof PublishConfigSchema>;

/** The configuration without any override. */
export const DEFAULT_PUBLISH_CONFIG: PublishConfig = {
  scope: 'read',
  forecastSeries: 200_000,
  selfMonitoring: { intervalSeconds: 60 },
};
