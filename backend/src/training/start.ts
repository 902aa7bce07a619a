import type { Manifest } from '../forecast/manifest.ts';
import { type Checkpoint, readCheckpoint } from './checkpoint.ts';
import type { TrainingSettings } from './options.ts';
import { initialWeights, readOptimizerState } from './weights.ts';

/** What must be equal for a checkpoint to be this run's. */
function fingerprintOf(settings: TrainingSettings, manifest: Manifest): string {
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
    augmentation,
  } = settings;
  const { architecture, parameters, training } = manifest;
  return JSON.stringify([
    { data, unseen, mode, epochs, samplesPerEpoch, peakRate, seed, averaging, validationShare, augmentation },
    { architecture, training, parameters: parameters.length },
  ]);
}

/**
 * Where a run starts: its own checkpoint, a bundle's weights and moments, or random weights.
 * @throws CheckpointError, BundleUnusableError
 */
export async function firstCheckpoint(settings: TrainingSettings, manifest: Manifest): Promise<Checkpoint> {
  const fingerprint = fingerprintOf(settings, manifest);
  if (settings.resume) return readCheckpoint(settings.checkpoint, fingerprint);
  const start =
    settings.mode === 'incremental'
      ? await readOptimizerState(settings.from, manifest)
      : freshState(initialWeights(manifest, settings.seed));
  const average = start.weights.slice();
  return { ...start, fingerprint, step: 0, best: null, epochs: [], average, bestAverage: average.slice() };
}

function freshState(weights: Float32Array): Pick<Checkpoint, 'weights' | 'firstMoment' | 'secondMoment'> {
  return {
    weights,
    firstMoment: new Float32Array(weights.length),
    secondMoment: new Float32Array(weights.length),
  };
}
