import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { type Column, useStyles2 } from '@grafana/ui';
import type { ReportCard } from '../../data/reportCard';
import { forecasterLabel, formatSkill } from '../components/forecasters';
import { formatMoment, percent } from '../components/format';

export type ServerReportRow = NonNullable<ReportCard['server']>['metrics'][number] & {
  readonly label: string;
};

interface CellProps {
  readonly row: { readonly original: ServerReportRow };
}

export const REPORT_TOOLTIPS: Record<string, { readonly content: string }> = {
  skill: {
    content: '1 minus the loss of the model over that of the best baseline: above 0 the model is better.',
  },
  coverage: { content: 'How much of what came lay within the 80 % band. 80 % is right.' },
  scored: { content: 'Scored forecasts; older ones count less, so this is no whole number.' },
};

const ReasonCell = ({ row: { original } }: CellProps) => {
  const styles = useStyles2(getStyles);
  return <div className={styles.reason}>{original.reason}</div>;
};

export function serverReportColumns(timeZone: string): Column<ServerReportRow>[] {
  return [
    { id: 'label', header: 'Metric', sortType: 'string' },
    {
      id: 'forecaster',
      header: 'Forecast by',
      cell: ({ row: { original } }: CellProps) => (
        <span>
          {forecasterLabel(original.forecaster)}
          {original.since === null ? '' : `, since ${formatMoment(original.since, timeZone)}`}
        </span>
      ),
    },
    {
      id: 'skill',
      header: 'Skill of the model',
      cell: ({ row: { original } }: CellProps) => formatSkill(original.scores?.skill),
      disableGrow: true,
    },
    {
      id: 'coverage',
      header: 'Coverage',
      cell: ({ row: { original } }: CellProps) => percent(original.scores?.coverage),
      disableGrow: true,
    },
    {
      id: 'scored',
      header: 'Scored',
      cell: ({ row: { original } }: CellProps) => Math.round(original.scores?.scored ?? 0),
      disableGrow: true,
    },
    { id: 'reason', header: 'Why', cell: ReasonCell },
  ];
}

const getStyles = (_theme: GrafanaTheme2) => ({
  reason: css({ minWidth: 240, maxWidth: '60ch', whiteSpace: 'normal' }),
});
