/** Float records by fleet slot. Memory grows page by page, so that growing never copies what is there. */

const RECORDS_A_PAGE = 512;

export class PagedRecords {
  readonly #size: number;
  readonly #initial: number;
  readonly #pages: (Float32Array | undefined)[] = [];

  /**
   * @param size numbers of a record
   * @param initial what a record holds before it is written
   */
  constructor(size: number, initial: number) {
    this.#size = size;
    this.#initial = initial;
  }

  /** The record of a slot, a view on its page; made where there is none yet. */
  at(slot: number): Float32Array {
    const number = Math.floor(slot / RECORDS_A_PAGE);
    let page = this.#pages[number];
    if (page === undefined) {
      page = new Float32Array(RECORDS_A_PAGE * this.#size).fill(this.#initial);
      this.#pages[number] = page;
    }
    const start = (slot % RECORDS_A_PAGE) * this.#size;
    return page.subarray(start, start + this.#size);
  }

  /** Makes a record what it was before it was written. */
  clear(slot: number): void {
    if (this.#pages[Math.floor(slot / RECORDS_A_PAGE)] !== undefined) this.at(slot).fill(this.#initial);
  }

  /** Fills the same numbers of all records. */
  fillAll(from: number, to: number, value: number): void {
    for (const page of this.#pages) {
      if (page === undefined) continue;
      for (let start = 0; start < page.length; start += this.#size)
        page.fill(value, start + from, start + to);
    }
  }

  /** Makes all records what they were before they were written. */
  clearAll(): void {
    for (const page of this.#pages) page?.fill(this.#initial);
  }
}
