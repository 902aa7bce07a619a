import type { OtlpConfig } from '../config.ts';
import { BusyError, StoppingError } from '../errors.ts';

/** Bounds what is being read and decoded, over both transports. */
export class Gate {
  readonly #config: OtlpConfig;
  #requests = 0;
  #bytes = 0;
  #isOpen = false;

  constructor(config: OtlpConfig) {
    this.#config = config;
  }

  get requests(): number {
    return this.#requests;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    this.#isOpen = true;
  }

  /** From now on newcomers are told to come back later. */
  close(): void {
    this.#isOpen = false;
  }

  /**
   * Lets a request in.
   * @throws StoppingError, or BusyError where there are too many already
   */
  enter(): Pass {
    if (!this.#isOpen) throw new StoppingError(this.#config.retryAfterSeconds);
    if (this.#requests >= this.#config.maxRequestsInFlight)
      throw new BusyError(this.#config.retryAfterSeconds);
    this.#requests++;
    let held = 0;
    let hasLeft = false;
    return {
      hold: (bytes) => {
        if (hasLeft) return;
        if (this.#bytes + bytes > this.#config.maxBytesInFlight) {
          throw new BusyError(this.#config.retryAfterSeconds);
        }
        held += bytes;
        this.#bytes += bytes;
      },
      leave: () => {
        if (hasLeft) return;
        hasLeft = true;
        this.#requests--;
        this.#bytes -= held;
      },
    };
  }
}

/** A request's right to be worked on. */
export interface Pass {
  /**
   * Accounts for bytes that the request keeps in memory until it leaves.
   * @throws BusyError where all requests together hold too many
   */
  hold(bytes: number): void;
  /** May be called more than once. */
  leave(): void;
}
