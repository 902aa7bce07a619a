import { css } from '@emotion/css';
import type { GrafanaTheme2, IconName } from '@grafana/data';
import { type Column, Icon, InteractiveTable, RadioButtonGroup, Text, useStyles2 } from '@grafana/ui';
import { useCallback, useMemo, useState } from 'react';
import type { ReplayAlert, ReplayResult, ReplaySide } from '../../data/replay';
import { formatDuration, NOT_KNOWN } from '../../shared/format';
import { profileLabel, targetLabel } from '../../shared/metrics';
import { Card } from '../components/Card';
import { formatMoment } from '../components/format';
import { LevelMark } from '../components/LevelMark';
import { ServerCell } from '../components/ServerCell';

type Which = 'all' | ReplayAlert['in'];

const IN_LABELS: Readonly<Record<ReplayAlert['in'], string>> = {
  both: 'Both',
  proposed: 'Proposed only',
  today: 'Today only',
};

const OUTCOMES: Readonly<Record<ReplaySide['outcome'], { readonly label: string; readonly icon: IconName }>> =
  {
    true: { label: 'True', icon: 'check-circle' },
    late: { label: 'Late', icon: 'stopwatch' },
    false: { label: 'False', icon: 'times-circle' },
    unknown: { label: 'Unknown', icon: 'question-circle' },
  };

const PAGE_SIZE = 25;
const NOWRAP = css({ whiteSpace: 'nowrap' });

interface Row extends ReplayAlert {
  readonly id: string;
  /** As proposed, else as today. */
  readonly shown: ReplaySide;
}

interface CellProps {
  readonly row: { readonly original: Row };
}

function rowsOf(alerts: readonly ReplayAlert[], which: Which): Row[] {
  return alerts.flatMap((alert, i) => {
    const shown = alert.proposed ?? alert.today;
    if (shown === null || (which !== 'all' && alert.in !== which)) return [];
    return [{ ...alert, shown, id: `${i}` }];
  });
}

const OutcomeMark = ({ side }: { readonly side: ReplaySide }) => {
  const styles = useStyles2(getStyles);
  const { label, icon } = OUTCOMES[side.outcome];
  return (
    <span className={styles.mark}>
      <Icon name={icon} aria-hidden /> {label}
      {side.muted ? ' (muted)' : ''}
    </span>
  );
};

function leadOf({ lead_seconds: seconds }: ReplaySide): string {
  return seconds === null ? NOT_KNOWN : formatDuration(seconds);
}

function columnsOf(timeZone: string): Column<Row>[] {
  return [
    {
      id: 'opened',
      header: 'Opened',
      cell: ({ row }: CellProps) => (
        <span className={NOWRAP}>{formatMoment(row.original.shown.opened_at, timeZone)}</span>
      ),
      sortType: (a, b) => a.original.shown.opened_at.localeCompare(b.original.shown.opened_at),
      disableGrow: true,
    },
    {
      id: 'server_name',
      header: 'Server',
      cell: ({ row: { original } }: CellProps) => (
        <ServerCell server={original.server_name}>{profileLabel(original.profile)}</ServerCell>
      ),
      sortType: 'string',
    },
    {
      id: 'in',
      header: 'Opened by',
      cell: ({ row }: CellProps) => IN_LABELS[row.original.in],
      sortType: 'string',
    },
    {
      id: 'level',
      header: 'Reached',
      cell: ({ row }: CellProps) => <LevelMark state={row.original.shown.peak_level} />,
    },
    {
      id: 'cause',
      header: 'Cause',
      cell: ({ row: { original } }: CellProps) =>
        original.shown.cause_metric === null ? NOT_KNOWN : targetLabel(original.shown.cause_metric),
    },
    {
      id: 'outcome',
      header: 'What came',
      cell: ({ row }: CellProps) => <OutcomeMark side={row.original.shown} />,
      sortType: (a, b) => a.original.shown.outcome.localeCompare(b.original.shown.outcome),
    },
    {
      id: 'lead',
      header: 'Lead',
      cell: ({ row }: CellProps) => <span className={NOWRAP}>{leadOf(row.original.shown)}</span>,
      disableGrow: true,
    },
  ];
}

const Side = ({
  name,
  side,
  timeZone,
}: {
  readonly name: string;
  readonly side: ReplaySide | null;
  readonly timeZone: string;
}) => {
  if (side === null) return <p>{name}: no alert.</p>;
  const end = side.resolved_at === null ? 'still open at the end' : formatMoment(side.resolved_at, timeZone);
  return (
    <p>
      {name}: {formatMoment(side.opened_at, timeZone)} – {end}, highest risk {side.peak_score.toFixed(1)}.{' '}
      {side.why ?? ''}
    </p>
  );
};

/** Each alert that one of the settings would have opened. */
export const ReplayAlerts = ({
  result,
  timeZone,
}: {
  readonly result: ReplayResult;
  readonly timeZone: string;
}) => {
  const styles = useStyles2(getStyles);
  const [which, setWhich] = useState<Which>('all');
  const rows = useMemo(() => rowsOf(result.alerts, which), [result, which]);
  const columns = useMemo(() => columnsOf(timeZone), [timeZone]);
  const detail = useCallback(
    ({ proposed, today }: Row) => (
      <>
        <Side name="Proposed" side={proposed} timeZone={timeZone} />
        <Side name="Today" side={today} timeZone={timeZone} />
      </>
    ),
    [timeZone],
  );
  const options: { value: Which; label: string }[] = [
    { value: 'all', label: `All ${result.both + result.only_proposed + result.only_today}` },
    { value: 'both', label: `Both ${result.both}` },
    { value: 'proposed', label: `Proposed only ${result.only_proposed}` },
    { value: 'today', label: `Today only ${result.only_today}` },
  ];
  return (
    <Card
      title="Alerts"
      description="Newest first."
      actions={
        <RadioButtonGroup
          options={options}
          value={which}
          onChange={setWhich}
          aria-label="Which alerts are listed"
        />
      }
    >
      {rows.length === 0 ? (
        <Text color="secondary">No such alert.</Text>
      ) : (
        <div className={styles.table}>
          <InteractiveTable
            columns={columns}
            data={rows}
            getRowId={({ id }) => id}
            pageSize={PAGE_SIZE}
            renderExpandedRow={detail}
          />
        </div>
      )}
      {result.alerts.length < result.alerts_total ? (
        <Text color="secondary">
          Only the newest {result.alerts.length} of {result.alerts_total} are listed; the counts are of all.
        </Text>
      ) : null}
    </Card>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  mark: css({ display: 'inline-flex', alignItems: 'center', gap: theme.spacing(0.5), whiteSpace: 'nowrap' }),
  table: css({ overflowX: 'auto', '& td': { verticalAlign: 'top' } }),
});
