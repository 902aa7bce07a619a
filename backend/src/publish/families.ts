/** The per-server and fleet families of GET /metrics: names, help, and how a server's samples are written. */
import { LEVELS, SERVER_MODES, type ServerMode } from '../catalog/levels.ts';
import { PROFILES } from '../catalog/profiles.ts';
import { SCORE_PARTS, TARGET_LIST } from '../catalog/targets.ts';
import { HORIZONS } from '../catalog/time.ts';
import { FORECASTERS } from '../forecast/baselines.ts';
import type { ForecastView } from '../forecast/types.ts';
import type { FleetSummary } from '../risk/fleetSummary.ts';
import type { RiskAssessment } from '../risk/types.ts';
import { bytesOf, type ExpositionWriter, familyHeader } from './exposition.ts';

/** One server as the page shows it. */
export interface PageRow {
  /** `server="name"`, escaped. */
  readonly label: Uint8Array;
  readonly index: number;
  readonly mode: ServerMode;
  /** Undefined where the server has no forecast. */
  readonly assessment: RiskAssessment | undefined;
  /** Whether its forecast is on the page. */
  readonly hasForecastSeries: boolean;
}

export interface ServerFamily {
  readonly header: Uint8Array;
  write(out: ExpositionWriter, row: PageRow, forecast: ForecastView): void;
}

/** Scores are multiples of 1/1024: ten decimals are exact. */
const SCORE_DECIMALS = 10;
const PROBABILITY_DECIMALS = 6;
const FORECAST_DECIMALS = 3;
const WHOLE = 0;

const BANDS = ['yhat_lower', 'yhat', 'yhat_upper'] as const;

/** argus_forecast series of one server. */
export const FORECAST_SERIES_PER_SERVER = TARGET_LIST.length * HORIZONS.length * BANDS.length;

/** The rest of a sample's labels, after the server. */
const tail = (labels: string): Uint8Array => bytesOf(`,${labels}} `);

const profileTails = PROFILES.map((profile) => tail(`profile="${profile.name}"`));
const partTails = SCORE_PARTS.map((part) => ({ part, tail: tail(`part="${part}"`) }));
const levelTails = LEVELS.map((level) => ({ name: level.name, tail: tail(`level="${level.name}"`) }));
const modeTails = SERVER_MODES.map((mode) => ({ mode, tail: tail(`mode="${mode}"`) }));
const horizonTails = { '30m': tail('horizon="30m"'), '3h': tail('horizon="3h"'), '8h': tail('horizon="8h"') };
const breachTails = TARGET_LIST.map((target) => ({
  warning: tail(`metric="${target.name}",threshold="warning"`),
  critical: tail(`metric="${target.name}",threshold="critical"`),
}));
const forecastTails = TARGET_LIST.map((target) =>
  BANDS.map((band) =>
    HORIZONS.map(({ name, steps }) => ({
      step: steps - 1,
      tail: tail(`metric="${target.name}",horizon="${name}",ml_forecast="${band}"`),
    })),
  ),
);

function sample(
  out: ExpositionWriter,
  head: Uint8Array,
  row: PageRow,
  rest: Uint8Array,
  value: number,
  decimals: number,
): void {
  out.bytes(head);
  out.bytes(row.label);
  out.bytes(rest);
  out.value(value, decimals);
}

/** Builds a family whose samples exist only for servers with an assessment. */
function assessed(
  name: string,
  help: string,
  write: (out: ExpositionWriter, head: Uint8Array, row: PageRow, assessment: RiskAssessment) => void,
): ServerFamily {
  const head = bytesOf(`${name}{`);
  return {
    header: familyHeader(name, help),
    write(out, row) {
      if (row.assessment !== undefined) write(out, head, row, row.assessment);
    },
  };
}

const score = assessed(
  'argus_risk_score',
  'Risk of a server in the next 8 hours, 0 to 100.',
  (out, head, row, { profile, score: value }) =>
    sample(out, head, row, profileTails[profile], value, SCORE_DECIMALS),
);

const parts = assessed(
  'argus_risk_part',
  'What each part adds to the risk score; the parts sum to it.',
  (out, head, row, assessment) => {
    for (const part of partTails)
      sample(out, head, row, part.tail, assessment.parts[part.part], SCORE_DECIMALS);
  },
);

const levels = assessed(
  'argus_risk_level',
  'Whether a server is at a risk level (1) or not (0).',
  (out, head, row, assessment) => {
    for (const level of levelTails) {
      sample(out, head, row, level.tail, level.name === assessment.level ? 1 : 0, WHOLE);
    }
  },
);

