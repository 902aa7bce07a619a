import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Manifest } from '../../src/forecast/manifest.ts';
import { encodeSafetensors } from '../../src/training/bundle/safetensors.ts';
import { initialWeights, weightCount } from '../../src/training/weights.ts';

const PARAMETERS: Manifest['parameters'] = [
  { name: 'a.weight', shape: [2, 3], offset: 0, init: { kind: 'uniform', bound: 0.5 } },
  { name: 'a.bias', shape: [3], offset: 24, init: { kind: 'zeros' } },
  { name: 'norm', shape: [2], offset: 36, init: { kind: 'ones' } },
  { name: 'embedding', shape: [500, 2], offset: 44, init: { kind: 'normal', std: 2 } },
  { name: 'gate', shape: [1], offset: 4044, init: { kind: 'constant', value: -1.5 } },
];
const manifest = { parameters: PARAMETERS } as unknown as Manifest;

describe('model.safetensors', () => {
  it('has a header that names every tensor, its shape and where its bytes lie', () => {
    const weights = Float32Array.from({ length: 1012 }, (_, i) => i);
    const bytes = Buffer.concat(encodeSafetensors(manifest, weights, { id: 'x' }));
    const length = Number(bytes.readBigUInt64LE(0));
    assert.equal((8 + length) % 8, 0);
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
    assert.deepEqual(header.__metadata__, { id: 'x' });
    assert.deepEqual(header['a.bias'], { dtype: 'F32', shape: [3], data_offsets: [24, 36] });
    assert.equal(bytes.length, 8 + length + weights.byteLength);
    assert.equal(bytes.readFloatLE(8 + length + header['a.bias'].data_offsets[0]), 6);
    assert.equal(bytes.readFloatLE(8 + length + header.gate.data_offsets[0]), 1011);
  });
});

describe('initial weights', () => {
  it('are drawn as the manifest says, and again the same for the same seed', () => {
    assert.equal(weightCount(manifest), 1012);
    const weights = initialWeights(manifest, 7);
    assert.ok(weights.subarray(0, 6).every((value) => value !== 0 && Math.abs(value) <= 0.5));
    assert.deepEqual([...weights.subarray(6, 11)], [0, 0, 0, 1, 1]);
    assert.equal(weights[1011], -1.5);
    const spread = Math.sqrt(
      weights.subarray(11, 1011).reduce((sum, value) => sum + value * value, 0) / 1000,
    );
    assert.ok(Math.abs(spread - 2) < 0.15, `${spread}`);
    assert.deepEqual(initialWeights(manifest, 7), weights);
    assert.notDeepEqual(initialWeights(manifest, 8), weights);
  });
});
