/** What the backend and the replay process say to each other. */
import { join } from 'node:path';
import type { TrainingDataRequest, TrainingFile } from '../../history/protocol.ts';
import type { StepSpan } from '../../training/datasets/windows.ts';
import type { ReplayConfig } from '../config.ts';
import type { ReplayProgress, ReplayQuestion, ReplayResult } from '../types.ts';

/** Everything a replay needs to know. */
export interface ReplayJob extends ReplayQuestion {
  /** What the history holds, as far as it is known. */
  readonly extent: StepSpan | null;
  /** Dates, `YYYY-MM-DD`, that are holidays for every server. */
  readonly holidays: readonly string[];
  readonly cacheFolder: string;
  readonly config: ReplayConfig;
}

/** Where measurements lie while they are read. Only one replay runs at a time. */
export function scratchOf({ cacheFolder }: Pick<ReplayJob, 'cacheFolder'>): string {
  return join(cacheFolder, 'scratch');
}

export interface ReplayFault {
  readonly code: string;
  readonly message: string;
}

export type ToReplay =
  | { readonly kind: 'start'; readonly job: ReplayJob }
  /** The file of measurements was written. */
  | { readonly kind: 'measured'; readonly file: TrainingFile }
  | { readonly kind: 'unmeasured'; readonly fault: ReplayFault };

export type FromReplay =
  | { readonly kind: 'progress'; readonly progress: ReplayProgress }
  /** The history is to write measurements. */
  | { readonly kind: 'measure'; readonly request: TrainingDataRequest }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'done'; readonly result: ReplayResult }
  | { readonly kind: 'failed'; readonly fault: ReplayFault };

/** The code and message of an error, as a client may see them. */
export function faultOf(error: unknown): ReplayFault {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const known = typeof code === 'string' && code.startsWith('ARGUS_') ? code : 'ARGUS_REPLAY_FAILED';
  return { code: known, message: String(message ?? error).split('\n')[0] };
}
