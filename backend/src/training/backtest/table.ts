import type { Reliability } from '../calibration/reliability.ts';
import type { AlertScores } from './alerts.ts';
import type { BacktestReport, CanaryReport, ScorerReport, SpanReport } from './backtest.ts';
import type { CanaryScores } from './canaries.ts';
import type { LevelReplay } from './levels.ts';

const NAME_WIDTH = 20;
const COLUMN_WIDTH = 11;
const ALERT_COLUMNS = [
  'PR-AUC',
  '% ceiling',
  'recall',
  'precursor',
  'chance',
  'precision',
  'false/day',
  'alerts',
  'lead min',
];
const INTERVAL_COLUMNS = ['PR-AUC from', 'to', 'recall from', 'to'];
const LEVEL_COLUMNS = ['alerts', 'per day', 'true 8 h', 'in time', 'recall', 'chance', 'lead min'];
const RELIABILITY_COLUMNS = ['count', 'said', 'happened'];
const CANARY_COLUMNS = ['PR-AUC', 'base rate', 'recall', 'chance'];

/** The report as a table for a terminal. */
export function backtestTable(report: BacktestReport): string {
  const { model, servers, stride, validation, test, canaries } = report;
  const most = report.mostFalsePerServerDay;
  const lines = [
    `${model} on ${servers} servers, alerts scored by event, an origin every ${stride} steps`,
    `thresholds from ${spanText(validation)}: the highest recall at ${most} false alerts per server-day`,
    `test on        ${spanText(test)}`,
    ...alertLines(report),
    ...kindLines(report),
    ...levelLines(report.levels),
    ...probabilityLines(report),
    ...(canaries === undefined ? [] : canaryLines(canaries)),
  ];
  return `${lines.join('\n')}\n`;
}

function spanText({ from, to, origins, serverDays, failures, baseRate }: SpanReport): string {
  return `${from} to ${to}: ${origins} origins, ${serverDays.toFixed(1)} server-days, ${failures} failures, base rate ${percent(baseRate)}`;
}

function alertLines({ scorers, ceiling, test }: BacktestReport): readonly string[] {
  const visible = Object.values(scorers)[0]?.test.failuresWithPrecursor ?? 0;
  return [
    '',
    heading('test', ALERT_COLUMNS),
    ...Object.entries(scorers).map(([name, scores]) => alertRow(name, scores)),
    `  recall of ${test.failures} failures; precursor: of the ${visible} that could be seen coming; chance: recall of the same alerts by luck`,
    ...(ceiling === null
      ? ['  No hazard.parquet lies beside the truth, so the share of the ceiling is not known.']
      : []),
    '',
    heading('90 % interval', INTERVAL_COLUMNS),
    ...Object.entries(scorers).map(([name, { intervals }]) =>
      row(name, [
        ...(intervals.prAuc ?? [null, null]).map(number),
        ...(intervals.recall ?? [null, null]).map(percent),
      ]),
    ),
    '  over resamples of the servers; scorers whose intervals overlap widely cannot be told apart here',
  ];
}

function alertRow(name: string, { prAuc, shareOfCeiling, test }: ScorerReport): string {
  return row(name, [
    number(prAuc),
    percent(shareOfCeiling),
    percent(test.recall),
    percent(test.recallWithPrecursor),
    percent(test.chanceRecall),
    percent(test.precision),
    number(test.falsePerServerDay),
    String(test.alerts),
    minutes(test),
  ]);
}

function kindLines({ kinds, scorers }: BacktestReport): readonly string[] {
  const names = Object.keys(scorers);
  const width = Math.max(COLUMN_WIDTH, ...names.map((name) => name.length + 2));
  const cells = (texts: readonly string[]): string => texts.map((text) => text.padStart(width)).join('');
  return [
    '',
    'caught by kind'.padEnd(NAME_WIDTH) + cells(['failures', ...names]),
    ...kinds.map(
      ({ kind, failures, caught, seenBefore }) =>
        `  ${kind}${seenBefore ? '' : ' (new)'}`.padEnd(NAME_WIDTH) +
        cells([failures, ...names.map((name) => caught[name])].map(String)),
    ),
  ];
}

function levelLines(levels: readonly LevelReplay[]): readonly string[] {
  return [
    '',
    heading('alert level', LEVEL_COLUMNS),
    ...levels.map((level) =>
      row(level.level, [
        String(level.alerts),
        number(level.perServerDay),
        percent(level.cameTrueWithin8h),
        percent(level.cameTrueInTime),
        percent(level.recall),
        percent(level.chanceRecall),
        minutes(level),
      ]),
    ),
    '  true 8 h: share followed by a failure within 8 hours; in time: with more than 30 minutes to go',
  ];
}

function probabilityLines({ probabilities, calibrated }: BacktestReport): readonly string[] {
  const lines = Object.entries(probabilities).flatMap(([name, reliability]) =>
    reliabilityLines(name, reliability),
  );
  return calibrated
    ? lines
    : [...lines, '  The bundle brings no calibration: its probabilities only order servers.'];
}

function reliabilityLines(name: string, reliability: Reliability): readonly string[] {
  const { ece, brier, brierSkill, baseRate, meanProbability, bins } = reliability;
  return [
    '',
    `${name}: ECE ${number(ece)} in 10 bins of equal width, Brier ${number(brier)}, skill ${number(brierSkill)}, said ${percent(meanProbability)} on average, happened ${percent(baseRate)}`,
    heading('  probability', RELIABILITY_COLUMNS),
    ...bins
      .filter(({ count }) => count > 0)
      .map((bin) =>
        row(`${bin.from.toFixed(1)}–${bin.to.toFixed(1)}`, [
          String(bin.count),
          number(bin.meanProbability),
          number(bin.observedRate),
        ]),
      ),
  ];
}

function canaryLines({ permutedServers, shiftedByADay, withoutStatus }: CanaryReport): readonly string[] {
  const rows = (scores: Readonly<Record<string, CanaryScores>>): readonly string[] =>
    Object.entries(scores).map(([name, { prAuc, baseRate, recall, chanceRecall }]) =>
      row(name, [number(prAuc), number(baseRate), percent(recall), percent(chanceRecall)]),
    );
  const { hadStatus, identical, values } = withoutStatus;
  const status = identical
    ? `all ${values} values are read the same bit for bit, so every score is`
    : 'THE DATA READS DIFFERENTLY: status is an input';
  return [
    '',
    heading('other servers', CANARY_COLUMNS),
    ...(permutedServers === null
      ? ['  There is one server only; failures cannot change places.']
      : rows(permutedServers)),
    '',
    heading('a day later', CANARY_COLUMNS),
    ...rows(shiftedByADay),
    '',
    `without status: ${hadStatus ? status : 'the data has none'}`,
  ];
}

function heading(name: string, columns: readonly string[]): string {
  return name.padEnd(NAME_WIDTH) + columns.map((column) => column.padStart(COLUMN_WIDTH)).join('');
}

function row(name: string, cells: readonly string[]): string {
  return `  ${name}`.padEnd(NAME_WIDTH) + cells.map((cell) => cell.padStart(COLUMN_WIDTH)).join('');
}

function number(value: number | null): string {
  return value === null || Number.isNaN(value) ? '–' : value.toFixed(4);
}

function percent(value: number | null): string {
  return value === null || Number.isNaN(value) ? '–' : `${(100 * value).toFixed(1)} %`;
}

function minutes({ medianLeadMinutes }: AlertScores): string {
  return medianLeadMinutes === null ? '–' : medianLeadMinutes.toFixed(0);
}
