import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Text, useStyles2 } from '@grafana/ui';
import type { ActiveAlert } from '../../data/alerts';
import { formatRisk } from '../../shared/format';
import { profileLabel } from '../../shared/metrics';
import { ServerLink } from '../../shared/ServerLink';
import { unbroken } from '../components/format';
import { LevelMark } from '../components/LevelMark';
import { ServerCell } from '../components/ServerCell';
import { MutedNote } from './MutedNote';
import { VerdictCell } from './VerdictCell';

interface Props {
  /** Of the cascade. */
  readonly alert: ActiveAlert;
  /** Alerts of its members. */
  readonly members: readonly ActiveAlert[];
  readonly timeZone: string;
}

/** What the alert of a cascade stands for. */
export const MemberAlerts = ({ alert, members, timeZone }: Props) => {
  const styles = useStyles2(getStyles);
  const alerting = new Set(members.map(({ server_name: server }) => server));
  const others = (alert.members ?? []).filter((server) => !alerting.has(server));
  return (
    <div className={styles.members}>
      <Text element="h3" variant="h6">
        Alerts of its servers
      </Text>
      {members.length === 0 ? (
        <Text color="secondary">None of its servers alerts by itself.</Text>
      ) : (
        <table className={styles.table}>
          <thead className="sr-only">
            <tr>
              <th scope="col">Level</th>
              <th scope="col">Server</th>
              <th scope="col">Risk</th>
              <th scope="col">What is expected</th>
              <th scope="col">Verdict</th>
            </tr>
          </thead>
          <tbody>
            {members.map((member) => (
              <tr key={member.id}>
                <td>
                  <LevelMark state={member.level} />
                </td>
                <td>
                  <ServerCell server={member.server_name}>{profileLabel(member.profile)}</ServerCell>
                </td>
                <td>{formatRisk(member.risk_score)}</td>
                <td>
                  {unbroken(member.message)}
                  {member.muted ? <MutedNote mutedBy={member.muted_by} timeZone={timeZone} /> : null}
                </td>
                <td>
                  <VerdictCell alertId={member.id} server={member.server_name} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {others.length === 0 ? null : (
        <p className={styles.others}>
          Also in it:{' '}
          {others.map((server, i) => (
            <span key={server}>
              {i === 0 ? '' : ', '}
              <ServerLink server={server} className={styles.link} />
            </span>
          ))}
        </p>
      )}
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  members: css({ marginTop: theme.spacing(2) }),
  table: css({
    width: '100%',
    '& td': { padding: theme.spacing(0.75, 1), borderBottom: `1px solid ${theme.colors.border.weak}` },
  }),
  others: css({ margin: theme.spacing(1, 0, 0), color: theme.colors.text.secondary }),
  link: css({ color: theme.colors.text.link, '&:hover': { textDecoration: 'underline' } }),
});
