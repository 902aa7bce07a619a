/**
 * Integrated gradients of the risk by every measured value: the fast form for lists, and the picture by hour.
 *
 * The path goes from a donor's window to the server's own. The risk is a function of quantiles, these of the window. So the
 * slopes of the score are averaged along the straight line between the two forecasts first; with that selector the risk
 * becomes a weighted sum of quantiles, whose gradient the network's graph gives for all points of the path in one run.
 * @see Sundararajan, Taly & Yan 2017, Axiomatic Attribution for Deep Networks
 */
import { CALENDAR_SIZE } from '../catalog/calendar.ts';
import { METRIC_COUNT, METRICS } from '../catalog/metrics.ts';
import { TARGET_COUNT } from '../catalog/targets.ts';
import { STEPS_AN_HOUR, WINDOW_STEPS } from '../catalog/time.ts';
import { NETWORK } from '../forecast/baselines.ts';
import { FORECAST_SIZE, TARGET_SIZE, WINDOW_SIZE } from '../forecast/batch.ts';
import type { GradientHost } from './gradientHost.ts';
import { stepTime } from './localTime.ts';
import type { HeatAnswer } from './schemas.ts';
import type { Subject } from './subject.ts';

/** Points of the path: the middles of six equal stretches. */
const PATH: readonly number[] = [1, 3, 5, 7, 9, 11].map((twelfth) => twelfth / 12);
/** The server's own window alone: a plain gradient. */
export const NO_PATH: readonly number[] = [1];
/** Points between the two forecasts at which the score's slopes are taken; they cost next to nothing. */
const SLOPE_POINTS = 16;
const HOURS = WINDOW_STEPS / STEPS_AN_HOUR;

const HEAT_NOTE =
  'An approximation for the picture: integrated gradients from the first donor to the server. The groups are the figures that add up.';

export interface GradientAttribution {
  /** [WINDOW_STEPS][METRIC_COUNT], points of risk; 0 where not measured. */
  readonly values: Float64Array;
  /** Risk of the server's window minus that of the donor's. */
  readonly riskDifference: number;
}

interface Forecasts {
  readonly own: Float32Array;
  readonly donors: Float32Array;
  readonly ownRisk: number;
  readonly donorsRisk: number;
}

/** The donor's window, with the server's own values where the donor has none and gaps where the server has. */
function pathStart(own: Float32Array, donor: Float32Array): Float32Array {
  return own.map((value, i) => (Number.isNaN(value) || Number.isNaN(donor[i]) ? value : donor[i]));
}

async function forecastsOf(subject: Subject, start: Float32Array): Promise<Forecasts> {
  const { inputs, reruns, assessor, signal } = subject;
  const windows = [inputs.window, start];
  const quantiles = [new Float32Array(FORECAST_SIZE), new Float32Array(FORECAST_SIZE)];
  const risks = [0, 0];
  await reruns.run(
    inputs,
    {
      count: windows.length,
      write: (index, out, offset) => out.set(windows[index], offset),
      read: (index, forecast, at, window, windowAt) => {
        quantiles[index].set(forecast.subarray(at, at + FORECAST_SIZE));
        risks[index] = assessor.score(inputs.server, forecast, at, window, windowAt);
      },
    },
    signal,
  );
  return { own: quantiles[0], donors: quantiles[1], ownRisk: risks[0], donorsRisk: risks[1] };
}

/** Newest rows that count as "now" in a severity, with room to spare. */
const PRESENT_ROWS = 12;

/** A window whose present is unknown: what is past a threshold already is certain, and certainty has no slope. */
function withoutPresent(window: Float32Array): Float32Array {
  return window.slice().fill(Number.NaN, window.length - PRESENT_ROWS * METRIC_COUNT);
}

