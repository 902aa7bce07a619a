import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import type { Incident, TimeSpan } from '../../data/history';
import { useHistorySummary } from '../../data/historyHooks';
import { formatDuration } from '../../shared/format';
import { counted } from '../components/format';
import { ATTENTION, stateLabel } from '../components/states';
import { resolutionTimes } from './resolution';

const SECONDS_PER_MINUTE = 60;

interface Props {
  readonly span: TimeSpan;
  /** The alerts that ended in it. */
  readonly incidents: readonly Incident[];
}

/** What became of the alerts of a time range, in a line; without an answer the list below stands alone. */
export const AlertSummary = ({ span, incidents }: Props) => {
  const styles = useStyles2(getStyles);
  const { data } = useHistorySummary(span);
  if (data === undefined || data.total_alerts === 0) return null;
  const byLevel = ATTENTION.flatMap((level) => {
    const count = data.alerts_by_level[level] ?? 0;
    return count === 0 ? [] : [`${count} ${stateLabel(level).toLowerCase()}`];
  });
  const minutes = data.avg_resolution_time_minutes;
  const times = resolutionTimes(incidents);
  return (
    <p className={styles.line}>
      {counted(data.total_alerts, 'alert')} opened: {byLevel.join(', ')}.{' '}
      {minutes === null ? '' : `They lasted ${formatDuration(minutes * SECONDS_PER_MINUTE)} on average. `}
      {times === undefined
        ? ''
        : `Half of them ended within ${formatDuration(times.median)}, nine of ten within ${formatDuration(times.p90)}. `}
      {data.incidents_prevented === 0
        ? ''
        : `${data.incidents_prevented} reached critical and ended without a breach.`}
    </p>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  line: css({ margin: theme.spacing(0, 0, 1.5), color: theme.colors.text.secondary }),
});
