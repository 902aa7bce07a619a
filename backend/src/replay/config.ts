import { type Static, Type } from 'typebox';

/** Settings of replays: what trying out other thresholds on the past may cost. */
export const ReplayConfigSchema = Type.Object(
  {
    maxServerDays: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 20_000,
      description:
        'Servers times days a replay may be about; their measurements are held in memory, about 16 kB a server and day.',
    }),
    threads: Type.Integer({
      minimum: 1,
      maximum: 64,
      default: 2,
      description: 'Threads a replay computes with.',
    }),
    niceness: Type.Integer({
      minimum: 0,
      maximum: 19,
      default: 15,
      description: 'How far a replay steps back behind everything else (Unix nice).',
    }),
    cacheMegabytes: Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      default: 1024,
      description:
        'Forecasts of earlier replays kept on disk, so that the next thresholds are tried in seconds; the oldest go first.',
    }),
    abandonedAfterSeconds: Type.Integer({
      minimum: 5,
      maximum: 86_400,
      default: 60,
      description: 'A replay that nobody asks about for this long is given up.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Replays of the past under other settings.' },
);

export type ReplayConfig = Static<typeof ReplayConfigSchema>;
