import { type Static, Type } from 'typebox';

const TIME_OF_DAY = '^([01][0-9]|2[0-3]):[0-5][0-9]$';

/** Settings of trainings that Argus runs on its own history. */
export const TrainingConfigSchema = Type.Object(
  {
    epochs: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 10,
      description: 'Epochs of a training that does not say how many.',
    }),
    samplesPerEpoch: Type.Integer({
      minimum: 64,
      maximum: 10_000_000,
      default: 16_000,
      description: 'Windows drawn in one epoch.',
    }),
    days: Type.Integer({
      minimum: 2,
      maximum: 3650,
      default: 30,
      description: 'Newest days of history that are trained on.',
    }),
    minDays: Type.Number({
      minimum: 3,
      maximum: 3650,
      default: 4,
      description: 'Days of measurements, held-back ones included, without which no training begins.',
    }),
    heldBackDays: Type.Number({
      minimum: 0.5,
      maximum: 30,
      default: 1,
      description: 'Newest days that are not trained on: old and new model are compared on them.',
    }),
    maxServers: Type.Integer({
      minimum: 1,
      maximum: 5000,
      default: 500,
      description:
        'Servers whose measurements are used at most, profiles taking turns; they are held in memory.',
    }),
    marginPercent: Type.Number({
      minimum: 0,
      maximum: 100,
      default: 2,
      description:
        'A new model may be worse than the old one by this much on any one profile, on the whole not at all.',
    }),
    threads: Type.Integer({
      minimum: 1,
      maximum: 64,
      default: 1,
      description: 'Threads a training computes with.',
    }),
    niceness: Type.Integer({
      minimum: 0,
      maximum: 19,
      default: 19,
      description: 'How far a training steps back behind everything else (Unix nice).',
    }),
    everyDays: Type.Number({
      minimum: 0,
      maximum: 365,
      default: 7,
      description: 'A training begins by itself this long after the last one; 0: never.',
    }),
    onDrift: Type.Boolean({
      default: true,
      description: 'A training begins by itself when servers no longer behave as they did (GET /drift).',
    }),
    driftSettleDays: Type.Number({
      minimum: 0,
      maximum: 30,
      default: 4,
      description:
        'A training for drift begins this long after it was detected: before there is too little of the new to learn from and to compare models on. It learns from a day before the change on.',
    }),
    cooldownHours: Type.Number({
      minimum: 0,
      maximum: 8760,
      default: 24,
      description: 'No training begins by itself sooner than this after another.',
    }),
    quietHours: Type.Optional(
      Type.Object(
        {
          start: Type.String({ pattern: TIME_OF_DAY, description: 'HH:MM' }),
          end: Type.String({ pattern: TIME_OF_DAY, description: 'HH:MM; before start: over midnight.' }),
          timeZone: Type.String({ minLength: 1, default: 'UTC', description: 'IANA time zone.' }),
        },
        {
          additionalProperties: false,
          description: 'Hours in which no training begins by itself; one under way goes on.',
        },
      ),
    ),
    rollbackPercent: Type.Number({
      minimum: 0,
      maximum: 1000,
      default: 10,
      description:
        'A new model whose loss in service, against the baselines, is by more than this worse than the old one had gives way to it.',
    }),
    keepModels: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 5,
      description: 'Newest trained models kept, beside the one in use.',
    }),
  },
  { additionalProperties: false, default: {}, description: "Trainings on Argus's own history." },
);

export type TrainingConfig = Static<typeof TrainingConfigSchema>;
