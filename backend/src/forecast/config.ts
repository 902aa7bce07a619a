import { type Static, Type } from 'typebox';

export const PROVIDER_SETTINGS = ['auto', 'cuda', 'webgpu', 'cpu'] as const;
export type ProviderSetting = (typeof PROVIDER_SETTINGS)[number];

const Provider = Type.Unsafe<ProviderSetting>(
  Type.Union(PROVIDER_SETTINGS.map((name) => Type.Literal(name))),
);

/** Settings of the forecast stage: which model runs, on what, and how much at a time. */
export const ForecastConfigSchema = Type.Object(
  {
    model: Type.String({
      default: '',
      description:
        "Name of a bundle in the models directory, or the path of a bundle's folder. Empty: the one that was chosen last, else 'default'.",
    }),
    providers: Type.Array(Provider, {
      default: ['auto'],
      minItems: 1,
      description:
        "Execution providers in order of preference. 'auto' stands for cuda and webgpu where the machine has the hardware; cpu is always tried last.",
    }),
    workers: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 256,
      description: 'Threads that run the network; 0 takes one for each core.',
    }),
    threadsPerWorker: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 64,
      description: 'Threads onnxruntime uses within a worker. More workers are faster than more threads.',
    }),
    chunkServers: Type.Integer({
      default: 20,
      minimum: 1,
      maximum: 256,
      description: 'Servers forecast in one call of the network.',
    }),
    queueLimit: Type.Integer({
      default: 256,
      minimum: 1,
      maximum: 100_000,
      description: 'Calls that may wait for a worker; further ones are refused.',
    }),
    warmUp: Type.Boolean({
      default: true,
      description: 'Runs the network once when it is loaded, so that the first forecast is not the slow one.',
    }),
    adaptiveBands: Type.Boolean({
      default: true,
      description: "Widens and narrows each server's bands so that 80% of what comes lies within them.",
    }),
    fallback: Type.Object(
      {
        enabled: Type.Boolean({
          default: true,
          description:
            "Lets a baseline forecast a server's metric where it has been better than the network over the last day. Scores are kept in any case.",
        }),
        marginPercent: Type.Number({
          default: 10,
          minimum: 0,
          maximum: 90,
          description:
            'By how many percent the loss must be smaller before a baseline, or the network again, takes over.',
        }),
        minimumScored: Type.Integer({
          default: 24,
          minimum: 1,
          maximum: 100,
          description:
            "Scored forecasts of a server's metric before anything takes over: five horizons an hour, older ones count less, so 24 are there after about nine hours.",
        }),
        holdHours: Type.Number({
          default: 6,
          minimum: 0,
          maximum: 168,
          description: 'Hours after a change of forecaster before the next.',
        }),
      },
      {
        additionalProperties: false,
        default: {},
        description: 'Baselines in the place of the network where they are better.',
      },
    ),
    holidays: Type.Array(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }), {
      default: [],
      description:
        'Local dates (YYYY-MM-DD) that are holidays for every server, beside those of its country (fleet.places).',
    }),
  },
  { additionalProperties: false, default: {} },
);

export type ForecastConfig = Static<typeof ForecastConfigSchema>;
