import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, Text, useStyles2 } from '@grafana/ui';
import type { DriftRow } from '../../data/drift';
import { formatValue, NOT_KNOWN } from '../../shared/format';
import { metricLabel, metricUnit } from '../../shared/metrics';
import { percent } from '../components/format';
import { signalLabel } from './drift';
import { figureTable } from './figureTable';
import { HistogramKey, ShiftHistogram } from './ShiftHistogram';

/** Signals that a metric has by itself. */
const BY_METRIC = ['distribution_shift', 'prediction_error_rate', 'anomaly_rate'] as const;

interface Props {
  readonly rows: readonly DriftRow[];
  /** From where on a signal speaks for drift. */
  readonly limitOf: (signal: string) => number | undefined;
  /** Whose metrics they are: "All servers". */
  readonly of: string;
}

/** The metrics of a profile with what they were and are, those that have shifted first. */
export const DriftTable = ({ rows, limitOf, of }: Props) => {
  const styles = useStyles2(getStyles);
  if (rows.length === 0) return <Text color="secondary">Nothing of these servers can be compared yet.</Text>;
  return (
    <div>
      <div className={styles.scroll}>
        <table className={styles.table} aria-label={`Drift by metric: ${of}`}>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              {BY_METRIC.map((signal) => (
                <th key={signal} scope="col">
                  {signalLabel(signal)}
                </th>
              ))}
              <th scope="col">Mean before → now</th>
              <th scope="col">Distribution</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.metric}>
                <th scope="row">{metricLabel(row.metric)}</th>
                {BY_METRIC.map((signal) => (
                  <td key={signal}>
                    <Reading value={row[signal]} limit={limitOf(signal)} />
                  </td>
                ))}
                <td>{meansOf(row)}</td>
                <td>
                  <ShiftHistogram
                    histogram={row.evidence.histogram}
                    name={`${metricLabel(row.metric)}, ${of}`}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={styles.foot}>
        <HistogramKey />
      </p>
    </div>
  );
};

function meansOf({ metric, evidence }: DriftRow): string {
  const unit = metricUnit(metric);
  return `${formatValue(evidence.mean_before, unit)} → ${formatValue(evidence.mean_now, unit)}`;
}

/** A signal of a metric; past its limit it has a sign, not a colour only. */
const Reading = ({ value, limit }: { readonly value: number | null; readonly limit: number | undefined }) => {
  const styles = useStyles2(getStyles);
  if (value === null) return <span className={styles.unknown}>{NOT_KNOWN}</span>;
  if (limit === undefined || value < limit) return percent(value, 1);
  return (
    <span className={styles.over} title={`Past its limit of ${percent(limit)}`}>
      <Icon name="exclamation-triangle" size="sm" aria-hidden />
      <span className="sr-only">past its limit: </span> {percent(value, 1)}
    </span>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  scroll: css({ overflowX: 'auto' }),
  table: css({ ...figureTable(theme), '& svg': { verticalAlign: 'middle' } }),
  unknown: css({ color: theme.colors.text.secondary }),
  over: css({ color: theme.colors.warning.text }),
  foot: css({
    ...theme.typography.bodySmall,
    color: theme.colors.text.secondary,
    margin: theme.spacing(1, 0, 0),
  }),
});
