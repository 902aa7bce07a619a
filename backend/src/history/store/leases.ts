/** Files that are being read stay until the last reader that may open them is done. */
export class Leases {
  #next = 0;
  readonly #readers = new Set<number>();
  #waiting: { readonly until: number; readonly run: () => Promise<void> }[] = [];

  /** Begins reading. @returns a function that ends it */
  begin(): () => Promise<void> {
    const reader = this.#next++;
    this.#readers.add(reader);
    return async () => {
      this.#readers.delete(reader);
      await this.#runReady();
    };
  }

  /** Runs a removal once nobody reads any more who began before. */
  async whenUnread(run: () => Promise<void>): Promise<void> {
    this.#waiting.push({ until: this.#next, run });
    await this.#runReady();
  }

  async #runReady(): Promise<void> {
    const oldest = this.#readers.size === 0 ? Number.POSITIVE_INFINITY : Math.min(...this.#readers);
    const ready = this.#waiting.filter(({ until }) => until <= oldest);
    this.#waiting = this.#waiting.filter(({ until }) => until > oldest);
    for (const { run } of ready) await run();
  }
}
