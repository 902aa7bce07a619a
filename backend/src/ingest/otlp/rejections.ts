/** Why points are refused, in the words of a partial success. */
import type { OtlpConfig } from '../config.ts';

const DETAIL = {
  no_identity: (config: OtlpConfig) =>
    `their resource has none of ${config.identityAttributes.join(', ')}; add one, for example with the Collector's ` +
    'resource_detection processor (detectors: [env, system])',
  bad_name: (config: OtlpConfig) =>
    `the server's name is empty, longer than ${config.maxAttributeValueLength} characters, not UTF-8 or has control characters`,
  server_refused: () =>
    'the fleet does not admit the server: it is full, has too many newcomers at this moment, or the name is unusable; ' +
    'raise fleet.maxServers where this many servers are right',
  series_limit: (config: OtlpConfig) =>
    `the server has more than ${config.maxSeriesPerServer} series, or all servers more than ${config.maxSeries}; ` +
    'drop per-CPU or per-container series at the sender or raise ingest.otlp.maxSeriesPerServer',
  no_time: () => 'they have no timestamp (time_unix_nano is 0)',
  too_old: () => 'they are older than the window of 24 hours',
  too_new: (config: OtlpConfig) =>
    `they are more than ${config.maxClockSkewSeconds} s ahead of this machine's clock; check the sender's clock`,
  no_value: () => 'they have neither asDouble nor asInt',
  not_finite: () => 'their value is NaN or infinite',
  negative: () => 'their value is negative where it cannot be',
  out_of_range: () => 'their value is above what the metric can reach (1 for a ratio, 100 for a percentage)',
} as const;

export type RejectionReason = keyof typeof DETAIL;

/** Points refused in one request, by reason. */
export class Rejections {
  readonly #counts = new Map<RejectionReason, number>();
  #examples = new Map<RejectionReason, string>();

  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  get byReason(): ReadonlyMap<RejectionReason, number> {
    return this.#counts;
  }

  /** @param example metric or server it happened at first; a message names one example a reason */
  add(reason: RejectionReason, count: number, example: string): void {
    if (count === 0) return;
    if (!this.#counts.has(reason)) this.#examples.set(reason, printable(example));
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  /** One sentence a reason: how many, an example, why, and what to do. */
  message(config: OtlpConfig): string {
    return [...this.#counts]
      .map(([reason, count]) => {
        const example = this.#examples.get(reason) ?? '';
        const where = example === '' ? '' : `, for example ${example}`;
        return `${count} point${count === 1 ? '' : 's'} refused (${reason}${where}): ${DETAIL[reason](config)}.`;
      })
      .join(' ');
  }
}

const MAX_EXAMPLE_LENGTH = 80;

/** A client's string, short and without control characters, fit for a message. */
function printable(text: string): string {
  const short = text.length > MAX_EXAMPLE_LENGTH ? `${text.slice(0, MAX_EXAMPLE_LENGTH)}…` : text;
  return short.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, '\ufffd');
}
