/** Writes Prometheus's text format 0.0.4 as bytes: https://prometheus.io/docs/instrumenting/exposition_formats/ */

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
/** No number of the format is longer: the shortest exact form of a double. */
const LONGEST_NUMBER = 32;
/** Below this the scaled integer and its digits are exact in a double. */
const LARGEST_SCALED = 2 ** 53;

export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

/** A label value in quotes: backslash, quote and newline are escaped; lone surrogates become U+FFFD. */
export function quotedLabel(value: string): string {
  const escaped = value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
  return `"${escaped.toWellFormed()}"`;
}

/** `# HELP` and `# TYPE` lines of a family. */
export function familyHeader(name: string, help: string): Uint8Array {
  const escaped = help.replace(/[\\\n]/g, (character) => (character === '\n' ? '\\n' : '\\\\'));
  return bytesOf(`# HELP ${name} ${escaped}\n# TYPE ${name} gauge\n`);
}

/** Grows in chunks, so that a page of many megabytes is never copied. */
export class ExpositionWriter {
  readonly #full: Uint8Array[] = [];
  #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #length = 0;

  bytes(source: Uint8Array): void {
    if (this.#length + source.length > this.#chunk.length) this.#next(source.length);
    this.#chunk.set(source, this.#length);
    this.#length += source.length;
  }

  /**
   * Ends a sample with its value and a newline.
   * @param decimals digits after the point at most; zeros at the end are left out
   */
  value(value: number, decimals: number): void {
    if (this.#length + LONGEST_NUMBER > this.#chunk.length) this.#next(LONGEST_NUMBER);
    const scaled = Math.round(Math.abs(value) * 10 ** decimals);
    if (scaled < LARGEST_SCALED) this.#fixed(value < 0 && scaled > 0, scaled, decimals);
    else this.#text(specialOrExact(value));
    this.#chunk[this.#length] = NEWLINE;
    this.#length += 1;
  }

  /** What was written; the writer must not be used afterwards. */
  finish(): readonly Uint8Array[] {
    this.#full.push(this.#chunk.subarray(0, this.#length));
    return this.#full;
  }

  #next(atLeast: number): void {
    this.#full.push(this.#chunk.subarray(0, this.#length));
    this.#chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, atLeast));
    this.#length = 0;
  }

  #text(text: string): void {
    this.#length += this.#chunk.write(text, this.#length, 'latin1');
  }

  /** Writes scaled / 10^decimals. */
  #fixed(isNegative: boolean, scaled: number, decimals: number): void {
    let rest = scaled;
    let places = decimals;
    while (places > 0 && rest % 10 === 0) {
      rest /= 10;
      places -= 1;
    }
    if (isNegative) {
      this.#chunk[this.#length] = MINUS;
      this.#length += 1;
    }
    let digits = 1;
    for (let ten = 10; ten <= rest; ten *= 10) digits += 1;
    if (digits <= places) digits = places + 1;
    const end = this.#length + digits + (places > 0 ? 1 : 0);
    let at = end - 1;
    for (let digit = 0; digit < digits; digit += 1) {
      if (digit === places && places > 0) {
        this.#chunk[at] = POINT;
        at -= 1;
      }
      const next = Math.floor(rest / 10);
      this.#chunk[at] = ZERO + (rest - next * 10);
      rest = next;
      at -= 1;
    }
    this.#length = end;
  }
}

function specialOrExact(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}
