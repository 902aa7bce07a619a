/** Scores forecasts as people got them, by what came: an account that does not rest on Argus's own. */
import { METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { TARGET_LIST, targetValue } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../../src/catalog/time.ts';
import { geometricMean } from '../../src/training/jobs/comparison.ts';
import type { ForecastAnswer } from './answers.ts';
import type { TargetSums } from './record.ts';

const TARGETS = TARGET_LIST.length;
/** Truth kept: a day before an origin and its horizon. */
const KEPT_STEPS = WINDOW_STEPS + HORIZON_STEPS + 1;
const QUANTILES = [0.1, 0.5, 0.9] as const;

interface Awaited {
  readonly origin: number;
  readonly forecasts: ReadonlyMap<string, ForecastAnswer>;
}

type Sums = { -readonly [Name in keyof TargetSums]: number };

/** Pinball loss of a quantile: the level's share of what came above it, the rest's of what came below. */
export function pinball(level: number, quantile: number, actual: number): number {
  const error = actual - quantile;
  return Math.max(level * error, (level - 1) * error);
}

function pointLoss(point: number, actual: number): number {
  // A point is all its quantiles; the mean level is one half.
  return QUANTILES.reduce((sum, level) => sum + pinball(level, point, actual), 0) / QUANTILES.length;
}

/** Scores the forecasts of some servers once all of their horizon has come. */
export class Scorer {
  readonly #servers: ReadonlyMap<string, number>;
  readonly #truth: Float64Array;
  readonly #waiting: Awaited[] = [];

  constructor(servers: readonly string[]) {
    this.#servers = new Map(servers.map((name, index) => [name, index]));
    this.#truth = new Float64Array(servers.length * KEPT_STEPS * TARGETS).fill(Number.NaN);
  }

  get servers(): readonly string[] {
    return [...this.#servers.keys()];
  }

  /** @param rows the 14 metrics of servers that were measured in a step, by name */
  measured(step: number, rows: ReadonlyMap<string, Float64Array>): void {
    const row = new Float32Array(METRIC_COUNT);
    for (const [name, index] of this.#servers) {
      row.fill(Number.NaN);
      row.set(rows.get(name) ?? []);
      TARGET_LIST.forEach((target, i) => {
        this.#truth[this.#at(index, step) + i] = targetValue(target, row, 0);
      });
    }
  }

  /** Takes forecasts that begin after a step. */
  given(origin: number, forecasts: ReadonlyMap<string, ForecastAnswer>): void {
    this.#waiting.push({ origin, forecasts });
  }

  /** Scores what has come by a step. */
  due(
    step: number,
  ): readonly { readonly origin: number; readonly targets: Readonly<Record<string, TargetSums>> }[] {
    const count = this.#waiting.findIndex(({ origin }) => origin + HORIZON_STEPS > step);
    const ready = this.#waiting.splice(0, count < 0 ? this.#waiting.length : count);
    return ready.map(({ origin, forecasts }) => ({ origin, targets: this.#score(origin, forecasts) }));
  }

  #at(server: number, step: number): number {
    return (server * KEPT_STEPS + (step % KEPT_STEPS)) * TARGETS;
  }

  #score(origin: number, forecasts: ReadonlyMap<string, ForecastAnswer>): Record<string, TargetSums> {
    const scored: Record<string, TargetSums> = {};
    TARGET_LIST.forEach(({ name }, target) => {
      const sums: Sums = { count: 0, loss: 0, lossLast: 0, lossYesterday: 0, absoluteError: 0, covered: 0 };
      for (const [server, { targets }] of forecasts) {
        const bands = targets[name];
        const index = this.#servers.get(server);
        if (bands !== undefined && index !== undefined) this.#add(sums, index, origin, target, bands);
      }
      if (sums.count > 0) scored[name] = sums;
    });
    return scored;
  }

  #add(
    sums: Sums,
    server: number,
    origin: number,
    target: number,
    { p10, p50, p90 }: ForecastAnswer['targets'][string],
  ): void {
    const last = this.#truth[this.#at(server, origin) + target];
    for (let step = 0; step < HORIZON_STEPS; step++) {
      const actual = this.#truth[this.#at(server, origin + 1 + step) + target];
      const yesterday = this.#truth[this.#at(server, origin + 1 + step - WINDOW_STEPS) + target];
      if (Number.isNaN(actual + last + yesterday)) continue;
      const bands = [p10[step], p50[step], p90[step]];
      sums.count++;
      sums.loss +=
        QUANTILES.reduce((sum, level, i) => sum + pinball(level, bands[i], actual), 0) / bands.length;
      sums.lossLast += pointLoss(last, actual);
      sums.lossYesterday += pointLoss(yesterday, actual);
      sums.absoluteError += Math.abs(actual - p50[step]);
      if (actual >= p10[step] && actual <= p90[step]) sums.covered++;
    }
  }
}

/** Pinball loss as a share of the better baseline's, geometric mean over the targets; null where nothing can be compared. */
export function relativeLoss(
  lines: readonly { readonly targets: Readonly<Record<string, TargetSums>> }[],
): number | null {
  const shares = TARGET_LIST.flatMap(({ name }) => {
    const sums = lines.flatMap(({ targets }) => targets[name] ?? []);
    const total = (of: (sum: TargetSums) => number) => sums.reduce((all, one) => all + of(one), 0);
    const best = Math.min(
      total(({ lossLast }) => lossLast),
      total(({ lossYesterday }) => lossYesterday),
    );
    return best > 0 ? [total(({ loss }) => loss) / best] : [];
  });
  return shares.length === 0 ? null : geometricMean(shares);
}
