/** Makes the rows of each table from what the other stages hold. */
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { PROFILES } from '../catalog/profiles.ts';
import { P10, P50, P90, QUANTILE_COUNT, SCORE_PARTS, TARGET_COUNT, TARGETS } from '../catalog/targets.ts';
import { HORIZON_STEPS, HORIZONS, stepOf, WINDOW_STEPS } from '../catalog/time.ts';
import type { FleetView, Server } from '../fleet/types.ts';
import type { ForecastChunk } from '../forecast/types.ts';
import { summarizeFleet } from '../risk/fleetSummary.ts';
import type { AlertEvent, RiskAssessment } from '../risk/types.ts';
import { type Block, FORECAST_NUMBERS, RISK_NUMBERS, TABLES } from './tables.ts';

const BANDS = [P10, P50, P90] as const;
const FORECAST_WIDTH = RISK_NUMBERS.length + FORECAST_NUMBERS.length;
const FIRST_CAPACITY = 64;
/** Forecasts keep 12 bits of their mantissa: an error of 0.02% at most, at half the size on disk. */
const ROUNDING_HALF = 0x800;
const ROUNDING_MASK = 0xfffff000;

/** The forecasts of one cycle, collected chunk by chunk. */
export class ForecastRows {
  readonly step: number;
  readonly #names: string[] = [];
  readonly #profiles: string[] = [];
  readonly #modes: string[] = [];
  #numbers = new Float32Array(FIRST_CAPACITY * FORECAST_WIDTH);

  constructor(step: number) {
    this.step = step;
  }

  get count(): number {
    return this.#names.length;
  }

  /** Copies what is kept of a chunk, whose arrays are used again afterwards. */
  add({ count, servers, quantiles, modes }: ForecastChunk, fleet: FleetView): void {
    for (let position = 0; position < count; position++) {
      const server = fleet.byIndex(servers[position]);
      if (server === undefined) continue;
      const from = this.#row(server, modes[position]);
      let to = from + RISK_NUMBERS.length;
      for (let target = 0; target < TARGET_COUNT; target++) {
        for (const { steps } of HORIZONS) {
          const at = ((position * TARGET_COUNT + target) * HORIZON_STEPS + steps - 1) * QUANTILE_COUNT;
          for (const band of BANDS) this.#numbers[to++] = quantiles[at + band];
        }
      }
    }
  }

  /** The rows with the risk that was made of them. */
  block(assessmentOf: (server: string) => RiskAssessment | undefined): Block {
    const levels = this.#names.map((name, row) => {
      const assessment = assessmentOf(name);
      const from = row * FORECAST_WIDTH;
      // One from another step is not of this forecast.
      if (assessment?.originStep !== this.step) return null;
      this.#numbers[from] = assessment.score;
      this.#numbers[from + 1] = assessment.failureProbability30m;
      this.#numbers[from + 2] = assessment.failureProbability8h;
      SCORE_PARTS.forEach((part, i) => {
        this.#numbers[from + 3 + i] = assessment.parts[part];
      });
      return assessment.level;
    });
    const numbers = this.#numbers.subarray(0, this.count * FORECAST_WIDTH);
    roundForecasts(numbers);
    return {
      table: 'forecasts',
      steps: new Int32Array(this.count).fill(this.step),
      texts: [this.#names, this.#profiles, this.#modes, levels],
      numbers,
    };
  }

  #row({ name, profile }: Server, mode: string): number {
    const from = this.count * FORECAST_WIDTH;
    this.#names.push(name);
    this.#profiles.push(PROFILES[profile].name);
    this.#modes.push(mode);
    if (from + FORECAST_WIDTH > this.#numbers.length) {
      const larger = new Float32Array(this.#numbers.length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers.fill(Number.NaN, from, from + RISK_NUMBERS.length);
    return from;
  }
}

/** Rounds all but the risk numbers, which have to stay the sum of their parts. */
function roundForecasts(numbers: Float32Array): void {
  const bits = new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  for (let row = 0; row < numbers.length; row += FORECAST_WIDTH) {
    for (let i = row + RISK_NUMBERS.length; i < row + FORECAST_WIDTH; i++) {
      if (!Number.isNaN(numbers[i])) bits[i] = (bits[i] + ROUNDING_HALF) & ROUNDING_MASK;
    }
  }
}

