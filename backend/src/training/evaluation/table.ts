import type { EvaluationReport } from './evaluate.ts';
import { RIVALS } from './rivals.ts';
import type { Scores } from './scores.ts';

const COLUMNS = ['MAE', 'MASE', 'WQL', 'cover 80', 'Winkler'] as const;
const NAME_WIDTH = 30;
const COLUMN_WIDTH = 10;

/** The report as a table for a terminal: for each target the model, then every rival as points and with quantiles. */
export function evaluationTable(report: EvaluationReport): string {
  const lines = [
    `${report.model} on ${report.servers} servers, ${report.forecasts} forecasts of ${report.horizon} steps`,
    `from ${report.from} to ${report.to}, every ${report.stride} steps; rivals fitted from ${report.validatedFrom} on`,
  ];
  for (const { target, model, points, quantiles } of report.targets) {
    lines.push('', target.padEnd(NAME_WIDTH) + COLUMNS.map((name) => name.padStart(COLUMN_WIDTH)).join(''));
    lines.push(row('model', model));
    for (const name of [...RIVALS, 'chosen']) {
      lines.push(row(`${name} (point)`, points[name]), row(`${name} (quantiles)`, quantiles[name]));
    }
  }
  const { wql, relativePinball } = report.mean;
  lines.push(
    '',
    `mean WQL: model ${wql.model.toFixed(4)}, chosen rival ${wql.chosenPoint.toFixed(4)} as a point, ${wql.chosenQuantiles.toFixed(4)} with quantiles`,
    `mean pinball loss against the chosen rival: ${difference(relativePinball.point)} as a point, ${difference(relativePinball.quantiles)} with quantiles`,
  );
  return `${lines.join('\n')}\n`;
}

function row(name: string, scores: Scores): string {
  const { mae, mase, wql, coverage80, winkler } = scores;
  return (
    `  ${name}`.padEnd(NAME_WIDTH) +
    [mae, mase, wql, coverage80, winkler].map((value) => cell(value).padStart(COLUMN_WIDTH)).join('')
  );
}

function cell(value: number | null): string {
  if (value === null || Number.isNaN(value)) return '–';
  return Math.abs(value) >= 100 ? value.toFixed(1) : value.toFixed(4);
}

function difference(share: number): string {
  const percent = (100 * (share - 1)).toFixed(1);
  return share >= 1 ? `+${percent} %` : `${percent} %`;
}
