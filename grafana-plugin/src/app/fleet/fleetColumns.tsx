import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { type Column, useStyles2 } from '@grafana/ui';
import { formatProbability, formatRisk } from '../../shared/format';
import { profileLabel, targetLabel } from '../../shared/metrics';
import { capitalised, formatTimeToBreach, unbroken } from '../components/format';
import { LevelMark } from '../components/LevelMark';
import { ServerCell } from '../components/ServerCell';
import { severityRank } from '../components/states';
import type { FleetRow } from './fleetRows';

interface CellProps {
  readonly row: { readonly original: FleetRow };
}

const NamedServer = ({ row: { original } }: CellProps) => (
  <ServerCell server={original.server}>
    {`${profileLabel(original.profile)}${original.mode === 'baseline' ? ', baseline forecast' : ''}`}
  </ServerCell>
);

const BreachCell = ({ row: { original } }: CellProps) => {
  const styles = useStyles2(getStyles);
  const { breach } = original;
  return (
    <div className={styles.breach}>
      {formatTimeToBreach(original.breachSeconds)}
      {breach === null ? null : (
        <div className={styles.second}>
          {targetLabel(breach.metric)}, {breach.threshold}
        </div>
      )}
    </div>
  );
};

const CauseCell = ({ row: { original } }: CellProps) => {
  const styles = useStyles2(getStyles);
  return <div className={styles.cause}>{unbroken(capitalised(original.cause))}</div>;
};

/** Unknown values stand last, whichever way is sorted first. */
function byNumber(read: (row: FleetRow) => number | null) {
  return (a: { original: FleetRow }, b: { original: FleetRow }) =>
    (read(a.original) ?? Number.NEGATIVE_INFINITY) - (read(b.original) ?? Number.NEGATIVE_INFINITY);
}

/** Soonest first; no expected breach is later than any. */
function byBreach(a: { original: FleetRow }, b: { original: FleetRow }): number {
  const seconds = ({ original }: { original: FleetRow }) => original.breachSeconds ?? Number.MAX_VALUE;
  return seconds(a) - seconds(b);
}

export const FLEET_COLUMNS: Column<FleetRow>[] = [
  { id: 'server', header: 'Server', cell: NamedServer, sortType: 'string' },
  {
    id: 'state',
    header: 'Level',
    cell: ({ row }: CellProps) => <LevelMark state={row.original.state} />,
    sortType: (a, b) => severityRank(a.original.state) - severityRank(b.original.state),
    disableGrow: true,
  },
  {
    id: 'risk',
    header: 'Risk',
    cell: ({ row }: CellProps) => formatRisk(row.original.risk),
    sortType: byNumber(({ risk }) => risk),
    disableGrow: true,
  },
  { id: 'cause', header: 'Cause', cell: CauseCell },
  {
    id: 'breachSeconds',
    header: 'Time to breach',
    cell: BreachCell,
    sortType: byBreach,
    disableGrow: true,
  },
  {
    id: 'probability30m',
    header: 'Fails in 30 min',
    cell: ({ row }: CellProps) => formatProbability(row.original.probability30m),
    sortType: byNumber(({ probability30m }) => probability30m),
    disableGrow: true,
  },
  {
    id: 'probability8h',
    header: 'In 8 h',
    cell: ({ row }: CellProps) => formatProbability(row.original.probability8h),
    sortType: byNumber(({ probability8h }) => probability8h),
    disableGrow: true,
  },
];

const getStyles = (theme: GrafanaTheme2) => ({
  second: css({ ...theme.typography.bodySmall, color: theme.colors.text.secondary }),
  breach: css({ minWidth: 110 }),
  cause: css({ minWidth: 200, maxWidth: '70ch', whiteSpace: 'normal' }),
});
