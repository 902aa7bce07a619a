import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import type { ReactNode } from 'react';
import type { Incident } from '../../data/history';
import { targetLabel } from '../../shared/metrics';
import { counted, formatMoment, formatTimeToBreach } from '../components/format';
import { stateLabel } from '../components/states';
import type { AlertGroup } from './groupAlerts';
import { MemberAlerts } from './MemberAlerts';
import { VerdictChoices } from './VerdictCell';
import { useVerdicts } from './Verdicts';

type Line = readonly [name: string, value: ReactNode];

interface DetailProps {
  readonly alertId: string;
  readonly server: string;
  readonly lines: readonly Line[];
  readonly timeZone: string;
}

/** What the row of an alert has no room for, and the verdicts by their words. */
const Detail = ({ alertId, server, lines, timeZone }: DetailProps) => {
  const styles = useStyles2(getStyles);
  const given = useVerdicts().byAlert.get(alertId);
  const judged: Line[] =
    given === undefined || given.author === ''
      ? []
      : [
          ['Judged', `${formatMoment(given.created_at, timeZone)}, with the key “${given.author}”`],
          ...(given.text === '' ? [] : [['Comment', given.text] as const]),
        ];
  return (
    <div className={styles.detail}>
      <VerdictChoices alertId={alertId} server={server} />
      <dl className={styles.lines}>
        {[...lines, ...judged, ['Id', <code key="id">{alertId}</code>] as const].map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
};

function causeOf(metric: string | null): string {
  return metric === null ? 'None alone' : targetLabel(metric);
}

export const ActiveAlertDetail = ({
  group: { alert, members },
  timeZone,
}: {
  readonly group: AlertGroup;
  readonly timeZone: string;
}) => (
  <>
    <Detail
      alertId={alert.id}
      server={alert.server_name}
      timeZone={timeZone}
      lines={[
        ['Cause', causeOf(alert.cause_metric)],
        ['Opened', formatMoment(alert.opened_at, timeZone)],
        ['Last changed', formatMoment(alert.updated_at, timeZone)],
      ]}
    />
    {alert.kind === 'cascade' ? <MemberAlerts alert={alert} members={members} timeZone={timeZone} /> : null}
  </>
);

export const PastAlertDetail = ({
  incident,
  timeZone,
}: {
  readonly incident: Incident;
  readonly timeZone: string;
}) => (
  <Detail
    alertId={incident.alert_id}
    server={incident.server_name}
    timeZone={timeZone}
    lines={[
      ['Cause', causeOf(incident.cause_metric)],
      ['Opened as', stateLabel(incident.first_level)],
      ['Warned ahead', formatTimeToBreach(incident.lead_seconds)],
      ['Ended', incident.resolved_at === null ? 'still open' : formatMoment(incident.resolved_at, timeZone)],
      ['Life', counted(incident.events, 'event')],
      ...(incident.last_message == null ? [] : [['Last said', incident.last_message] as const]),
    ]}
  />
);

const getStyles = (theme: GrafanaTheme2) => ({
  detail: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1.5) }),
  lines: css({
    margin: 0,
    display: 'flex',
    flexWrap: 'wrap',
    columnGap: theme.spacing(4),
    rowGap: theme.spacing(1),
    '& dt': { ...theme.typography.bodySmall, color: theme.colors.text.secondary },
    '& dd': { margin: 0, overflowWrap: 'anywhere' },
  }),
});
