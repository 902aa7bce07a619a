import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addScores } from './bundle/write.ts';
import { calibrateBundle } from './calibration/calibrate.ts';
import { TRUTH_FILE } from './datasets/files.ts';
import { evaluateModel, summaryOf } from './evaluation/evaluate.ts';
import { evaluationTable } from './evaluation/table.ts';
import type { TrainingSettings } from './options.ts';
import type { TrainingReporter } from './reporter.ts';

/** Scores a finished bundle on servers it was not trained on, and calibrates it where their failures are known. */
export async function scoreOnUnseen(
  folder: string,
  { unseen, threads }: TrainingSettings,
  reporter: TrainingReporter,
): Promise<void> {
  if (unseen === undefined) return;
  const report = await evaluateModel({ data: unseen, model: folder, threads });
  reporter.note(evaluationTable(report));
  await addScores(folder, { evaluation: summaryOf(report) });
  if (!existsSync(join(unseen, TRUTH_FILE))) return;
  // Hours of training are not thrown away because some failures cannot be read: the bundle then has no table.
  const calibration = await calibrateBundle({ data: unseen, model: folder, threads }).catch((error: Error) =>
    reporter.note(`Probabilities are not calibrated: ${error.message}`),
  );
  for (const [horizon, { count, events, brier, ece }] of Object.entries(calibration ?? {})) {
    reporter.note(
      `failure within ${horizon}: ${events} in ${count} windows, Brier ${brier.toFixed(4)}, ECE ${ece.toFixed(4)}`,
    );
  }
}
