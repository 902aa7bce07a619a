/** What the gradient thread is asked and answers. */

export interface GradientInputs {
  readonly count: number;
  /** [count][WINDOW_STEPS][METRIC_COUNT] */
  readonly window: Float32Array;
  /** [count][CALENDAR_SIZE] */
  readonly calendar: Float32Array;
  /** [count] */
  readonly profile: BigInt64Array;
  /** [count], hash buckets. */
  readonly server: BigInt64Array;
  /** [TARGET_COUNT][HORIZON_STEPS][QUANTILE_COUNT] */
  readonly selector: Float32Array;
}

export type GradientRequest =
  | { readonly kind: 'load'; readonly id: number; readonly graphPath: string }
  | { readonly kind: 'run'; readonly id: number; readonly inputs: GradientInputs }
  | { readonly kind: 'close' };

export type GradientReply =
  | { readonly kind: 'loaded'; readonly id: number }
  /** [count][WINDOW_STEPS][METRIC_COUNT] */
  | { readonly kind: 'gradient'; readonly id: number; readonly gradient: Float32Array }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
