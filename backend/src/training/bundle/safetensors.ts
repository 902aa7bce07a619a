import type { Manifest } from '../../forecast/manifest.ts';
import { bytesOf, sizeOf } from '../weights.ts';

const LENGTH_BYTES = 8;
const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;
/** The data that follows the header starts at a multiple of this, so that it can be mapped as it is. */
const ALIGNMENT = 8;

/**
 * The weights by name, in the safetensors format: uint64 header length, JSON header, data.
 * @see https://github.com/huggingface/safetensors#format
 */
export function encodeSafetensors(
  manifest: Manifest,
  weights: Float32Array,
  metadata: Readonly<Record<string, string>>,
): readonly Uint8Array[] {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const data: Uint8Array[] = [];
  let end = 0;
  for (const parameter of manifest.parameters) {
    const start = parameter.offset / FLOAT_BYTES;
    const bytes = bytesOf(weights.subarray(start, start + sizeOf(parameter)));
    header[parameter.name] = {
      dtype: 'F32',
      shape: parameter.shape,
      data_offsets: [end, end + bytes.length],
    };
    data.push(bytes);
    end += bytes.length;
  }
  const text = JSON.stringify(header);
  const encoded = new TextEncoder().encode(text);
  const padding = (ALIGNMENT - (encoded.length % ALIGNMENT)) % ALIGNMENT;
  const head = new Uint8Array(LENGTH_BYTES + encoded.length + padding).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(encoded.length + padding), true);
  head.set(encoded, LENGTH_BYTES);
  return [head, ...data];
}
