import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import type { TrainingStatus } from '../../data/training';
import { formatDuration } from '../../shared/format';
import { formatMoment } from '../components/format';
import { ProgressBar } from '../components/ProgressBar';

const SECONDS_PER_MINUTE = 60;

const STATES: Readonly<Record<TrainingStatus['state'], string>> = {
  idle: 'Waiting',
  preparing: 'Reading the history',
  training: 'Training',
  comparing: 'Comparing with the model in use',
  activating: 'Taking the new model into use',
};

/** How far a training is, and how long it will still take. */
export const TrainingProgress = ({
  status,
  timeZone,
}: {
  readonly status: TrainingStatus;
  readonly timeZone: string;
}) => {
  const styles = useStyles2(getStyles);
  const { progress, started_at: startedAt, trigger } = status;
  const percent = Math.max(0, Math.min(100, progress.percent));
  const left =
    progress.eta_minutes === null
      ? ''
      : `, about ${formatDuration(progress.eta_minutes * SECONDS_PER_MINUTE)} left`;
  return (
    <div>
      <div className={styles.line}>
        <strong>{STATES[status.state]}</strong>
        <span>
          {Math.round(percent)} %{left}
        </span>
      </div>
      <ProgressBar percent={progress.percent} label="Progress of the training" />
      <p className={styles.small}>
        {status.message}
        {progress.total_epochs > 0 ? ` Epoch ${progress.epoch} of ${progress.total_epochs}.` : ''}
        {startedAt === null ? '' : ` Started ${formatMoment(startedAt, timeZone)}`}
        {trigger === null ? '' : ` (${trigger})`}
        {startedAt === null && trigger === null ? '' : '.'}
      </p>
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  line: css({ display: 'flex', justifyContent: 'space-between', flexWrap: 'wrap', gap: theme.spacing(1) }),
  small: css({ color: theme.colors.text.secondary, margin: 0 }),
});
