import { type Static, Type } from 'typebox';

export const CascadeConfigSchema = Type.Object(
  {
    enabled: Type.Boolean({
      default: true,
      description: 'Whether servers that deviate together are looked for.',
    }),
    weight: Type.Number({
      default: 0.4,
      minimum: 0,
      maximum: 0.9,
      description:
        'Share of what is left to 100 by which a cascade raises the risk of a member at most; 0: not at all.',
    }),
  },
  {
    default: {},
    additionalProperties: false,
    description: 'Servers that deviate together (docs/cascades.md).',
  },
);

export type CascadeConfig = Static<typeof CascadeConfigSchema>;

export const DEFAULT_CASCADE_CONFIG: CascadeConfig = { enabled: true, weight: 0.4 };