/** Mean slope of the score by each quantile between the donor's forecast and the server's. */
function selectorOf(subject: Subject, { own, donors }: Forecasts): Float32Array {
  const { inputs, assessor } = subject;
  const slopes = new Float64Array(FORECAST_SIZE);
  const between = new Float32Array(FORECAST_SIZE);
  const window = withoutPresent(inputs.window);
  for (let point = 0; point < SLOPE_POINTS; point++) {
    const share = (point + 0.5) / SLOPE_POINTS;
    for (let i = 0; i < FORECAST_SIZE; i++) between[i] = donors[i] + share * (own[i] - donors[i]);
    assessor.addSlopes(inputs.server, between, 0, window, 0, slopes);
  }
  const selector = Float32Array.from(slopes, (slope) => slope / SLOPE_POINTS);
  // What baselines forecast does not come from the network.
  for (let target = 0; target < TARGET_COUNT; target++) {
    if (inputs.forecasters[target] !== NETWORK) {
      selector.fill(0, target * TARGET_SIZE, (target + 1) * TARGET_SIZE);
    }
  }
  return selector;
}

/**
 * Integrated gradients of a server's risk, from a donor's window to its own.
 * @param path shares of the way at which gradients are taken
 * @throws NoGradientError, the signal's reason, and the errors of ForecastReruns.run
 */
export async function integratedGradients(
  subject: Subject,
  donor: Float32Array,
  host: GradientHost,
  path: readonly number[] = PATH,
): Promise<GradientAttribution> {
  const { inputs, signal } = subject;
  const own = inputs.window;
  const start = pathStart(own, donor);
  const forecasts = await forecastsOf(subject, start);
  const points = path.length;
  const window = new Float32Array(points * WINDOW_SIZE);
  const calendar = new Float32Array(points * CALENDAR_SIZE);
  for (const [point, share] of path.entries()) {
    for (let i = 0; i < WINDOW_SIZE; i++) {
      window[point * WINDOW_SIZE + i] = start[i] + share * (own[i] - start[i]);
    }
    calendar.set(inputs.calendar, point * CALENDAR_SIZE);
  }
  signal.throwIfAborted();
  const gradient = await host.run({
    count: points,
    window,
    calendar,
    profile: new BigInt64Array(points).fill(BigInt(inputs.server.profile)),
    server: new BigInt64Array(points).fill(BigInt(inputs.bucket)),
    selector: selectorOf(subject, forecasts),
  });
  const values = Float64Array.from({ length: WINDOW_SIZE }, (_, i) => {
    if (Number.isNaN(own[i])) return 0;
    let sum = 0;
    for (let point = 0; point < points; point++) sum += gradient[point * WINDOW_SIZE + i];
    return (sum / points) * (own[i] - start[i]);
  });
  return { values, riskDifference: forecasts.ownRisk - forecasts.donorsRisk };
}

/** Points of risk by metric, summed over the window. */
export function byMetric({ values }: GradientAttribution): Float64Array {
  const sums = new Float64Array(METRIC_COUNT);
  for (let i = 0; i < values.length; i++) sums[i % METRIC_COUNT] += values[i];
  return sums;
}

/** Hours × metrics, for a heat strip. */
export function heatAnswer(
  { values, riskDifference }: GradientAttribution,
  originStep: number,
  metrics: readonly number[],
): HeatAnswer {
  const firstStep = originStep - WINDOW_STEPS + 1;
  const rows = metrics.map((metric) =>
    Array.from({ length: HOURS }, (_, hour) => {
      let sum = 0;
      for (let row = hour * STEPS_AN_HOUR; row < (hour + 1) * STEPS_AN_HOUR; row++) {
        sum += values[row * METRIC_COUNT + metric];
      }
      return sum;
    }),
  );
  return {
    method: 'integrated_gradients',
    hours: Array.from({ length: HOURS }, (_, hour) => stepTime(firstStep + hour * STEPS_AN_HOUR)),
    metrics: metrics.map((metric) => METRICS[metric].name),
    values: rows,
    total: rows.flat().reduce((sum, value) => sum + value, 0),
    risk_difference: riskDifference,
    note: HEAT_NOTE,
  };
}