const probabilities = assessed(
  'argus_failure_probability',
  'Probability that a server fails within the horizon.',
  (out, head, row, assessment) => {
    const { failureProbability30m, failureProbability3h, failureProbability8h } = assessment;
    sample(out, head, row, horizonTails['30m'], failureProbability30m, PROBABILITY_DECIMALS);
    sample(out, head, row, horizonTails['3h'], failureProbability3h, PROBABILITY_DECIMALS);
    sample(out, head, row, horizonTails['8h'], failureProbability8h, PROBABILITY_DECIMALS);
  },
);

const timeToBreach = assessed(
  'argus_time_to_breach_seconds',
  'Time from the newest forecast until the median passes a threshold, 0 where the metric is past it; absent when no breach is expected.',
  (out, head, row, { breaches }) => {
    for (const { target, threshold, seconds } of breaches) {
      sample(out, head, row, breachTails[target][threshold], seconds, WHOLE);
    }
  },
);

const forecastHead = bytesOf('argus_forecast{');
const forecasts: ServerFamily = {
  header: familyHeader(
    'argus_forecast',
    'Forecast of a metric in its own unit, for the five minutes that end after the horizon: median (yhat), P10 and P90.',
  ),
  write(out, row, forecast) {
    if (!row.hasForecastSeries) return;
    for (let target = 0; target < forecastTails.length; target += 1) {
      for (const band of [0, 1, 2] as const) {
        const values = forecast.band(row.index, target, band);
        if (values === undefined) break;
        for (const { step, tail: rest } of forecastTails[target][band]) {
          const value = values[step];
          if (!Number.isNaN(value)) sample(out, forecastHead, row, rest, value, FORECAST_DECIMALS);
        }
      }
    }
  },
};

const modeHead = bytesOf('argus_server_mode{');
const modes: ServerFamily = {
  header: familyHeader(
    'argus_server_mode',
    "Whether a server's numbers come from a source (1) or not (0); stale servers are not listed.",
  ),
  write(out, row) {
    for (const { mode, tail: rest } of modeTails)
      sample(out, modeHead, row, rest, mode === row.mode ? 1 : 0, WHOLE);
  },
};

const sourceHead = bytesOf('argus_forecast_source{');
const sourceTails = TARGET_LIST.map((target) =>
  FORECASTERS.map((source) => tail(`metric="${target.name}",source="${source}"`)),
);
const sources: ServerFamily = {
  header: familyHeader(
    'argus_forecast_source',
    "The baseline that forecasts a server's metric, always 1; absent where the model does. On the page where argus_forecast is.",
  ),
  write(out, row, forecast) {
    if (!row.hasForecastSeries) return;
    for (let target = 0; target < sourceTails.length; target += 1) {
      const forecaster = forecast.forecasterOf(row.index, target);
      if (forecaster === undefined || forecaster === 'model') continue;
      sample(out, sourceHead, row, sourceTails[target][FORECASTERS.indexOf(forecaster)], 1, WHOLE);
    }
  },
};

/** Every family with a `server` label, in the order of the page. */
export const SERVER_FAMILIES: readonly ServerFamily[] = [
  score,
  parts,
  levels,
  probabilities,
  timeToBreach,
  modes,
  forecasts,
  sources,
];

/** Writes the families about the fleet as a whole. */
export function writeFleetFamilies(
  out: ExpositionWriter,
  summary: FleetSummary,
  withForecastSeries: number,
): void {
  const gauge = (name: string, help: string, samples: readonly (readonly [string, number, number])[]) => {
    out.bytes(familyHeader(name, help));
    for (const [labels, value, decimals] of samples) {
      out.bytes(bytesOf(`${name}${labels} `));
      out.value(value, decimals);
    }
  };
  gauge(
    'argus_fleet_servers_by_level',
    'Servers with a risk score, by level.',
    LEVELS.map((level) => [`{level="${level.name}"}`, summary.byLevel[level.name], WHOLE]),
  );
  gauge('argus_fleet_failure_probability', 'Probability that at least one server fails within the horizon.', [
    ['{horizon="30m"}', summary.failureProbability30m, PROBABILITY_DECIMALS],
    ['{horizon="8h"}', summary.failureProbability8h, PROBABILITY_DECIMALS],
  ]);
  gauge('argus_fleet_health', 'Health of the fleet, 0 to 100: 100 minus the mean risk score.', [
    ['', summary.health, PROBABILITY_DECIMALS],
  ]);
  gauge('argus_forecast_published_servers', 'Servers whose forecasts are on this page.', [
    ['', withForecastSeries, WHOLE],
  ]);
}
