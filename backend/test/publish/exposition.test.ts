import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bytesOf, ExpositionWriter, quotedLabel } from '../../src/publish/exposition.ts';

function written(value: number, decimals: number): string {
  const out = new ExpositionWriter();
  out.value(value, decimals);
  return Buffer.concat(out.finish()).toString();
}

describe('a sample value', () => {
  it('is written with the decimals asked for at most, and without zeros at the end', () => {
    assert.equal(written(0, 3), '0\n');
    assert.equal(written(12.5, 3), '12.5\n');
    assert.equal(written(-0.25, 3), '-0.25\n');
    assert.equal(written(0.0004, 3), '0\n');
    assert.equal(written(-0.0004, 3), '0\n');
    assert.equal(written(0.001, 3), '0.001\n');
    assert.equal(written(1000, 0), '1000\n');
    assert.equal(written(100, 10), '100\n');
    assert.equal(written(83.4384765625, 10), '83.4384765625\n');
  });

  it('is exact or special where it has no fixed form', () => {
    assert.equal(written(Number.NaN, 3), 'NaN\n');
    assert.equal(written(Number.POSITIVE_INFINITY, 3), '+Inf\n');
    assert.equal(written(Number.NEGATIVE_INFINITY, 3), '-Inf\n');
    assert.equal(written(1e300, 3), '1e+300\n');
    assert.equal(Number(written(2 ** 60, 0)), 2 ** 60);
  });

  it('reads back as the number rounded to its decimals', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.nat(6), (value, decimals) => {
        const read = Number(written(value, decimals));
        assert.ok(Math.abs(read - value) <= 0.5 / 10 ** decimals + Math.abs(value) * 1e-15);
      }),
    );
  });

  it('is exact for every score', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 102_400 }), (ticks) => {
        assert.equal(Number(written(ticks / 1024, 10)), ticks / 1024);
      }),
    );
  });
});

describe('the writer', () => {
  it('keeps every byte in order across its chunks', () => {
    const out = new ExpositionWriter();
    const lines = Array.from({ length: 60_000 }, (_, i) => `some_metric{label="${'x'.repeat(i % 40)}"} `);
    lines.forEach((line, i) => {
      out.bytes(bytesOf(line));
      out.value(i, 0);
    });
    out.bytes(new Uint8Array(3_000_000).fill(0x61));
    const text = Buffer.concat(out.finish()).toString();
    assert.equal(text, lines.map((line, i) => `${line}${i}\n`).join('') + 'a'.repeat(3_000_000));
  });
});

describe('a label value', () => {
  it('is escaped so that reading it gives the name back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const quoted = quotedLabel(name);
        assert.ok(!quoted.includes('\n'));
        const inside = quoted.slice(1, -1);
        assert.ok(!/(?<!\\)(\\\\)*"/.test(inside));
        const read = inside.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
        assert.equal(read, name.toWellFormed());
      }),
    );
  });
});
