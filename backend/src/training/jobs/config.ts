import { type Static, Type } from 'typebox';

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
