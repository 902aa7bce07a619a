import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, useStyles2 } from '@grafana/ui';
import type { Replay } from '../../data/replay';
import { formatDuration } from '../../shared/format';
import { Card } from '../components/Card';
import { ProgressBar } from '../components/ProgressBar';

const SECONDS_PER_MINUTE = 60;

const STEPS: Readonly<Record<string, string>> = {
  reading: 'Reading the history',
  forecasting: 'Forecasting each time again',
  evaluating: 'Comparing both settings with what came',
};

interface Props {
  readonly replay: Replay;
  readonly isCancelling: boolean;
  readonly onCancel: () => void;
}

function leftOf(seconds: number | null): string {
  if (seconds === null) return '';
  return seconds < SECONDS_PER_MINUTE
    ? ', less than a minute left'
    : `, about ${formatDuration(seconds)} left`;
}

/** How far a replay is, and a way to end it. */
export const ReplayProgress = ({ replay, isCancelling, onCancel }: Props) => {
  const styles = useStyles2(getStyles);
  return (
    <Card
      title="Replaying"
      description="Ends by itself when this page is left for a minute. Forecasts are kept for the next try on the same period."
      actions={
        <Button variant="destructive" fill="outline" disabled={isCancelling} onClick={onCancel}>
          {isCancelling ? 'Cancelling…' : 'Cancel'}
        </Button>
      }
    >
      <div className={styles.line}>
        <strong>{STEPS[replay.state] ?? replay.state}</strong>
        <span>
          {Math.round(replay.progress)} %{leftOf(replay.seconds_left)}
        </span>
      </div>
      <ProgressBar percent={replay.progress} label="Progress of the replay" />
    </Card>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  line: css({ display: 'flex', justifyContent: 'space-between', flexWrap: 'wrap', gap: theme.spacing(1) }),
});
