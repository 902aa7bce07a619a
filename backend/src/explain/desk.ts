/** Where explanations are asked for: kept until the next forecast, computed one after the other, each once. */
import type { Server } from '../fleet/types.ts';
import { ExplainBusyError, ExplainFailedError } from './errors.ts';
import type { ExplainMetrics } from './metrics.ts';
import { type Flight, NobodyWaitsError, TurnQueue } from './queue.ts';
import type { ExplainMethod, ExplanationAnswer } from './schemas.ts';
import type { Subject } from './subject.ts';
import { requireReady, type SubjectSources, subjectOf } from './subjects.ts';

const SECOND_MS = 1000;
/** Assumed of an explanation before the first was timed. */
const FIRST_GUESS_MS = 500;
/** Share of the newest duration in the estimate. */
const NEWEST_SHARE = 0.3;

/** When to ask again where the workers themselves have too much to do. */
const OVERLOAD_SECONDS = 5;

interface Kept {
  readonly originStep: number;
  readonly modelId: string | null;
  readonly answer: ExplanationAnswer;
}

/** An answer that is there, or one that is on its way. */
export type Asked =
  | { readonly kind: 'there'; readonly answer: ExplanationAnswer }
  | { readonly kind: 'coming'; readonly flight: Flight<ExplanationAnswer> };

export interface DeskOptions {
  readonly sources: SubjectSources;
  readonly metrics: ExplainMetrics;
  readonly queueLimit: number;
  readonly cacheEntries: number;
  readonly compute: (subject: Subject, method: ExplainMethod) => Promise<ExplanationAnswer>;
  /** Id of the model in use. */
  modelId(): string | null;
}

export class ExplanationDesk {
  readonly #with: DeskOptions;
  readonly #queue: TurnQueue<ExplanationAnswer>;
  readonly #kept = new Map<string, Kept>();
  #typicalMs = FIRST_GUESS_MS;

  constructor(options: DeskOptions) {
    this.#with = options;
    this.#queue = new TurnQueue(options.queueLimit, (waiting) => options.metrics.waiting.set(waiting));
  }

  /**
   * Asks for a server's explanation.
   * @throws ExplainNotReadyError, ExplainBusyError
   */
  ask(server: Server, method: ExplainMethod): Asked {
    const { sources, metrics } = this.#with;
    requireReady(sources, server);
    const kept = this.#keptOf(server, method);
    if (kept !== undefined) {
      metrics.requests.inc({ outcome: 'cached' });
      return { kind: 'there', answer: kept };
    }
    const originStep = sources.risk.assessmentOf(server.name)?.originStep;
    const key = `${server.name}\n${originStep}\n${method}`;
    const flight = this.#queue.find(key) ?? this.#begin(key, server, method);
    if (flight === undefined) {
      metrics.requests.inc({ outcome: 'busy' });
      throw this.busy();
    }
    return { kind: 'coming', flight };
  }

  /** Seconds after which asking again is worth while. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil(((this.#queue.waiting + 1) * this.#typicalMs) / SECOND_MS));
  }

  /** The refusal when too many wait. */
  busy(): Error {
    const seconds = this.retryAfterSeconds;
    return Object.assign(new ExplainBusyError(seconds), { retryAfterSeconds: seconds });
  }

  /** Forgets a server that left: its name may come back as another machine. */
  forget(server: Server): void {
    this.#kept.delete(server.name);
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }

  #keptOf(server: Server, method: ExplainMethod): ExplanationAnswer | undefined {
    const kept = this.#kept.get(server.name);
    const originStep = this.#with.sources.risk.assessmentOf(server.name)?.originStep;
    const isCurrent = kept?.originStep === originStep && kept?.modelId === this.#with.modelId();
    // A full enumeration is as good an answer to who did not ask for one.
    const isEnough = method === 'auto' || kept?.answer.shap.method === 'exact';
    return isCurrent && isEnough ? kept?.answer : undefined;
  }

  #begin(key: string, server: Server, method: ExplainMethod): Flight<ExplanationAnswer> | undefined {
    return this.#queue.add(key, (signal) => this.#compute(server, method, signal));
  }

  async #compute(server: Server, method: ExplainMethod, signal: AbortSignal): Promise<ExplanationAnswer> {
    const { sources, metrics, compute, cacheEntries } = this.#with;
    const start = performance.now();
    try {
      const subject = subjectOf(sources, server, signal);
      const answer = await compute(subject, method);
      const tookMs = performance.now() - start;
      this.#typicalMs += NEWEST_SHARE * (tookMs - this.#typicalMs);
      metrics.duration.observe(tookMs / SECOND_MS);
      metrics.runs.inc(answer.shap.runs + answer.counterfactual.searched);
      metrics.requests.inc({ outcome: 'computed' });
      const { originStep } = subject.assessment;
      this.#keep(server.name, { originStep, modelId: subject.inputs.modelId, answer }, cacheEntries);
      return answer;
    } catch (error) {
      if (error instanceof NobodyWaitsError) {
        metrics.requests.inc({ outcome: 'cancelled' });
        throw error;
      }
      metrics.requests.inc({ outcome: 'failed' });
      throw asClientError(error);
    }
  }

  #keep(name: string, kept: Kept, most: number): void {
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > most && oldest !== undefined) this.#kept.delete(oldest);
  }
}

/** Errors of the forecast stage reach the client as a failure that may pass; those that are ours as they are. */
export function asClientError(error: unknown): unknown {
  if (error instanceof NobodyWaitsError) return new ExplainFailedError('Argus is stopping.');
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  if (code === 'ARGUS_FORECAST_OVERLOADED') {
    return Object.assign(new ExplainBusyError(OVERLOAD_SECONDS), { retryAfterSeconds: OVERLOAD_SECONDS });
  }
  if (!/^ARGUS_(FORECAST|MODEL)_/.test(code)) return error;
  return Object.assign(new ExplainFailedError(error.message), { retryAfterSeconds: 1 });
}