/** Collects measured rows of some steps, server by server. */
export class MetricRows {
  readonly #steps: readonly number[];
  readonly #lastStep: number;
  readonly #window = new Float32Array(WINDOW_STEPS * METRIC_COUNT);
  readonly #rowSteps: number[] = [];
  readonly #names: string[] = [];
  readonly #profiles: string[] = [];
  readonly #timeZones: string[] = [];
  readonly #countries: (string | null)[] = [];
  #numbers = new Float32Array(FIRST_CAPACITY * METRIC_COUNT);

  /** @param steps within the window of the fleet's newest closed step, or a little before */
  constructor(steps: readonly number[]) {
    this.#steps = steps;
    this.#lastStep = Math.max(...steps);
  }

  add(fleet: FleetView, server: Server): void {
    fleet.copyWindow(server.index, this.#lastStep, this.#window, 0);
    for (const step of this.#steps) {
      const row = WINDOW_STEPS - 1 - (this.#lastStep - step);
      const from = row * METRIC_COUNT;
      const values = this.#window.subarray(from, from + METRIC_COUNT);
      if (row < 0 || values.every(Number.isNaN)) continue;
      this.#append(step, server, values);
    }
  }

  block(): Block {
    return {
      table: 'metrics',
      steps: Int32Array.from(this.#rowSteps),
      texts: [this.#names, this.#profiles, this.#timeZones, this.#countries],
      numbers: this.#numbers.subarray(0, this.#rowSteps.length * METRIC_COUNT),
    };
  }

  #append(step: number, { name, profile, timeZone, country }: Server, values: Float32Array): void {
    const to = this.#rowSteps.length * METRIC_COUNT;
    if (to + METRIC_COUNT > this.#numbers.length) {
      const larger = new Float32Array(this.#numbers.length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers.set(values, to);
    this.#rowSteps.push(step);
    this.#names.push(name);
    this.#profiles.push(PROFILES[profile].name);
    this.#timeZones.push(timeZone);
    this.#countries.push(country ?? null);
  }
}

/** Critical threshold of an alert's cause; null where it has none. */
export type CriticalThreshold = (server: string, target: number) => number | null;

export function alertBlock(events: readonly AlertEvent[], thresholdOf: CriticalThreshold): Block {
  const unique = [...new Map(events.map((event) => [event.id, event])).values()];
  const { numbers } = TABLES.alerts;
  const values = new Float64Array(unique.length * numbers.length);
  unique.forEach(({ atMs, alert }, row) => {
    const threshold = alert.causeTarget < 0 ? null : thresholdOf(alert.server, alert.causeTarget);
    values.set(
      [
        atMs,
        alert.openedAtMs,
        alert.resolvedAtMs ?? Number.NaN,
        alert.score,
        alert.leadSeconds ?? Number.NaN,
        threshold ?? Number.NaN,
      ],
      row * numbers.length,
    );
  });
  const text = (of: (event: AlertEvent) => string | null) => unique.map(of);
  return {
    table: 'alerts',
    steps: Int32Array.from(unique, ({ atMs }) => stepOf(atMs)),
    texts: [
      text(({ id }) => id),
      text(({ alert }) => alert.id),
      text(({ alert }) => alert.server),
      text(({ alert }) => PROFILES[alert.profile].name),
      text(({ type }) => type),
      text(({ previousLevel }) => previousLevel),
      text(({ alert }) => alert.level),
      text(({ alert }) => (alert.causeTarget < 0 ? null : TARGETS[alert.causeTarget].name)),
      text(({ alert }) => alert.message),
    ],
    numbers: values,
  };
}

/** The fleet after a cycle: each server once, stale, without a score, or by its level. */
export function environmentBlock(
  step: number,
  fleet: FleetView,
  assessmentOf: (server: string) => RiskAssessment | undefined,
): Block {
  let stale = 0;
  let total = 0;
  const scored: RiskAssessment[] = [];
  for (const server of fleet.servers()) {
    total++;
    const assessment = assessmentOf(server.name);
    if (fleet.isStale(server.index)) stale++;
    else if (assessment !== undefined) scored.push(assessment);
  }
  const { byLevel, health, failureProbability30m, failureProbability8h } = summarizeFleet(scored);
  const known = (value: number) => (scored.length === 0 ? Number.NaN : value);
  return {
    table: 'environment',
    steps: Int32Array.of(step),
    texts: [],
    numbers: Float64Array.of(
      total,
      byLevel.critical,
      byLevel.warning,
      byLevel.degraded,
      byLevel.healthy,
      total - stale - scored.length,
      stale,
      known(health),
      known(failureProbability30m),
      known(failureProbability8h),
    ),
  };
}
