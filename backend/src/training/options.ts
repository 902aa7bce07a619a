import { availableParallelism } from 'node:os';
import { type Augmentation, DEFAULT_AUGMENTATION } from './augmentation.ts';

/** How a training run reads its data and starts its weights; see TrainingOptions.mode. */
export const TRAINING_MODES = ['standard', 'incremental', 'streaming'] as const;
export type TrainingMode = (typeof TRAINING_MODES)[number];

/** One data set to train on. */
export interface TrainingData {
  readonly path: string;
  /** How often it is drawn, relative to the others; 1 by default. */
  readonly weight?: number;
  /** IANA zone of its servers' local time; UTC by default. */
  readonly timeZone?: string;
}

export interface TrainingOptions {
  readonly data: readonly TrainingData[];
  /**
   * Data of servers that are not trained on: they help to decide when to stop, and the finished network is scored on them.
   */
  readonly unseen?: string;
  /**
   * A generated fleet that is not trained on, with truth.parquet, to learn failure probabilities on; `unseen` by default
   * where it brings one.
   */
  readonly failures?: string;
  /** Folder of the new bundle. */
  readonly out: string;
  /** Replace what is at `out`. */
  readonly replace?: boolean;
  /**
   * standard: from random weights. incremental: from the weights and moments of `from`. Both hold all data in memory.
   * streaming: from random weights, one folder of files that follow each other in time, read one after the other.
   */
  readonly mode: TrainingMode;
  /** Bundle whose graphs are trained, and in incremental mode its weights. */
  readonly from: string;
  readonly epochs: number;
  /** Windows drawn in one epoch. */
  readonly samplesPerEpoch?: number;
  readonly peakRate?: number;
  readonly seed?: number;
  /** Limit of the decay of the weights' moving average. */
  readonly averaging?: number;
  /** Epochs without a better validation score after which training stops. */
  readonly patience?: number;
  /** Share of the time at the end of each data set that is held back. */
  readonly validationShare?: number;
  /** Most windows of one data set that a validation scores. */
  readonly validationWindows?: number;
  readonly augmentation?: Augmentation;
  /** Names of forecast metrics that may have the same value throughout. */
  readonly allowStill?: readonly string[];
  /** Go on from the checkpoint of a run that was broken off. */
  readonly resume?: boolean;
  /** File of the checkpoint; beside `out` by default. */
  readonly checkpoint?: string;
  readonly threads?: number;
  /** Stops the run after the current step; its checkpoint stays. */
  readonly signal?: AbortSignal;
}

/** Every option with its default in place. */
export type TrainingSettings = Readonly<
  Required<Omit<TrainingOptions, 'unseen' | 'failures' | 'signal'>> & {
    unseen: string | undefined;
    failures: string | undefined;
    signal: AbortSignal | undefined;
  }
>;

/** Weights that already know something are moved with a gentler hand. */
const PEAK_RATE: Readonly<Record<TrainingMode, number>> = {
  standard: 2e-3,
  incremental: 3e-4,
  streaming: 2e-3,
};

const DEFAULT_SAMPLES_PER_EPOCH = 32_000;

/** Fills in what was left open. */
export function completeOptions(options: TrainingOptions): TrainingSettings {
  return {
    samplesPerEpoch: DEFAULT_SAMPLES_PER_EPOCH,
    peakRate: PEAK_RATE[options.mode],
    seed: 1,
    averaging: 0.998,
    patience: 10,
    validationShare: 0.15,
    validationWindows: 512,
    augmentation: DEFAULT_AUGMENTATION,
    allowStill: [],
    resume: false,
    replace: false,
    checkpoint: `${options.out}.checkpoint`,
    threads: availableParallelism(),
    unseen: undefined,
    failures: undefined,
    signal: undefined,
    ...options,
  };
}

/** Steps of one epoch. */
export function stepsPerEpochOf({ samplesPerEpoch }: TrainingSettings, batch: number): number {
  return Math.max(1, Math.round(samplesPerEpoch / batch));
}

/** File of the epochs' reports while a run goes on. */
export function epochLogOf({ out }: TrainingSettings): string {
  return `${out}.training_log.jsonl`;
}
