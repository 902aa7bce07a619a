import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Badge, type BadgeColor, type Column, InteractiveTable, Text, useStyles2 } from '@grafana/ui';
import { useMemo } from 'react';
import { useTrainingStats } from '../../data/adminHooks';
import type { Training, TrainingStats } from '../../data/training';
import { formatDuration } from '../../shared/format';
import { Card } from '../components/Card';
import { counted, formatMoment } from '../components/format';
import { QueryState } from '../components/QueryState';

const SECONDS_PER_MINUTE = 60;

const OUTCOMES: Readonly<
  Record<Training['outcome'], { readonly label: string; readonly color: BadgeColor }>
> = {
  taken: { label: 'Taken', color: 'green' },
  rejected: { label: 'Not better', color: 'darkgrey' },
  failed: { label: 'Failed', color: 'red' },
  cancelled: { label: 'Cancelled', color: 'darkgrey' },
};

export function outcomeLabel(outcome: Training['outcome']): string {
  return OUTCOMES[outcome].label;
}

interface CellProps {
  readonly row: { readonly original: Training };
}

const ReasonCell = ({ row: { original } }: CellProps) => {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.reason}>
      {original.reason}
      {original.cause === null ? null : <div className={styles.cause}>Asked for: {original.cause}</div>}
    </div>
  );
};

const NOWRAP = css({ whiteSpace: 'nowrap' });

function changeOf({ comparison }: Training): string {
  if (comparison === null) return '–';
  const change = comparison.change_pct;
  return `${change > 0 ? '+' : change < 0 ? '−' : ''}${Math.abs(change).toFixed(1)} %`;
}

function columnsOf(timeZone: string): Column<Training>[] {
  return [
    {
      id: 'started_at',
      header: 'Started',
      cell: ({ row: { original } }: CellProps) => (
        <span className={NOWRAP}>{formatMoment(original.started_at, timeZone)}</span>
      ),
      sortType: 'string',
      disableGrow: true,
    },
    { id: 'trigger', header: 'By', sortType: 'string', disableGrow: true },
    {
      id: 'outcome',
      header: 'Outcome',
      cell: ({ row: { original } }: CellProps) => (
        <Badge text={OUTCOMES[original.outcome].label} color={OUTCOMES[original.outcome].color} />
      ),
      sortType: 'string',
      disableGrow: true,
    },
    {
      id: 'change',
      header: 'Change of loss',
      cell: ({ row: { original } }: CellProps) => changeOf(original),
      disableGrow: true,
    },
    {
      id: 'minutes',
      header: 'Took',
      cell: ({ row: { original } }: CellProps) =>
        original.minutes === null ? '–' : formatDuration(original.minutes * SECONDS_PER_MINUTE),
      sortType: 'number',
      disableGrow: true,
    },
    { id: 'reason', header: 'Why', cell: ReasonCell },
  ];
}

/** What came of earlier trainings. */
export const PastTrainings = ({ timeZone }: { readonly timeZone: string }) => {
  const stats = useTrainingStats();
  // The card above says it already.
  if (stats.error?.kind === 'unsupported') return null;
  return (
    <Card title="Past trainings">
      <QueryState query={stats} what="the past trainings">
        {(data) => <List stats={data} timeZone={timeZone} />}
      </QueryState>
    </Card>
  );
};

const List = ({ stats, timeZone }: { readonly stats: TrainingStats; readonly timeZone: string }) => {
  const styles = useStyles2(getStyles);
  const columns = useMemo(() => columnsOf(timeZone), [timeZone]);
  if (stats.trainings.length === 0) return <Text color="secondary">No training has ended yet.</Text>;
  const average = stats.avg_training_time_minutes;
  return (
    <>
      <p className={styles.line}>
        {counted(stats.total_trainings, 'training')}, {counted(stats.models_produced, 'model')} made
        {average === null ? '' : `, ${formatDuration(average * SECONDS_PER_MINUTE)} on average`}.
      </p>
      <div className={styles.table}>
        <InteractiveTable
          columns={columns}
          data={stats.trainings}
          getRowId={({ training_id }) => training_id}
        />
      </div>
    </>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  line: css({ color: theme.colors.text.secondary, margin: theme.spacing(0, 0, 1) }),
  table: css({ overflowX: 'auto', '& td': { verticalAlign: 'top' } }),
  reason: css({ minWidth: 240, maxWidth: '70ch', whiteSpace: 'normal' }),
  cause: css({ ...theme.typography.bodySmall, color: theme.colors.text.secondary }),
});
