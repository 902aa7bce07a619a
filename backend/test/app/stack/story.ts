/** What happens in a long test, line by line, as it happens. */
import type { TestContext } from 'node:test';

const SECOND_MS = 1000;

export class Story {
  readonly #t: TestContext;
  readonly #startedMs = Date.now();

  constructor(t: TestContext) {
    this.#t = t;
  }

  /** Seconds since the story began. */
  get seconds(): number {
    return (Date.now() - this.#startedMs) / SECOND_MS;
  }

  /** At once where E2E_STORY is set, else at the end of the test with its other remarks. */
  tell(text: string): void {
    const line = `${this.seconds.toFixed(1).padStart(6)} s  ${text}`;
    if (process.env.E2E_STORY === undefined) this.#t.diagnostic(line);
    else console.log(line);
  }

  /** Tells how long something took, in the sentence made from it. @returns what it resolves with */
  async timed<T>(work: Promise<T>, sentence: (seconds: string, result: T) => string): Promise<T> {
    const startMs = Date.now();
    const result = await work;
    this.tell(sentence(((Date.now() - startMs) / SECOND_MS).toFixed(1), result));
    return result;
  }
}
