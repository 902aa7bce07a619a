import { type Static, Type } from 'typebox';

/** Settings of the history stage: how long it remembers, how much disk and machine it may take. */
export const HistoryConfigSchema = Type.Object(
  {
    enabled: Type.Boolean({
      default: true,
      description:
        'Whether measurements, forecasts and alerts are kept for later questions and for training.',
    }),
    keepDays: Type.Integer({
      minimum: 1,
      maximum: 3650,
      default: 90,
      description: 'Days kept; older ones are removed.',
    }),
    keepAtLeastDays: Type.Integer({
      minimum: 1,
      maximum: 3650,
      default: 2,
      description: 'Newest days that are never removed to make room, however little of it there is.',
    }),
    maxGigabytes: Type.Number({
      exclusiveMinimum: 0,
      default: 50,
      description: 'Beyond this size the oldest days are removed. 10,000 servers write about 0.8 GB a day.',
    }),
    minFreeMegabytes: Type.Number({
      minimum: 0,
      default: 512,
      description: 'The oldest days are removed where the disk has less free space than this.',
    }),
    forecastEverySteps: Type.Integer({
      minimum: 1,
      maximum: 12,
      default: 1,
      description: 'Forecasts of every n-th five-minute step are kept.',
    }),
    concurrentQueries: Type.Integer({
      minimum: 1,
      maximum: 32,
      default: 3,
      description: 'Questions answered at the same time; further ones wait.',
    }),
    queryTimeoutSeconds: Type.Integer({
      minimum: 1,
      maximum: 3600,
      default: 60,
      description: 'Longest time a question may take; exports are not cut.',
    }),
    memoryMegabytes: Type.Integer({
      minimum: 64,
      maximum: 65_536,
      default: 256,
      description: 'Memory the history process may take for data; it sorts larger amounts on disk.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'History of measurements, forecasts and alerts.' },
);

export type HistoryConfig = Static<typeof HistoryConfigSchema>;
