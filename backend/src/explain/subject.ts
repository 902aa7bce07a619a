/** One server under explanation: what its forecast was made from, and how other windows of it would be scored. */
import type { ForecastInputs, ForecastReruns } from '../forecast/rerun.ts';
import type { Assessor } from '../risk/assessor.ts';
import type { RiskAssessment } from '../risk/types.ts';

export interface Subject {
  readonly inputs: ForecastInputs;
  readonly assessment: RiskAssessment;
  readonly reruns: ForecastReruns;
  readonly assessor: Assessor;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Counts the model's runs of one explanation. */
export interface RunCounter {
  runs: number;
}

/**
 * Risk scores of windows that are made one by one.
 * @param write writes window `index`, [WINDOW_STEPS][METRIC_COUNT] from `offset`
 */
export async function scoresOf(
  { inputs, reruns, assessor, signal }: Subject,
  count: number,
  write: (index: number, windows: Float32Array, offset: number) => void,
): Promise<Float64Array> {
  const scores = new Float64Array(count);
  const { server } = inputs;
  await reruns.run(
    inputs,
    {
      count,
      write,
      read: (index, quantiles, quantilesOffset, windows, windowOffset) => {
        scores[index] = assessor.score(server, quantiles, quantilesOffset, windows, windowOffset);
      },
    },
    signal,
  );
  return scores;
}

/** Risk scores of whole windows. */
export function scoresOfWindows(subject: Subject, windows: readonly Float32Array[]): Promise<Float64Array> {
  return scoresOf(subject, windows.length, (index, out, offset) => out.set(windows[index], offset));
}

/**
 * Risk score of a changed window, run beside the server's own as a what-if is: what float32 sums come to depends in the last
 * digits on how many windows are run together.
 */
export async function scoreBesideOwn(subject: Subject, changed: Float32Array): Promise<number> {
  const [, after] = await scoresOfWindows(subject, [subject.inputs.window, changed]);
  return after;
}
