import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import type { Cascade, CascadeMember } from '../../data/cascade';
import { formatDuration, formatRisk, NOT_KNOWN } from '../../shared/format';
import { metricLabel, profileLabel } from '../../shared/metrics';
import { formatMoment } from '../components/format';
import { LevelMark } from '../components/LevelMark';
import { ServerCell } from '../components/ServerCell';

const SECONDS_PER_MINUTE = 60;

function lagOf({ lag_minutes: minutes }: CascadeMember, isLeader: boolean): string {
  if (isLeader) return 'led';
  return minutes <= 0 ? 'at the same time' : `${formatDuration(minutes * SECONDS_PER_MINUTE)} later`;
}

/** The servers of a cascade in the order they joined it. */
export const CascadeMembers = ({
  cascade,
  timeZone,
}: {
  readonly cascade: Cascade;
  readonly timeZone: string;
}) => {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.scroll}>
      <table className={styles.table} aria-label="Members of the cascade">
        <thead>
          <tr>
            <th scope="col">Server</th>
            <th scope="col">Joined</th>
            <th scope="col">After the first</th>
            <th scope="col">By</th>
            <th scope="col">Now</th>
            <th scope="col">Level</th>
            <th scope="col">Risk</th>
          </tr>
        </thead>
        <tbody>
          {cascade.members.map((member) => (
            <tr key={member.server_name}>
              <td>
                <ServerCell server={member.server_name}>{profileLabel(member.profile)}</ServerCell>
              </td>
              <td>{formatMoment(member.started_at, timeZone)}</td>
              <td>{lagOf(member, member.server_name === cascade.leader.server_name)}</td>
              <td>{metricLabel(member.metric)}</td>
              <td>{member.deviating ? 'deviates' : 'as usual again'}</td>
              <td>{member.level === null ? NOT_KNOWN : <LevelMark state={member.level} />}</td>
              <td>{formatRisk(member.risk_score)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  scroll: css({ overflowX: 'auto', marginTop: theme.spacing(1) }),
  table: css({
    width: '100%',
    '& th, & td': {
      padding: theme.spacing(0.5, 1),
      textAlign: 'left',
      verticalAlign: 'top',
      borderBottom: `1px solid ${theme.colors.border.weak}`,
    },
    '& thead th': {
      ...theme.typography.bodySmall,
      color: theme.colors.text.secondary,
      fontWeight: theme.typography.fontWeightRegular,
    },
  }),
});
