import { css } from '@emotion/css';
import { type Column, LinkButton, useStyles2 } from '@grafana/ui';
import type { Incident } from '../../data/history';
import { formatDuration, formatRisk } from '../../shared/format';
import { profileLabel } from '../../shared/metrics';
import { counted, formatMoment, formatTimeToBreach, unbroken } from '../components/format';
import { LevelMark } from '../components/LevelMark';
import { ServerCell } from '../components/ServerCell';
import { severityRank } from '../components/states';
import type { AlertGroup } from './groupAlerts';
import { silenceUrl } from './links';
import { MutedNote } from './MutedNote';
import { VerdictCell } from './VerdictCell';

interface Row<T> {
  readonly original: T;
}

interface CellProps<T> {
  readonly row: Row<T>;
}

const SECONDS_PER_MINUTE = 60;

const PastServer = ({ row: { original } }: CellProps<Incident>) => (
  <ServerCell server={original.server_name}>{profileLabel(original.profile)}</ServerCell>
);

const ActiveServer = ({ row: { original } }: CellProps<AlertGroup>) => {
  const { server_name: server, profile, kind, cascade, members } = original.alert;
  if (kind === 'cascade') {
    return (
      <ServerCell server={server}>{`led a cascade of ${counted(members?.length ?? 0, 'server')}`}</ServerCell>
    );
  }
  return (
    <ServerCell server={server}>
      {`${profileLabel(profile)}${cascade === null ? '' : ', part of a cascade'}`}
    </ServerCell>
  );
};

const Message = ({ text }: { readonly text: string }) => {
  const styles = useStyles2(getStyles);
  return <div className={styles.message}>{unbroken(text)}</div>;
};

const Moment = ({ time, timeZone }: { readonly time: string; readonly timeZone: string }) => {
  const styles = useStyles2(getStyles);
  return (
    <time dateTime={time} className={styles.nowrap}>
      {formatMoment(time, timeZone)}
    </time>
  );
};

const SilenceCell = ({ row: { original } }: CellProps<AlertGroup>) => (
  <LinkButton
    size="sm"
    variant="secondary"
    icon="bell-slash"
    href={silenceUrl(original.alert.server_name)}
    tooltip="Silence it in Grafana alerting"
    aria-label={`Silence ${original.alert.server_name}`}
  />
);

/** No breach in sight is later than any. */
function leadOf({ lead_seconds }: { readonly lead_seconds: number | null }): number {
  return lead_seconds ?? Number.MAX_VALUE;
}

function byText<T>(read: (row: T) => string) {
  return (a: Row<T>, b: Row<T>) => read(a.original).localeCompare(read(b.original));
}

function byNumber<T>(read: (row: T) => number) {
  return (a: Row<T>, b: Row<T>) => read(a.original) - read(b.original);
}

export function activeColumns(timeZone: string): Column<AlertGroup>[] {
  return [
    {
      id: 'level',
      header: 'Level',
      cell: ({ row }: CellProps<AlertGroup>) => <LevelMark state={row.original.alert.level} />,
      sortType: byNumber(({ alert: { level } }) => severityRank(level)),
      disableGrow: true,
    },
    {
      id: 'server_name',
      header: 'Server',
      cell: ActiveServer,
      sortType: byText(({ alert }) => alert.server_name),
    },
    {
      id: 'risk_score',
      header: 'Risk',
      cell: ({ row }: CellProps<AlertGroup>) => formatRisk(row.original.alert.risk_score),
      sortType: byNumber(({ alert }) => alert.risk_score),
      disableGrow: true,
    },
    {
      id: 'lead_seconds',
      header: 'Time to breach',
      cell: ({ row }: CellProps<AlertGroup>) => formatTimeToBreach(row.original.alert.lead_seconds),
      sortType: byNumber(({ alert }) => leadOf(alert)),
      disableGrow: true,
    },
    {
      id: 'message',
      header: 'What is expected',
      cell: ({ row: { original } }: CellProps<AlertGroup>) => (
        <>
          <Message text={original.alert.message} />
          {original.alert.muted ? <MutedNote mutedBy={original.alert.muted_by} timeZone={timeZone} /> : null}
        </>
      ),
    },
    {
      id: 'opened_at',
      header: 'Since',
      cell: ({ row }: CellProps<AlertGroup>) => (
        <Moment time={row.original.alert.opened_at} timeZone={timeZone} />
      ),
      sortType: byText(({ alert }) => alert.opened_at),
      disableGrow: true,
    },
    {
      id: 'verdict',
      header: 'Verdict',
      cell: ({ row: { original } }: CellProps<AlertGroup>) => (
        <VerdictCell alertId={original.alert.id} server={original.alert.server_name} />
      ),
      disableGrow: true,
    },
    { id: 'silence', header: '', cell: SilenceCell, disableGrow: true },
  ];
}

export function pastColumns(timeZone: string): Column<Incident>[] {
  return [
    {
      id: 'peak_level',
      header: 'Reached',
      cell: ({ row }: CellProps<Incident>) => <LevelMark state={row.original.peak_level} />,
      sortType: byNumber(({ peak_level }) => severityRank(peak_level)),
      disableGrow: true,
    },
    {
      id: 'server_name',
      header: 'Server',
      cell: PastServer,
      sortType: byText(({ server_name }) => server_name),
    },
    {
      id: 'peak_score',
      header: 'Highest risk',
      cell: ({ row }: CellProps<Incident>) => formatRisk(row.original.peak_score),
      sortType: byNumber(({ peak_score }) => peak_score),
      disableGrow: true,
    },
    {
      id: 'lead_seconds',
      header: 'Warned ahead',
      cell: ({ row }: CellProps<Incident>) => formatTimeToBreach(row.original.lead_seconds),
      sortType: byNumber(leadOf),
      disableGrow: true,
    },
    {
      id: 'message',
      header: 'What was expected',
      cell: ({ row }: CellProps<Incident>) => <Message text={row.original.message} />,
    },
    {
      id: 'opened_at',
      header: 'Opened',
      cell: ({ row }: CellProps<Incident>) => <Moment time={row.original.opened_at} timeZone={timeZone} />,
      sortType: byText(({ opened_at }) => opened_at),
      disableGrow: true,
    },
    {
      id: 'duration_minutes',
      header: 'Lasted',
      cell: ({ row }: CellProps<Incident>) => lasted(row.original),
      sortType: byNumber(({ duration_minutes }) => duration_minutes ?? Number.MAX_VALUE),
      disableGrow: true,
    },
    {
      id: 'verdict',
      header: 'Verdict',
      cell: ({ row: { original } }: CellProps<Incident>) => (
        <VerdictCell alertId={original.alert_id} server={original.server_name} />
      ),
      disableGrow: true,
    },
  ];
}

function lasted({ duration_minutes }: Incident): string {
  return duration_minutes === null ? 'still open' : formatDuration(duration_minutes * SECONDS_PER_MINUTE);
}

const getStyles = () => ({
  nowrap: css({ whiteSpace: 'nowrap' }),
  message: css({ minWidth: 240, maxWidth: '70ch', whiteSpace: 'normal' }),
});
