import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addScores } from './bundle/write.ts';
import { calibrateBundle } from './calibration/calibrate.ts';
import { TRUTH_FILE } from './datasets/files.ts';
import { evaluateModel, summaryOf } from './evaluation/evaluate.ts';
import { evaluationTable } from './evaluation/table.ts';
import type { TrainingSettings } from './options.ts';
import type { TrainingReporter } from './reporter.ts';

/** Scores a finished bundle on servers it was not trained on, and teaches it failures where they are known. */
export async function scoreOnUnseen(
  folder: string,
  settings: TrainingSettings,
  reporter: TrainingReporter,
): Promise<void> {
  const { unseen, threads } = settings;
  if (unseen !== undefined) {
    const report = await evaluateModel({ data: unseen, model: folder, threads });
    reporter.note(evaluationTable(report));
    await addScores(folder, { evaluation: summaryOf(report) });
  }
  const failures = settings.failures ?? unseen;
  if (failures !== undefined && existsSync(join(failures, TRUTH_FILE))) {
    await learnFailures(folder, failures, threads, reporter);
  }
}

async function learnFailures(
  model: string,
  data: string,
  threads: number,
  reporter: TrainingReporter,
): Promise<void> {
  // Hours of training are not thrown away because some failures cannot be read: the bundle then has no table.
  const calibration = await calibrateBundle({ data, model, threads }).catch((error: Error) =>
    reporter.note(`Probabilities are not calibrated: ${error.message}`),
  );
  for (const [horizon, { count, events, brierSkill, ece }] of Object.entries(calibration ?? {})) {
    const skill = brierSkill === null ? 'unknown' : brierSkill.toFixed(3);
    reporter.note(
      `failure within ${horizon}: ${events} in ${count} windows, Brier skill ${skill}, ECE ${ece.toFixed(4)}`,
    );
  }
}
