/** What is known of a training, while it runs and afterwards. */
import type { ProfileName } from '../../catalog/profiles.ts';

export type TrainingTrigger = 'manual' | 'drift' | 'schedule';
export type TrainingState = 'preparing' | 'training' | 'comparing' | 'activating';
/** `rolled_back`: a second line for a training whose model was taken and then did worse in service. */
export type TrainingOutcome = 'taken' | 'rejected' | 'failed' | 'cancelled' | 'rolled_back';

export interface TrainingData {
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
  readonly held_back_from: string;
  readonly servers: number;
  readonly days: number;
}

/** A training as it is kept in its folder; enough to go on with it after a crash. */
export interface TrainingJob {
  readonly id: string;
  readonly trigger: TrainingTrigger;
  /** Why it began, in a sentence with the numbers; one begun by an earlier version has none. */
  readonly cause?: string | null;
  /** When the world changed, where that is why it began. */
  readonly changedMs?: number;
  readonly startedMs: number;
  readonly epochs: number;
  readonly incremental: boolean;
  readonly samplesPerEpoch: number;
  readonly threads: number;
  readonly niceness: number;
  readonly marginPercent: number;
  /** Name and folder of the bundle whose graphs are trained, and which the new one is compared with. */
  readonly model: string;
  readonly modelFolder: string;
  /** Null until its data lies in its folder. */
  readonly data: TrainingData | null;
  readonly heldBackFromMs: number;
}

/** Old and new model on the held-back days; losses are shares of the best simple baseline's, lower is better. */
export interface ProfileComparison {
  readonly profile: ProfileName;
  readonly forecasts: number;
  readonly loss_old: number;
  readonly loss_new: number;
  readonly change_pct: number;
  readonly within_margin: boolean;
}

export interface Comparison {
  readonly forecasts: number;
  readonly from: string;
  readonly to: string;
  readonly loss_old: number;
  readonly loss_new: number;
  readonly change_pct: number;
  readonly margin_pct: number;
  readonly profiles: readonly ProfileComparison[];
}

/** A line of the log of trainings. */
export interface TrainingRecord {
  readonly training_id: string;
  readonly trigger: TrainingTrigger;
  /** Why it began, in a sentence with the numbers; null where nobody said. Absent in lines of earlier versions. */
  readonly cause?: string | null;
  readonly started_at: string;
  readonly finished_at: string;
  readonly minutes: number;
  readonly epochs: number;
  readonly incremental: boolean;
  readonly outcome: TrainingOutcome;
  /** In a sentence, with the numbers. */
  readonly reason: string;
  /** The new model, where it was taken. */
  readonly model: string | null;
  readonly compared_with: string | null;
  readonly data: TrainingData | null;
  readonly comparison: Comparison | null;
}

export interface TrainingProgress {
  readonly epoch: number;
  readonly epochs: number;
  /** Of the training itself, 0–100. */
  readonly percent: number;
  readonly secondsLeft: number | null;
}

/** From the training process. */
export type FromTraining =
  | { readonly kind: 'progress'; readonly progress: TrainingProgress }
  | { readonly kind: 'comparing' }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'failed'; readonly message: string };
