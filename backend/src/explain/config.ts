import { type Static, Type } from 'typebox';

/** Settings of the explanation stage. */
export const ExplainConfigSchema = Type.Object(
  {
    runs: Type.Integer({
      default: 192,
      minimum: 64,
      maximum: 16_384,
      description:
        'Runs of the model an explanation may take for its Shapley values: exact where they suffice for every coalition of every donor (256 a donor), else sampled with a stated error. GET /explain/{server}?method=exact takes as many as it needs.',
    }),
    donors: Type.Integer({
      default: 2,
      minimum: 1,
      maximum: 16,
      description: 'Calm windows a server is compared with. Eight groups take 256 runs for each of them.',
    }),
    queueLimit: Type.Integer({
      default: 16,
      minimum: 0,
      maximum: 10_000,
      description: 'Explanations that may wait for their turn; further requests are answered 503.',
    }),
    cacheEntries: Type.Integer({
      default: 500,
      minimum: 1,
      maximum: 100_000,
      description: 'Explanations kept until the next forecast of their server.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Explanations and what-if.' },
);

export type ExplainConfig = Static<typeof ExplainConfigSchema>;
