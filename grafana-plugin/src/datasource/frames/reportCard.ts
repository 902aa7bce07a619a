import { type DataFrame, type FieldConfig, ThresholdsMode } from '@grafana/data';
import type { ReportCard } from '../../data/reportCard';
import { REPORT_FIELD } from '../../shared/frames';
import { HORIZONS } from '../../shared/metrics';
import * as show from './fieldConfigs';
import { numbers, table, words } from './table';

type FleetRow = ReportCard['rows'][number];
type OwnRow = NonNullable<ReportCard['server']>['metrics'][number] & { readonly server: string };

/** Above nothing the model is better than the best baseline. */
const SKILL: FieldConfig = {
  displayNameFromDS: 'Skill',
  description: "1 minus the model's loss over the best baseline's",
  unit: 'percentunit',
  decimals: 0,
  noValue: '–',
  thresholds: {
    mode: ThresholdsMode.Absolute,
    steps: [
      { value: Number.NEGATIVE_INFINITY, color: 'orange' },
      { value: 0, color: 'green' },
    ],
  },
  custom: { cellOptions: { type: 'color-text' } },
};

const COVERAGE: FieldConfig = {
  displayNameFromDS: 'In the 80 % band',
  description: 'Share of what came that lay between P10 and P90; 80 % is right',
  unit: 'percentunit',
  decimals: 0,
  min: 0,
  max: 1,
  noValue: '–',
};

function amount(displayNameFromDS: string, description: string): FieldConfig {
  return { displayNameFromDS, description, noValue: '–' };
}

const SCORED = amount('Scored', 'Forecasts whose truth has come');
const LOSS = amount('Loss of the model', "Mean pinball loss of P10, P50 and P90, in the metric's unit");
const RIVAL_LOSS = amount('Loss of the best baseline', "Mean pinball loss, in the metric's unit");
const WINKLER = amount('Winkler score', 'Of the band; smaller is better');

const horizonLabel = (name: string) => HORIZONS.find((horizon) => horizon.name === name)?.label ?? name;

/** One table, a row a metric and horizon: what forecasts of the fleet were worth. */
export function reportTable(refId: string, rows: readonly FleetRow[]): DataFrame {
  const columns = [
    words<FleetRow>(REPORT_FIELD.metric, show.metric('Metric'), ({ metric }) => metric),
    words<FleetRow>(REPORT_FIELD.horizon, show.text('Ahead'), ({ horizon }) => horizonLabel(horizon)),
    numbers<FleetRow>(REPORT_FIELD.scored, { ...SCORED, decimals: 0 }, ({ scored }) => scored),
    numbers<FleetRow>(REPORT_FIELD.skill, SKILL, ({ skill }) => skill),
    numbers<FleetRow>(REPORT_FIELD.coverage, COVERAGE, ({ coverage }) => coverage),
    numbers<FleetRow>(REPORT_FIELD.modelLoss, LOSS, ({ pinball }) => pinball.model),
    words<FleetRow>(REPORT_FIELD.bestBaseline, show.text('Best baseline'), (row) => row.best_baseline),
    numbers<FleetRow>(REPORT_FIELD.bestBaselineLoss, RIVAL_LOSS, (row) => row.pinball[row.best_baseline]),
    numbers<FleetRow>(REPORT_FIELD.winkler, WINKLER, ({ winkler }) => winkler),
  ];
  return table({ refId, name: 'Report card', argus: { argus: 'report_card' } }, columns, rows);
}

/** One table, a row a server and metric: who forecasts it, and why. */
export function ownReportTable(refId: string, rows: readonly OwnRow[]): DataFrame {
  const columns = [
    words<OwnRow>(REPORT_FIELD.server, show.SERVER, ({ server }) => server),
    words<OwnRow>(REPORT_FIELD.metric, show.metric('Metric'), ({ metric }) => metric),
    words<OwnRow>(REPORT_FIELD.forecaster, show.text('Forecast by'), ({ forecaster }) => forecaster),
    numbers<OwnRow>(REPORT_FIELD.scored, { ...SCORED, decimals: 0 }, ({ scores }) => scores?.scored),
    numbers<OwnRow>(REPORT_FIELD.skill, SKILL, ({ scores }) => scores?.skill),
    numbers<OwnRow>(REPORT_FIELD.coverage, COVERAGE, ({ scores }) => scores?.coverage),
    words<OwnRow>(REPORT_FIELD.reason, show.text('Why'), ({ reason }) => reason),
  ];
  return table({ refId, name: 'Report card', argus: { argus: 'report_card' } }, columns, rows);
}
