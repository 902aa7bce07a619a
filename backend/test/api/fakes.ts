/** Stand-ins for the stages the API reads from: a fleet, its forecasts and its risk, made of a few words. */
import { LEVELS, levelOf, type ServerMode } from '../../src/catalog/levels.ts';
import { METRIC, METRIC_COUNT } from '../../src/catalog/metrics.ts';
import { profileIndex } from '../../src/catalog/profiles.ts';
import { TARGET_COUNT, TARGET_LIST, targetIndex } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS, STEP_MS, stepOf, stepStartMs, WINDOW_STEPS } from '../../src/catalog/time.ts';
import type { FleetView, Server } from '../../src/fleet/types.ts';
import { type BaselineName, FORECASTERS } from '../../src/forecast/baselines.ts';
import type { ForecastView } from '../../src/forecast/types.ts';
import type { Alert, Breach, RiskAssessment, RiskView } from '../../src/risk/types.ts';
import type { ReportRow, ReportView } from '../../src/watch/types.ts';

export const NOW_MS = Date.parse('2026-03-01T12:02:00Z');
export const CLOSED_STEP = stepOf(NOW_MS) - 1;

export interface FakeServer {
  readonly name: string;
  readonly profile?: string;
  readonly mode?: ServerMode;
  /** Left out: the server has no assessment. */
  readonly score?: number;
  readonly breaches?: readonly Breach[];
  /** Targets whose forecast comes from a baseline. */
  readonly baselines?: Readonly<Record<string, BaselineName>>;
  /** Targets that are not forecast. */
  readonly unmeasured?: readonly string[];
  readonly failureProbability?: number;
  readonly timeZone?: string;
  readonly country?: string;
}

const MS_PER_DAY = 86_400_000;

function serverOf(fake: FakeServer, index: number): Server {
  return {
    index,
    name: fake.name,
    profile: profileIndex(fake.profile ?? 'generic'),
    timeZone: fake.timeZone ?? 'UTC',
    country: fake.country,
    attributes: new Map([['rack', 'r1']]),
    firstSeenMs: NOW_MS - MS_PER_DAY,
    lastSeenMs: NOW_MS - 1000,
  };
}

export function fakeFleet(fakes: readonly FakeServer[]): FleetView {
  const servers = fakes.map(serverOf);
  const byName = new Map(servers.map((server) => [server.name, server]));
  return {
    closedStep: CLOSED_STEP,
    serverCount: servers.length,
    servers: () => servers,
    byName: (name) => byName.get(name),
    byIndex: (index) => servers[index],
    copyWindow(server, _lastStep, out, offset) {
      for (let step = 0; step < WINDOW_STEPS; step++) {
        const row = offset + step * METRIC_COUNT;
        out.fill(server, row, row + METRIC_COUNT);
        out[row + METRIC.cpuIdle] = 54.8;
        out[row + METRIC.swapUsed] = Number.NaN;
      }
    },
    measuredSteps: () => 200,
    isWarm: (index) => fakes[index].score !== undefined,
    isStale: (index) => fakes[index].mode === 'stale',
    onStepClosed: () => () => {},
    onServerLeft: () => () => {},
  };
}

export function fakeForecast(fakes: readonly FakeServer[]): ForecastView {
  const bands = [10, 50, 90].map((value) => new Float32Array(HORIZON_STEPS).fill(value + 0.125));
  const has = (index: number) => fakes[index].score !== undefined;
  return {
    originStep: fakes.some(({ score }) => score !== undefined) ? CLOSED_STEP : null,
    originOf: (index) => (has(index) ? CLOSED_STEP : null),
    modeOf: (index) => fakes[index].mode ?? (has(index) ? 'model' : 'warming_up'),
    reasonWithout: (index) => (has(index) ? null : '3 of 48 steps measured'),
    band(index, target, band) {
      const isMeasured = !fakes[index].unmeasured?.includes(TARGET_LIST[target].name);
      return has(index) && isMeasured ? bands[band] : undefined;
    },
    forecasterOf(index, target) {
      const { name } = TARGET_LIST[target];
      if (!has(index) || fakes[index].unmeasured?.includes(name)) return undefined;
      return fakes[index].baselines?.[name] ?? 'model';
    },
  };
}

function assessmentOf({
  name,
  profile,
  score = 0,
  breaches = [],
  failureProbability = 0.1,
}: FakeServer): RiskAssessment {
  return {
    server: name,
    profile: profileIndex(profile ?? 'generic'),
    originStep: CLOSED_STEP,
    score,
    level: LEVELS[levelOf(score)].name,
    parts: { cpu: score, memory: 0, disk: 0, network: 0, connections: 0, cascade: 0 },
    severities: new Float64Array(TARGET_COUNT).fill(Number.NaN, 1),
    breaches,
    causeTarget: targetIndex('cpu_used_pct'),
    cause: 'CPU used reaches 95% in 40 minutes',
    cascade: null,
    failureProbability30m: failureProbability,
    failureProbability3h: failureProbability,
    failureProbability8h: failureProbability,
  };
}

function alertOf(assessment: RiskAssessment): Alert {
  return {
    id: `alert-${assessment.server}`,
    kind: 'server',
    cascade: null,
    group: null,
    server: assessment.server,
    profile: assessment.profile,
    level: assessment.level,
    score: assessment.score,
    openedAtMs: NOW_MS - STEP_MS,
    updatedAtMs: NOW_MS,
    resolvedAtMs: null,
    message: `${assessment.server}: ${assessment.cause}`,
    leadSeconds: assessment.level === 'critical' ? 2700 : null,
    causeTarget: assessment.causeTarget,
  };
}

export function fakeRisk(fakes: readonly FakeServer[]): RiskView {
  const assessments = new Map(
    fakes.filter(({ score }) => score !== undefined).map((fake) => [fake.name, assessmentOf(fake)]),
  );
  return {
    assessmentOf: (server) => assessments.get(server),
    assessments: () => assessments.values(),
    activeAlerts: () => [...assessments.values()].filter(({ score }) => score >= 60).map(alertOf),
  };
}

/** A report in which the network's loss is 1 and that of the baselines 2, 3, 4 and 5; empty where nothing is scored. */
export function fakeReport(rows: readonly ReportRow[] = [], losses = [1, 2, 3, 4, 5]): ReportView {
  return {
    modelId: 'tft-1',
    sinceStep: rows.length === 0 ? null : CLOSED_STEP - 20,
    rows: () => rows,
    sources: () =>
      TARGET_LIST.map((_, target) => ({
        target,
        servers: 4,
        byForecaster: FORECASTERS.map((_, i) => (i < 2 ? 2 : 0)),
      })),
    reportOf: (_server, target) => ({
      forecaster: target === 0 ? 'last_value' : 'model',
      sinceStep: target === 0 ? CLOSED_STEP - 10 : null,
      scored: rows.length === 0 ? 0 : 31.4,
      losses: rows.length === 0 ? losses.map(() => Number.NaN) : losses,
      coverageRaw: rows.length === 0 ? Number.NaN : 0.6,
      coverage: rows.length === 0 ? Number.NaN : 0.8,
      winkler: rows.length === 0 ? Number.NaN : 7,
    }),
  };
}

/** Start of the first step ahead, as the API writes it. */
export const FIRST_STEP_AHEAD = new Date(stepStartMs(CLOSED_STEP + 1)).toISOString();
