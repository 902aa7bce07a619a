import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, ClipboardButton, useStyles2 } from '@grafana/ui';
import type { ReplayCounts, ReplayResult } from '../../data/replay';
import { formatDuration, NOT_KNOWN } from '../../shared/format';
import { Card } from '../components/Card';
import { counted, formatMoment, percent } from '../components/format';
import { TEST_IDS } from '../testIds';
import { ReplayAlerts } from './ReplayAlerts';

interface Line {
  readonly label: string;
  readonly meaning: string;
  readonly of: (counts: ReplayCounts) => string;
}

const LINES: readonly Line[] = [
  { label: 'Alerts opened', meaning: '', of: ({ opened }) => String(opened) },
  {
    label: 'True',
    meaning: 'what was warned of came 30 min to 8 h later, or a person said so',
    of: ({ true: count }) => String(count),
  },
  {
    label: 'Late',
    meaning: 'it came within 30 min, or was there already',
    of: ({ late }) => String(late),
  },
  { label: 'False', meaning: 'it did not come', of: ({ false: count }) => String(count) },
  {
    label: 'Unknown',
    meaning: 'the 8 h after it were not measured',
    of: ({ unknown }) => String(unknown),
  },
  {
    label: 'Muted',
    meaning: 'by maintenance or as expected; in none of the counts above',
    of: ({ muted }) => String(muted),
  },
  {
    label: 'Precision',
    meaning: 'true of those true, late or false',
    of: ({ precision }) => percent(precision),
  },
  {
    label: 'Median lead',
    meaning: 'of the true ones',
    of: ({ median_lead_seconds: seconds }) => (seconds === null ? NOT_KNOWN : formatDuration(seconds)),
  },
];

interface Props {
  readonly result: ReplayResult;
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  readonly isChanged: boolean;
}

/** What the settings would have said, against today's and against what came. */
export const ReplayResultView = ({ result, from, to, timeZone, isChanged }: Props) => {
  const styles = useStyles2(getStyles);
  const period = `${formatMoment(from, timeZone)} – ${formatMoment(to, timeZone)}`;
  const { forecasts } = result;
  return (
    <>
      <Card
        title="What would have been"
        description={`${period}, ${counted(result.servers, 'server')}, model ${result.model}. A forecast each ${forecasts.stride_minutes} min; ${formatDuration(forecasts.seconds)} of computing.`}
        testId={TEST_IDS.replayResult}
      >
        {isChanged ? (
          <Alert
            severity="info"
            title="These are the results of the settings or period before your last change."
          />
        ) : null}
        <p className={styles.summary}>{result.summary}</p>
        {result.warnings.map((warning) => (
          <Alert key={warning} severity="warning" title={warning} />
        ))}
        <Counts result={result} />
      </Card>
      <ReplayAlerts result={result} timeZone={timeZone} />
      <Configuration yaml={result.yaml} />
    </>
  );
};

const Counts = ({ result }: { readonly result: ReplayResult }) => {
  const styles = useStyles2(getStyles);
  return (
    <table className={styles.counts}>
      <thead>
        <tr>
          <th scope="col">Count</th>
          <th scope="col">Proposed</th>
          <th scope="col">Today</th>
          <th scope="col">
            <span className="sr-only">Meaning</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {LINES.map(({ label, meaning, of }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td>{of(result.proposed)}</td>
            <td>{of(result.today)}</td>
            <td className={styles.meaning}>{meaning}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">Events caught</th>
          <td>{result.proposed.events_caught}</td>
          <td>{result.today.events_caught}</td>
          <td className={styles.meaning}>of {result.events} that came</td>
        </tr>
      </tbody>
    </table>
  );
};

const Configuration = ({ yaml }: { readonly yaml: string }) => {
  const styles = useStyles2(getStyles);
  return (
    <Card
      title="Take them into use"
      description="Put this into the configuration file of Argus in place of its risk section, and start Argus anew. It has only what differs from the defaults."
      actions={
        <ClipboardButton variant="secondary" icon="copy" getText={() => yaml}>
          Copy the configuration
        </ClipboardButton>
      }
    >
      <pre className={styles.yaml}>{yaml}</pre>
    </Card>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  summary: css({ ...theme.typography.h5, margin: theme.spacing(0, 0, 2), maxWidth: '90ch' }),
  counts: css({
    '& th, & td': {
      padding: theme.spacing(0.5, 3, 0.5, 0),
      textAlign: 'left',
      fontWeight: theme.typography.fontWeightRegular,
      fontVariantNumeric: 'tabular-nums',
      borderBottom: `1px solid ${theme.colors.border.weak}`,
    },
    '& thead th': { ...theme.typography.bodySmall, color: theme.colors.text.secondary },
  }),
  meaning: css({ ...theme.typography.bodySmall, color: theme.colors.text.secondary }),
  yaml: css({ margin: 0, whiteSpace: 'pre-wrap' }),
});
