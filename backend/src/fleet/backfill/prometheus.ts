import type { BackfillConfig } from './config.ts';

/** One series of an answer. */
export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** [time in seconds, value as text] */
  readonly points: readonly (readonly [number, string])[];
}

/** Why a question was not answered. */
export class PrometheusError extends Error {
  /** True where every further question would fail too. */
  readonly isFinal: boolean;

  constructor(message: string, isFinal: boolean) {
    super(message);
    this.isFinal = isFinal;
  }
}

const SHOWN_ERROR_LENGTH = 300;
const NOT_ALLOWED = [401, 403];

function authorization({ bearerToken, username, password }: BackfillConfig): Record<string, string> {
  if (bearerToken !== undefined) return { authorization: `Bearer ${bearerToken}` };
  if (username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // fetch hides the reason (refused, unknown host, …) in the cause.
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return cause === '' ? error.message : cause;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function seriesOf(answer: unknown): readonly RangeSeries[] {
  const data = isRecord(answer) && isRecord(answer.data) ? answer.data : null;
  if (data === null || data.resultType !== 'matrix' || !Array.isArray(data.result))
    throw new PrometheusError('the answer is not that of a Prometheus query API', true);
  return data.result.map((series: { metric: Record<string, string>; values?: RangeSeries['points'] }) => ({
    labels: series.metric,
    points: series.values ?? [],
  }));
}

/** A client of the range queries of Prometheus's HTTP API, version 1. */
export class PrometheusClient {
  readonly #url: string;
  readonly #config: BackfillConfig;
  readonly #signal: AbortSignal;

  constructor(config: BackfillConfig, signal: AbortSignal) {
    this.#url = `${config.prometheusUrl.replace(/\/+$/, '')}/api/v1/query_range`;
    this.#config = config;
    this.#signal = signal;
  }

  /**
   * @param startSeconds first time of the answer, seconds since the epoch
   * @throws PrometheusError
   */
  async queryRange(
    expression: string,
    startSeconds: number,
    endSeconds: number,
    stepSeconds: number,
  ): Promise<readonly RangeSeries[]> {
    const body = new URLSearchParams({
      query: expression,
      start: String(startSeconds),
      end: String(endSeconds),
      step: String(stepSeconds),
    });
    const response = await this.#post(body);
    if (NOT_ALLOWED.includes(response.status))
      throw new PrometheusError(
        `it answered ${response.status}: check bearerToken, or username and password`,
        true,
      );
    let answer: unknown;
    try {
      answer = await response.json();
    } catch (error) {
      if (response.ok) throw this.#failure(error);
      throw new PrometheusError(`it answered ${response.status}`, response.status === 404);
    }
    if (response.ok) return seriesOf(answer);
    const told = isRecord(answer) && typeof answer.error === 'string' ? answer.error : '';
    throw new PrometheusError(
      `it answered ${response.status} ${told.slice(0, SHOWN_ERROR_LENGTH)}`.trim(),
      false,
    );
  }

  async #post(body: URLSearchParams): Promise<Response> {
    try {
      return await fetch(this.#url, {
        method: 'POST',
        headers: authorization(this.#config),
        body,
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(this.#config.timeoutSeconds * 1000)]),
      });
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #failure(error: unknown): PrometheusError {
    if (this.#signal.aborted) return new PrometheusError('it was stopped', true);
    if (error instanceof Error && error.name === 'TimeoutError')
      return new PrometheusError(`no answer within ${this.#config.timeoutSeconds} s (timeoutSeconds)`, false);
    return new PrometheusError(reasonOf(error), false);
  }
}
