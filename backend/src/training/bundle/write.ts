import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CALENDAR_FEATURES, PATCH_STEPS } from '../../catalog/calendar.ts';
import { METRICS } from '../../catalog/metrics.ts';
import { TARGETS } from '../../catalog/targets.ts';
import { syncFolder, writeSynced } from '../../fleet/persistence/wholeFile.ts';
import {
  digestOf,
  FORECAST_GRAPH_FILE,
  GOLDEN_FILE,
  MANIFEST_CHECKSUM_FILE,
  MANIFEST_FILE,
  manifestChecksum,
  readManifest,
  WEIGHTS_FILE,
} from '../../forecast/bundle.ts';
import { encodeGolden } from '../../forecast/golden.ts';
import { UNKNOWN_SERVER } from '../../forecast/hash.ts';
import type { Manifest } from '../../forecast/manifest.ts';
import { CALIBRATION_FILE } from '../../risk/calibration.ts';
import type { Sample } from '../datasets/windows.ts';
import { OutputExistsError } from '../errors.ts';
import { BatchForecaster } from '../forecaster.ts';
import { TRAIN_GRAPH_FILE } from '../stepper.ts';
import { bytesOf, OPTIMIZER_FILE, type OptimizerState } from '../weights.ts';
import { makeGolden } from './golden.ts';
import { encodeSafetensors } from './safetensors.ts';

export const GRADIENT_GRAPH_FILE = 'grad.onnx';
const GRAPH_FILES = [FORECAST_GRAPH_FILE, GRADIENT_GRAPH_FILE, TRAIN_GRAPH_FILE];

/** What a training gives to a bundle; graphs and everything that is not trained come from the template. */
export interface BundleContent {
  /** Folder of the bundle whose graphs are reused. */
  readonly template: string;
  readonly manifest: Manifest;
  /** Trained weights, and the moments a later training goes on from. */
  readonly state: OptimizerState;
  readonly trainingInfo: Readonly<Record<string, unknown>>;
  /** A line of JSON for each epoch. */
  readonly trainingLog: string;
  readonly scores: Readonly<Record<string, unknown>>;
  /** Windows the golden check may be made of. */
  readonly goldenSamples: readonly Sample[];
  readonly seed: number;
}

/**
 * Writes a complete bundle under a temporary name, syncs it, and renames it to `out`.
 * @param finish adds to the complete bundle before it gets its name; what it changes it seals again
 * @param replace what is at `out` gives way; otherwise it is an error that something is there
 * @returns the manifest as written
 * @throws OutputExistsError
 */
