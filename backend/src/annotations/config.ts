import { type Static, Type } from 'typebox';

const url = (what: string) => Type.String({ pattern: '^https?://', description: `Base address of ${what}.` });
const bearerToken = Type.Optional(
  Type.String({ minLength: 1, description: 'Sent as Authorization: Bearer; may only read.' }),
);

/** Where maintenance is written down already. */
export const AnnotationsConfigSchema = Type.Object(
  {
    refreshSeconds: Type.Integer({
      minimum: 5,
      maximum: 3600,
      default: 60,
      description: 'Time between two looks at the sources below.',
    }),
    alertmanager: Type.Optional(
      Type.Object(
        {
          url: url('an Alertmanager, whose silences become maintenance windows'),
          serverLabel: Type.String({
            pattern: '^[a-zA-Z_][a-zA-Z0-9_]*$',
            default: 'server',
            description: 'Label of silences that names servers.',
          }),
          profileLabel: Type.String({
            pattern: '^[a-zA-Z_][a-zA-Z0-9_]*$',
            default: 'profile',
            description: 'Label of silences that names profiles.',
          }),
          bearerToken,
        },
        { additionalProperties: false },
      ),
    ),
    grafana: Type.Optional(
      Type.Object(
        {
          url: url('a Grafana, whose annotations with a beginning and an end become maintenance windows'),
          tags: Type.Array(Type.String({ minLength: 1 }), {
            minItems: 1,
            default: ['maintenance'],
            description:
              'Tags that an annotation must have. server:NAME and profile:NAME say whom it concerns.',
          }),
          bearerToken,
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false, default: {}, description: 'Maintenance windows that others know.' },
);

export type AnnotationsConfig = Static<typeof AnnotationsConfigSchema>;
