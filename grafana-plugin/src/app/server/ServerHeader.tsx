import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Text, useStyles2 } from '@grafana/ui';
import type { ServerDetail } from '../../data/server';
import { formatProbability, formatRisk, formatTimeAgo } from '../../shared/format';
import { profileLabel, targetLabel } from '../../shared/metrics';
import { Fact, Facts } from '../components/Facts';
import { capitalised, formatMetric, formatMoment, formatTimeToBreach } from '../components/format';
import { LevelMark } from '../components/LevelMark';
import { stateOf } from '../components/states';
import { TEST_IDS } from '../testIds';

const MODES: Readonly<Record<string, string>> = {
  model: 'Model',
  baseline: 'Baseline',
  warming_up: 'Warming up',
  stale: 'Stale',
};

type Breach = ServerDetail['breaches'][number];

interface Props {
  readonly detail: ServerDetail;
  readonly timeZone: string;
}

/** How a server is and will be, at a glance. */
export const ServerHeader = ({ detail, timeZone }: Props) => {
  const styles = useStyles2(getStyles);
  const state = stateOf({ level: detail.alert.level, mode: detail.mode });
  const [breach] = [...detail.breaches].sort(bySoonest);
  return (
    <section className={styles.header} aria-label="State of the server" data-testid={TEST_IDS.serverHeader}>
      <Facts>
        <Fact
          label="Level"
          value={<LevelMark state={state} size={20} />}
          second={profileLabel(detail.profile)}
        />
        <Fact label="Risk" value={formatRisk(detail.risk_score)} second="of 100" />
        <Fact
          label="Time to breach"
          value={breach === undefined ? 'None expected' : formatTimeToBreach(breach.seconds)}
          second={
            breach === undefined
              ? 'within 8 h'
              : `${targetLabel(breach.metric)} ${formatMetric(breach.metric, breach.value)} (${breach.threshold}), ${formatMoment(breach.at, timeZone)}`
          }
        />
        <Fact
          label="Fails within 30 min"
          value={formatProbability(detail.failure_probability_30m)}
          second="probability"
        />
        <Fact
          label="Fails within 8 h"
          value={formatProbability(detail.failure_probability_8h)}
          second="probability"
        />
        <Fact
          label="Forecast by"
          value={MODES[detail.mode] ?? detail.mode}
          second={`last heard ${formatTimeAgo(new Date(detail.last_seen).valueOf(), timeZone)}`}
        />
      </Facts>
      {detail.cause === null ? null : <Text element="p">{capitalised(detail.cause)}.</Text>}
      <ModeNotice detail={detail} />
    </section>
  );
};

/** The soonest first; of two at once the critical one. */
function bySoonest(a: Breach, b: Breach): number {
  return a.seconds - b.seconds || a.threshold.localeCompare(b.threshold);
}

/** Why the numbers are none, old, or from a baseline. */
const ModeNotice = ({
  detail: { mode, reason, measured_steps, window_steps },
}: {
  readonly detail: ServerDetail;
}) => {
  const styles = useStyles2(getStyles);
  if (mode === 'model') return null;
  if (mode === 'baseline') {
    return (
      <Alert severity="info" title="Baselines forecast most metrics of this server" className={styles.notice}>
        They have been more exact here than the model, or no model could be used; the report card below has
        the figures.
      </Alert>
    );
  }
  const measured = `${measured_steps} of the last ${window_steps} steps of five minutes were measured.`;
  const title = mode === 'stale' ? 'This server stopped sending' : 'This server is warming up';
  return (
    <Alert severity={mode === 'stale' ? 'warning' : 'info'} title={title} className={styles.notice}>
      {reason ?? 'It has no score yet.'} {measured}
    </Alert>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  header: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1.5) }),
  notice: css({ marginBottom: 0 }),
});
