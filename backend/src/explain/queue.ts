/** Explanations take turns: one at a time, one for each server, none that nobody waits for. */

/** A computation that several requests may wait for. */
export interface Flight<T> {
  readonly promise: Promise<T>;
  readonly isStarted: boolean;
  /** One more waits for it. @returns a function that says it no longer does; with nobody left it is cancelled */
  join(): () => void;
  /** From now on it is computed whether anybody waits or not. */
  detach(): void;
}

export type Work<T> = (signal: AbortSignal) => Promise<T>;

/** Thrown into a computation nobody waits for any more. */
export class NobodyWaitsError extends Error {
  constructor() {
    super('nobody waits for the answer any more');
  }
}

class Turn<T> implements Flight<T> {
  readonly #controller = new AbortController();
  readonly #result = Promise.withResolvers<T>();
  readonly #work: Work<T>;
  #waiters = 0;
  #detached = false;
  #started = false;

  constructor(work: Work<T>) {
    this.#work = work;
    // Whoever waits hears of a failure; without a waiter it must not end the process.
    this.#result.promise.catch(() => undefined);
  }

  get promise(): Promise<T> {
    return this.#result.promise;
  }

  get isStarted(): boolean {
    return this.#started;
  }

  get isCancelled(): boolean {
    return this.#controller.signal.aborted;
  }

  join(): () => void {
    this.#waiters++;
    let isWaiting = true;
    return () => {
      if (!isWaiting) return;
      isWaiting = false;
      this.#waiters--;
      if (this.#waiters === 0 && !this.#detached) this.cancel();
    };
  }

  detach(): void {
    this.#detached = true;
  }

  cancel(): void {
    const reason = new NobodyWaitsError();
    this.#controller.abort(reason);
    this.#result.reject(reason);
  }

  async run(): Promise<void> {
    this.#started = true;
    try {
      this.#result.resolve(await this.#work(this.#controller.signal));
    } catch (error) {
      this.#result.reject(error);
    }
  }
}

export class TurnQueue<T> {
  readonly #limit: number;
  readonly #onChanged: (waiting: number) => void;
  readonly #flights = new Map<string, Turn<T>>();
  #waiting: [string, Turn<T>][] = [];
  #current: Promise<void> | undefined;
  #closed = false;

  /** @param limit computations that may wait beside the one under way */
  constructor(limit: number, onChanged: (waiting: number) => void = () => undefined) {
    this.#limit = limit;
    this.#onChanged = onChanged;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** The computation under this key, whether under way or waiting. */
  find(key: string): Flight<T> | undefined {
    const flight = this.#flights.get(key);
    return flight?.isCancelled === true ? undefined : flight;
  }

  /**
   * Begins a computation when its turn comes.
   * @returns undefined where too many wait
   */
  add(key: string, work: Work<T>): Flight<T> | undefined {
    this.#waiting = this.#waiting.filter(([, turn]) => !turn.isCancelled);
    if (this.#closed || (this.#current !== undefined && this.#waiting.length >= this.#limit))
      return undefined;
    const turn = new Turn(work);
    this.#flights.set(key, turn);
    this.#waiting.push([key, turn]);
    this.#next();
    this.#onChanged(this.#waiting.length);
    return turn;
  }

  /** Cancels everything and waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const turn of this.#flights.values()) turn.cancel();
    this.#waiting = [];
    await this.#current;
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const entry = this.#waiting.shift();
    if (entry === undefined) return;
    const [key, turn] = entry;
    this.#onChanged(this.#waiting.length);
    this.#current = (turn.isCancelled ? Promise.resolve() : turn.run()).then(() => {
      if (this.#flights.get(key) === turn) this.#flights.delete(key);
      this.#current = undefined;
      this.#next();
    });
  }
}
