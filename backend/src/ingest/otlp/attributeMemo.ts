import { Fingerprint } from './fingerprint.ts';
import { NO_ROLE } from './rules.ts';

/** Slots of the memo: the attributes of a fleet are few (states, devices, mounts); rare ones just push each other out. */
const SLOTS = 16_384;

/**
 * Remembers what attributes mean by the fingerprint of their bytes, so that a known one costs no string. Direct-mapped:
 * bounded whatever clients send.
 */
export class AttributeMemo {
  readonly #lane1 = new Int32Array(SLOTS);
  readonly #lane2 = new Int32Array(SLOTS);
  readonly #role = new Int8Array(SLOTS).fill(NO_ROLE);
  readonly #code = new Uint16Array(SLOTS);
  readonly #known = new Uint8Array(SLOTS);

  /** @returns the slot of the fingerprint; the memo knows it where `isKnown` */
  slotOf(fingerprint: Fingerprint): number {
    return fingerprint.lane1 & (SLOTS - 1);
  }

  isKnown(slot: number, fingerprint: Fingerprint): boolean {
    return (
      this.#lane1[slot] === fingerprint.lane1 &&
      this.#lane2[slot] === fingerprint.lane2 &&
      this.#known[slot] === 1
    );
  }

  remember(slot: number, fingerprint: Fingerprint, role: number, code: number): void {
    this.#lane1[slot] = fingerprint.lane1;
    this.#lane2[slot] = fingerprint.lane2;
    this.#role[slot] = role;
    this.#code[slot] = code;
    this.#known[slot] = 1;
  }

  role(slot: number): number {
    return this.#role[slot];
  }

  code(slot: number): number {
    return this.#code[slot];
  }
}

const TABLE_SLOTS = 1024;

/** Positions of a fixed list of names, found by the fingerprint of their bytes. */
export class NameTable {
  readonly #lane1 = new Int32Array(TABLE_SLOTS);
  readonly #lane2 = new Int32Array(TABLE_SLOTS);
  readonly #position = new Int16Array(TABLE_SLOTS).fill(-1);
  readonly #fingerprint = new Fingerprint();

  constructor(names: readonly string[]) {
    if (names.length * 2 > TABLE_SLOTS) throw new RangeError(`${names.length} names are too many`);
    names.forEach((name, position) => {
      const bytes = Buffer.from(name);
      this.#fingerprint.of(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
      let slot = this.#fingerprint.lane1 & (TABLE_SLOTS - 1);
      while (this.#position[slot] >= 0) slot = (slot + 1) & (TABLE_SLOTS - 1);
      this.#lane1[slot] = this.#fingerprint.lane1;
      this.#lane2[slot] = this.#fingerprint.lane2;
      this.#position[slot] = position;
    });
  }

  /** @returns position of the name that stands in the bytes [start, end), or -1 */
  find(bytes: DataView, start: number, end: number): number {
    const fingerprint = this.#fingerprint;
    fingerprint.of(bytes, start, end);
    let slot = fingerprint.lane1 & (TABLE_SLOTS - 1);
    while (this.#position[slot] >= 0) {
      if (this.#lane1[slot] === fingerprint.lane1 && this.#lane2[slot] === fingerprint.lane2) {
        return this.#position[slot];
      }
      slot = (slot + 1) & (TABLE_SLOTS - 1);
    }
    return -1;
  }
}