export async function writeBundle(
  out: string,
  content: BundleContent,
  replace: boolean,
  finish: (folder: string) => Promise<void>,
): Promise<Manifest> {
  const temporary = `${resolve(out)}.${process.pid}.tmp`;
  await mkdir(temporary, { recursive: true });
  try {
    await fillFolder(temporary, content);
    await finish(temporary);
    const manifest = await readManifest(temporary);
    await moveInto(temporary, resolve(out), replace);
    return manifest;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function fillFolder(folder: string, content: BundleContent): Promise<void> {
  const { template, state, scores } = content;
  await copyGraphs(template, folder);
  await copyFile(join(template, CALIBRATION_FILE), join(folder, CALIBRATION_FILE)).catch(() => undefined);
  const created = new Date().toISOString();
  const id = `${content.manifest.architecture.name}-${created.replaceAll(/[-:]|\.\d+/g, '')}`;
  const manifest: Manifest = { ...content.manifest, id, created, scores };
  await writeSynced(join(folder, WEIGHTS_FILE), [bytesOf(state.weights)]);
  await writeSynced(join(folder, OPTIMIZER_FILE), [bytesOf(state.firstMoment), bytesOf(state.secondMoment)]);
  await writeSynced(
    join(folder, 'model.safetensors'),
    encodeSafetensors(manifest, state.weights, { id, format: 'pt' }),
  );
  for (const [name, value] of Object.entries(descriptions(manifest, content))) {
    await writeSynced(join(folder, name), [jsonBytes(value)]);
  }
  await writeSynced(join(folder, 'training_log.jsonl'), [new TextEncoder().encode(content.trainingLog)]);
  // The forecaster reads the manifest, so one has to lie there before the golden check can be computed.
  await writeSynced(join(folder, MANIFEST_FILE), [jsonBytes(manifest)]);
  await writeGolden(folder, manifest, content);
  await sealBundle(folder, manifest);
}

/** Copies the graphs of a bundle, which training does not change. */
export async function copyGraphs(template: string, folder: string): Promise<void> {
  for (const name of GRAPH_FILES) await copyFile(join(template, name), join(folder, name));
}

async function writeGolden(folder: string, manifest: Manifest, content: BundleContent): Promise<void> {
  const forecaster = await BatchForecaster.open(folder, 1);
  try {
    const golden = await makeGolden(content.goldenSamples, manifest.server_hash, forecaster, content.seed);
    await writeSynced(join(folder, GOLDEN_FILE), [encodeGolden(golden)]);
  } finally {
    await forecaster.close();
  }
}

/** The JSON files beside the manifest, by name. */
function descriptions(manifest: Manifest, { trainingInfo }: BundleContent): Record<string, unknown> {
  return {
    'config.json': {
      architecture: manifest.architecture,
      training: manifest.training,
      quantiles: manifest.quantiles,
    },
    'server_mapping.json': {
      ...manifest.server_hash,
      unknown_bucket: UNKNOWN_SERVER,
      first_bucket: UNKNOWN_SERVER + 1,
      profiles: Object.fromEntries(manifest.profiles.map((name, position) => [name, position])),
    },
    'dataset_parameters.json': {
      step_seconds: manifest.step_seconds,
      window_steps: manifest.window_steps,
      context_steps: manifest.context_steps,
      horizon_steps: manifest.horizon_steps,
      patch_steps: PATCH_STEPS,
      metrics: METRICS.map(({ name, unit }) => ({ name, unit })),
      targets: TARGETS.map(({ name, unit, metric, derivation }) => ({
        name,
        unit,
        metric: METRICS[metric].name,
        derivation,
      })),
      calendar: CALENDAR_FEATURES,
      missing: 'NaN',
      scaling: 'per window, inside the graph',
    },
    'training_info.json': trainingInfo,
  };
}

/** Adds scores to a bundle's manifest, and seals it. */
export async function addScores(folder: string, scores: Readonly<Record<string, unknown>>): Promise<void> {
  const manifest = await readManifest(folder);
  await sealBundle(folder, { ...manifest, scores: { ...manifest.scores, ...scores } });
}

/** Takes stock of a bundle's files and writes its manifest with their checksums. Call it after any change. */
export async function sealBundle(folder: string, manifest: Manifest): Promise<void> {
  const files: Record<string, { sha256: string; bytes: number }> = {};
  for (const name of (await readdir(folder)).sort()) {
    if (name !== MANIFEST_FILE && name !== MANIFEST_CHECKSUM_FILE)
      files[name] = await digestOf(join(folder, name));
  }
  const sealed: Manifest = { ...manifest, files };
  const bytes = jsonBytes(sealed);
  await writeSynced(join(folder, MANIFEST_FILE), [bytes]);
  await writeSynced(join(folder, MANIFEST_CHECKSUM_FILE), [
    new TextEncoder().encode(manifestChecksum(bytes)),
  ]);
  await syncFolder(folder);
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

/** Fails early, before hours of training, where the bundle could not be put in its place. */
export async function refuseExisting(out: string, replace: boolean): Promise<void> {
  const exists = await stat(out).then(
    () => true,
    () => false,
  );
  if (exists && !replace) throw new OutputExistsError(out);
}

async function moveInto(temporary: string, out: string, replace: boolean): Promise<void> {
  await refuseExisting(out, replace);
  const previous = `${out}.${process.pid}.previous`;
  await mkdir(dirname(out), { recursive: true });
  const hadPrevious = await rename(out, previous).then(
    () => true,
    () => false,
  );
  await rename(temporary, out);
  if (hadPrevious) await rm(previous, { recursive: true, force: true });
  await syncFolder(dirname(out));
}
