/** The contract of a model bundle, as docs/model-bundle.md describes it. */

import type { Static, TSchema } from 'typebox';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { CALENDAR_FEATURES, PATCH_STEPS } from '../catalog/calendar.ts';
import { METRICS } from '../catalog/metrics.ts';
import { PROFILES } from '../catalog/profiles.ts';
import { QUANTILES, TARGETS } from '../catalog/targets.ts';
import { CONTEXT_STEPS, HORIZON_STEPS, STEP_SECONDS, WINDOW_STEPS } from '../catalog/time.ts';
import { CatalogDisagreementError, ManifestInvalidError } from './errors.ts';

export const MANIFEST_FORMAT = 1;
/** Quantile levels are written in decimal by several languages; they agree to this much. */
const QUANTILE_TOLERANCE = 1e-6;

const Count = Type.Integer({ minimum: 0 });
const Positive = Type.Integer({ minimum: 1 });
const Names = Type.Array(Type.String(), { minItems: 1 });

const TensorSchema = Type.Object({
  name: Type.String(),
  type: Type.String(),
  shape: Type.Array(Type.Union([Type.String(), Count])),
});

const InitSchema = Type.Union([
  Type.Object({ kind: Type.Literal('uniform'), bound: Type.Number() }),
  Type.Object({ kind: Type.Literal('normal'), std: Type.Number() }),
  Type.Object({ kind: Type.Literal('constant'), value: Type.Number() }),
  Type.Object({ kind: Type.Union([Type.Literal('zeros'), Type.Literal('ones')]) }),
]);

export const ManifestSchema = Type.Object({
  format: Type.Literal(MANIFEST_FORMAT),
  id: Type.String({ minLength: 1, maxLength: 200 }),
  created: Type.String({ minLength: 1 }),
  architecture: Type.Object({
    name: Type.String(),
    hidden: Positive,
    heads: Positive,
    lstm_layers: Positive,
    patch_steps: Positive,
    dropout: Type.Number({ minimum: 0, maximum: 1 }),
    parameter_count: Count,
  }),
  window_steps: Positive,
  context_steps: Positive,
  horizon_steps: Positive,
  step_seconds: Positive,
  metrics: Names,
  targets: Names,
  quantiles: Type.Array(Type.Number(), { minItems: 1 }),
  profiles: Names,
  server_hash: Type.Object({
    algorithm: Type.Literal('fnv1a32'),
    seed: Type.Integer({ minimum: 0, maximum: 0xffffffff }),
    buckets: Type.Integer({ minimum: 2 }),
  }),
  calendar: Names,
  inputs: Type.Array(TensorSchema),
  outputs: Type.Array(TensorSchema),
  minimum_onnxruntime: Type.String({ pattern: '^\\d+\\.\\d+\\.\\d+$' }),
  parameters: Type.Array(
    Type.Object({ name: Type.String(), shape: Type.Array(Count), offset: Count, init: InitSchema }),
  ),
  training: Type.Object({
    batch: Positive,
    noise_columns: Count,
    weight_decay: Type.Number({ minimum: 0 }),
    clip_norm: Type.Number({ exclusiveMinimum: 0 }),
  }),
  golden: Type.Object({
    absolute_tolerance: Type.Number({ minimum: 0 }),
    relative_tolerance: Type.Number({ minimum: 0 }),
  }),
  files: Type.Record(
    Type.String(),
    Type.Object({ sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }), bytes: Count }),
  ),
  scores: Type.Record(Type.String(), Type.Unknown()),
});

export type Manifest = Static<typeof ManifestSchema>;
export type ManifestParameter = Manifest['parameters'][number];

/** A file name that stays inside its bundle: no separators, no leading dot. */
const FILE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

const manifestValidator = Compile(ManifestSchema as TSchema);

/**
 * Reads a manifest and holds it against the schema.
 * @param bundleName how the bundle is called in errors
 * @throws ManifestInvalidError naming the field
 */
export function parseManifest(text: string, bundleName: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ManifestInvalidError(bundleName, 'the file', 'is not JSON');
  }
  if (!isManifest(value)) {
    const [first] = manifestValidator.Errors(value);
    throw new ManifestInvalidError(
      bundleName,
      first?.instancePath || 'the document',
      first?.message ?? 'is wrong',
    );
  }
  const badName = Object.keys(value.files).find((name) => !FILE_NAME.test(name));
  if (badName !== undefined) {
    throw new ManifestInvalidError(
      bundleName,
      '/files',
      `names '${badName}', which is not a plain file name`,
    );
  }
  return value;
}

function isManifest(value: unknown): value is Manifest {
  return manifestValidator.Check(value);
}

/**
 * Holds a manifest against the catalog: same metrics, targets, quantiles, profiles and calendar in the same order, and
 * the same clock grid.
 * @throws CatalogDisagreementError naming the field, what it is and what it has to be
 */
export function checkCatalog(manifest: Manifest, bundleName: string): void {
  const names = (table: readonly { readonly name: string }[]): string[] => table.map((entry) => entry.name);
  const wanted: readonly (readonly [string, unknown, unknown])[] = [
    ['metrics', manifest.metrics, names(METRICS)],
    ['targets', manifest.targets, names(TARGETS)],
    ['profiles', manifest.profiles, names(PROFILES)],
    ['calendar', manifest.calendar, CALENDAR_FEATURES],
    ['window_steps', manifest.window_steps, WINDOW_STEPS],
    ['context_steps', manifest.context_steps, CONTEXT_STEPS],
    ['horizon_steps', manifest.horizon_steps, HORIZON_STEPS],
    ['step_seconds', manifest.step_seconds, STEP_SECONDS],
    ['architecture.patch_steps', manifest.architecture.patch_steps, PATCH_STEPS],
  ];
  for (const [field, found, expected] of wanted) {
    const foundText = JSON.stringify(found);
    const expectedText = JSON.stringify(expected);
    if (foundText !== expectedText) {
      throw new CatalogDisagreementError(bundleName, field, foundText, expectedText);
    }
  }
  if (!sameQuantiles(manifest.quantiles)) {
    throw new CatalogDisagreementError(
      bundleName,
      'quantiles',
      JSON.stringify(manifest.quantiles),
      JSON.stringify(QUANTILES),
    );
  }
}

function sameQuantiles(found: readonly number[]): boolean {
  return (
    found.length === QUANTILES.length &&
    QUANTILES.every((quantile, index) => Math.abs(quantile - found[index]) < QUANTILE_TOLERANCE)
  );
}
