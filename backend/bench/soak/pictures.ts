/** The pictures of the report. */
import { DRIFT_SIGNALS } from './answers.ts';
import { type Chart, drawChart, type Mark, type Series } from './chart.ts';
import { type Findings, totalOf } from './findings.ts';
import type { AccuracyLine, HourLine, SoakRecord } from './record.ts';
import { relativeLoss } from './scorer.ts';

const HOURS_A_DAY = 24;
/** Forecasts of this many hours make one point: an hour's are too few. */
const SMOOTHED_HOURS = 12;
const MEGABYTE = 1e6;

export interface Picture {
  readonly file: string;
  readonly text: string;
}

export function picturesOf(record: SoakRecord, findings: Findings): readonly Picture[] {
  const charts: readonly (readonly [file: string, chart: Omit<Chart, 'marks' | 'xTo' | 'xLabel'>])[] = [
    ['accuracy.svg', accuracyChart(record)],
    ['cpu-loss.svg', cpuLossChart(record)],
    ['drift.svg', driftChart(record)],
    ['alerts.svg', alertsChart(record)],
    ['memory.svg', memoryChart(record)],
    ['disk.svg', diskChart(record)],
    ['cycle.svg', cycleChart(record)],
  ];
  const shared = { marks: marksOf(findings), xTo: record.run.days, xLabel: 'day' };
  return charts.map(([file, chart]) => ({ file, text: drawChart({ ...chart, ...shared }) }));
}

function marksOf({ releaseHour, cascadeHour, driftNoticedHour, takenAfter }: Findings): readonly Mark[] {
  const at = (hour: number | null | undefined, label: string): readonly Mark[] =>
    hour === null || hour === undefined ? [] : [{ x: hour / HOURS_A_DAY, label }];
  return [
    ...at(releaseHour, 'release'),
    ...at(driftNoticedHour, 'drift noticed'),
    ...takenAfter.flatMap(({ hour }) => at(hour, 'new model')),
    ...at(cascadeHour, 'cascade'),
  ].toSorted((a, b) => a.x - b.x);
}

function accuracyChart({ accuracy, hours }: SoakRecord) {
  return {
    title: 'Pinball loss as a share of the best baseline (below 1: better than it)',
    series: [
      { name: 'released servers', points: smoothed(accuracy, 'released', relativeLoss) },
      { name: 'other servers', points: smoothed(accuracy, 'others', relativeLoss) },
      { name: 'report card, last 24 h', points: byHour(hours, ({ card }) => card.relativeLoss) },
    ],
  };
}

function cpuLossChart({ accuracy }: SoakRecord) {
  const of =
    (pick: (sums: NonNullable<ReturnType<typeof totalOf>>) => number) => (lines: readonly AccuracyLine[]) => {
      const sums = totalOf(lines, 'cpu_used_pct');
      return sums === null ? null : pick(sums) / sums.count;
    };
  return {
    title: 'Released servers, CPU used: pinball loss in percentage points',
    series: [
      {
        name: 'Argus',
        points: smoothed(
          accuracy,
          'released',
          of(({ loss }) => loss),
        ),
      },
      {
        name: 'last value',
        points: smoothed(
          accuracy,
          'released',
          of(({ lossLast }) => lossLast),
        ),
      },
      {
        name: 'same time yesterday',
        points: smoothed(
          accuracy,
          'released',
          of(({ lossYesterday }) => lossYesterday),
        ),
      },
    ],
  };
}

function driftChart({ hours }: SoakRecord) {
  const signals = DRIFT_SIGNALS.map((name) => ({
    name: name.replaceAll('_', ' '),
    points: byHour(hours, ({ drift }) => drift?.signals[name] ?? null),
  }));
  return {
    title: 'Drift: score (noticed from 0.6 on) and signals of the profile that drifts most',
    series: [{ name: 'score', points: byHour(hours, ({ drift }) => drift?.score ?? null) }, ...signals],
  };
}

function alertsChart({ hours }: SoakRecord) {
  return {
    title: 'Open alerts',
    series: [
      { name: 'listed', points: byHour(hours, ({ alerts }) => alerts.active) },
      { name: 'critical', points: byHour(hours, ({ alerts }) => alerts.critical) },
      { name: 'grouped cascades', points: byHour(hours, ({ alerts }) => alerts.cascadeItems) },
    ],
  };
}

function memoryChart({ hours }: SoakRecord) {
  const of = (name: string) => byHour(hours, ({ memory }) => megabytes(memory[name]));
  return {
    title: 'Resident memory in MB',
    series: [
      { name: 'Argus', points: of('argus') },
      { name: 'history process', points: of('history') },
      { name: 'training process', points: of('training') },
    ],
  };
}

function diskChart({ hours }: SoakRecord) {
  const folders = ['history', 'window', 'alerts', 'models', 'training', 'watch'];
  return {
    title: 'On disk in MB, by folder',
    series: folders.map((name) => ({ name, points: byHour(hours, ({ disk }) => megabytes(disk[name])) })),
  };
}

function cycleChart({ hours }: SoakRecord) {
  return {
    title: 'From the closing of a step until all that follows from it is done, in milliseconds',
    series: [
      { name: 'mean of the hour', points: byHour(hours, ({ meanCycleSeconds }) => 1000 * meanCycleSeconds) },
    ],
  };
}

function megabytes(bytes: number | undefined): number | null {
  return bytes === undefined ? null : bytes / MEGABYTE;
}

function byHour(hours: readonly HourLine[], value: (line: HourLine) => number | null): Series['points'] {
  return hours.map((line) => [line.hour / HOURS_A_DAY, value(line)]);
}

/** One point for some hours of forecasts, at the middle of the time that they were given out in. */
function smoothed(
  accuracy: readonly AccuracyLine[],
  group: string,
  value: (lines: readonly AccuracyLine[]) => number | null,
): Series['points'] {
  const bins = Map.groupBy(
    accuracy.filter((line) => line.group === group),
    ({ hour }) => Math.floor(hour / SMOOTHED_HOURS),
  );
  return [...bins].map(([bin, lines]) => [((bin + 0.5) * SMOOTHED_HOURS) / HOURS_A_DAY, value(lines)]);
}
