import type { Manifest } from '../forecast/manifest.ts';
import { type Checkpoint, NO_TOTALS, readCheckpoint } from './checkpoint.ts';
import type { TrainingSettings } from './options.ts';
import type { TrainingSource } from './source.ts';
import { initialWeights, readOptimizerState } from './weights.ts';

/** What must be equal for a checkpoint to be this run's: settings, network, and what was found in the data. */
function fingerprintOf(settings: TrainingSettings, manifest: Manifest, source: TrainingSource): string {
  const {
    data,
    unseen,
    mode,
    epochs,
    samplesPerEpoch,
    peakRate,
    seed,
    averaging,
    validationShare,
    validationWindows,
    augmentation,
  } = settings;
  const { architecture, parameters, training } = manifest;
  return JSON.stringify([
    { data, unseen, mode, epochs, samplesPerEpoch, peakRate, seed, averaging },
    { validationShare, validationWindows, augmentation },
    { architecture, training, parameters: parameters.length },
    source.description,
  ]);
}

/**
 * Where a run starts: its own checkpoint, a bundle's weights and moments, or random weights.
 * @throws CheckpointError, BundleUnusableError
 */
export async function firstCheckpoint(
  settings: TrainingSettings,
  manifest: Manifest,
  source: TrainingSource,
): Promise<Checkpoint> {
  const fingerprint = fingerprintOf(settings, manifest, source);
  if (settings.resume) return readCheckpoint(settings.checkpoint, fingerprint);
  const start =
    settings.mode === 'incremental'
      ? await readOptimizerState(settings.from, manifest)
      : freshState(initialWeights(manifest, settings.seed));
  const average = start.weights.slice();
  const arrays = { ...start, average, bestAverage: average.slice() };
  return { fingerprint, step: 0, totals: NO_TOTALS, place: null, best: null, epochs: [], ...arrays };
}

function freshState(weights: Float32Array): Pick<Checkpoint, 'weights' | 'firstMoment' | 'secondMoment'> {
  return {
    weights,
    firstMoment: new Float32Array(weights.length),
    secondMoment: new Float32Array(weights.length),
  };
}
