import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WEIGHTS_FILE } from '../forecast/bundle.ts';
import type { Manifest, ManifestParameter } from '../forecast/manifest.ts';
import { BundleUnusableError } from './errors.ts';
import { Random } from './random.ts';

export const OPTIMIZER_FILE = 'optimizer.bin';
const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;
/** Keeps the stream of initial weights apart from those of sampling and dropout. */
const INIT_STREAM = 1;

/** Number of values of one parameter. */
export function sizeOf(parameter: ManifestParameter): number {
  return parameter.shape.reduce((product, length) => product * length, 1);
}

/** Number of values of all parameters together: the length of weights.bin in float32. */
export function weightCount(manifest: Manifest): number {
  return manifest.parameters.reduce((most, p) => Math.max(most, p.offset / FLOAT_BYTES + sizeOf(p)), 0);
}

/** Weights to start a training from scratch, drawn as the manifest says. */
export function initialWeights(manifest: Manifest, seed: number): Float32Array {
  const weights = new Float32Array(weightCount(manifest));
  manifest.parameters.forEach((parameter, position) => {
    const start = parameter.offset / FLOAT_BYTES;
    const draw = drawOf(parameter, new Random(seed, INIT_STREAM, position));
    for (let i = start; i < start + sizeOf(parameter); i++) weights[i] = draw();
  });
  return weights;
}

function drawOf({ init }: ManifestParameter, random: Random): () => number {
  switch (init.kind) {
    case 'uniform':
      return () => init.bound * (2 * random.uniform() - 1);
    case 'normal':
      return () => init.std * random.normal();
    case 'constant':
      return () => init.value;
    case 'ones':
      return () => 1;
    case 'zeros':
      return () => 0;
  }
}

/** AdamW's state: what a training goes on from. */
export interface OptimizerState {
  readonly weights: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

/**
 * Weights and moments of a bundle, to be trained further.
 * @throws BundleUnusableError where a file is absent or does not fit the manifest
 */
export async function readOptimizerState(folder: string, manifest: Manifest): Promise<OptimizerState> {
  const count = weightCount(manifest);
  const weights = await readFloats(folder, WEIGHTS_FILE, count);
  const moments = await readFloats(folder, OPTIMIZER_FILE, 2 * count);
  return { weights, firstMoment: moments.slice(0, count), secondMoment: moments.slice(count) };
}

async function readFloats(folder: string, name: string, count: number): Promise<Float32Array> {
  const bytes = await readFile(join(folder, name)).catch(() => undefined);
  if (bytes === undefined) throw new BundleUnusableError(folder, `it has no ${name}.`);
  if (bytes.length !== count * FLOAT_BYTES) {
    throw new BundleUnusableError(
      folder,
      `${name} has ${bytes.length} bytes where its manifest says ${count * FLOAT_BYTES}.`,
    );
  }
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** The bytes of a float array as they lie on disk (little-endian, as every machine Node runs on). */
export function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
