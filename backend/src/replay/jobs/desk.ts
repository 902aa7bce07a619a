/** Takes replays, one at a time, keeps their results for a while, and gives up what nobody asks about any more. */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../catalog/time.ts';
import { ReplayBusyError, ReplayUnknownError } from '../errors.ts';
import type { ReplayProgress } from '../types.ts';
import { type ReplayEnd, type ReplayHearing, ReplayProcess } from './process.ts';
import type { ReplayJob } from './protocol.ts';

const ID_BYTES = 8;
const KEPT = 10;
const LOOK_EVERY_MS = 1000;
const BEGUN: ReplayProgress = { state: 'reading', percent: 0, secondsLeft: null };

/** A replay that was asked for. */
export interface Replay {
  readonly id: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly progress: ReplayProgress;
  /** Null while it is under way. */
  readonly end: ReplayEnd | null;
}

interface Entry extends Replay {
  readonly job: ReplayJob;
  readonly process: ReplayProcess;
  askedMs: number;
  progress: ReplayProgress;
  end: ReplayEnd | null;
}

/** What makes two requests the same. */
function questionOf({ fromMs, toMs, names, today, proposed, model }: ReplayJob) {
  return { fromMs, toMs, names, today, proposed, model };
}

export interface ReplayDeskOptions {
  readonly clock: Clock;
  readonly abandonedAfterSeconds: number;
  readonly measure: ReplayHearing['measure'];
  readonly note: (text: string) => void;
  readonly ended: (end: ReplayEnd['kind'], seconds: number) => void;
}

export class ReplayDesk {
  readonly #options: ReplayDeskOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: ReplayDeskOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.giveUpAbandoned(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /**
   * Begins a replay, or joins the same one that is under way.
   * @throws ReplayBusyError where another one is
   */
  begin(job: ReplayJob): Replay {
    const active = this.#active();
    if (active === undefined) return this.#start(job);
    if (!isDeepStrictEqual(questionOf(active.job), questionOf(job))) throw new ReplayBusyError(active.id);
    active.askedMs = this.#options.clock.now();
    return active;
  }

  /** @throws ReplayUnknownError */
  get(id: string): Replay {
    const entry = this.#require(id);
    entry.askedMs = this.#options.clock.now();
    return entry;
  }

  /** Resolves when a replay is over. @throws ReplayUnknownError */
  async over(id: string): Promise<void> {
    await this.#require(id).process.ended;
  }

  /** Ends a replay; one that is over stays as it is. @throws ReplayUnknownError */
  async cancel(id: string): Promise<void> {
    await this.#require(id).process.cancel();
  }

  giveUpAbandoned(): void {
    const { clock, abandonedAfterSeconds } = this.#options;
    const active = this.#active();
    if (active !== undefined && clock.now() - active.askedMs > abandonedAfterSeconds * 1000) {
      void active.process.cancel();
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#active()?.process.cancel();
  }

  #active(): Entry | undefined {
    return [...this.#entries.values()].find(({ end }) => end === null);
  }

  #require(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new ReplayUnknownError(id.slice(0, 64));
    return entry;
  }

  #start(job: ReplayJob): Replay {
    const { clock, measure, note, ended } = this.#options;
    const startMs = performance.now();
    const process = new ReplayProcess(job, {
      measure,
      note,
      progress: (progress) => {
        entry.progress = progress;
      },
    });
    const id = randomBytes(ID_BYTES).toString('hex');
    const { fromMs, toMs } = job;
    const entry: Entry = { id, fromMs, toMs, job, process, askedMs: clock.now(), progress: BEGUN, end: null };
    this.#entries.set(id, entry);
    void process.ended.then((end) => {
      entry.end = end;
      ended(end.kind, (performance.now() - startMs) / 1000);
      this.#forgetOldest();
    });
    return entry;
  }

  #forgetOldest(): void {
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= KEPT) return;
      this.#entries.delete(id);
    }
  }
}
