import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { RadioButtonGroup, Text, Tooltip, useStyles2 } from '@grafana/ui';
import { useState } from 'react';
import { useReportCard } from '../../data/hooks';
import type { ReportCard } from '../../data/reportCard';
import { HORIZONS, TARGETS } from '../../shared/metrics';
import { Card } from '../components/Card';
import { counted, formatMoment } from '../components/format';
import { QueryState } from '../components/QueryState';
import { TEST_IDS } from '../testIds';
import { ASPECTS, type Aspect, type ReportRow, readingOf, sourceSentence } from './reportReadings';

/** How exact forecasts have been, by metric and horizon. */
export const ReportCardTable = ({ timeZone }: { readonly timeZone: string }) => {
  const card = useReportCard();
  const [aspect, setAspect] = useState<Aspect>('skill');
  const { description } = ASPECTS.find(({ value }) => value === aspect) ?? ASPECTS[0];
  return (
    <Card
      title="Report card"
      description={description}
      testId={TEST_IDS.reportCard}
      actions={
        <RadioButtonGroup
          options={ASPECTS.map(({ value, label }) => ({ value, label }))}
          value={aspect}
          onChange={setAspect}
          aria-label="What the report card shows"
        />
      }
    >
      <QueryState query={card} what="the report card">
        {(data) =>
          data.rows.length === 0 ? (
            <Text color="secondary">{data.message ?? 'Nothing has been scored yet.'}</Text>
          ) : (
            <Matrix card={data} aspect={aspect} timeZone={timeZone} />
          )
        }
      </QueryState>
    </Card>
  );
};

interface MatrixProps {
  readonly card: ReportCard;
  readonly aspect: Aspect;
  readonly timeZone: string;
}

const Matrix = ({ card, aspect, timeZone }: MatrixProps) => {
  const styles = useStyles2(getStyles);
  const rowOf = (metric: string, horizon: string) =>
    card.rows.find((row) => row.metric === metric && row.horizon === horizon);
  const metrics = TARGETS.filter(({ name }) => card.rows.some(({ metric }) => metric === name));
  const scored = card.rows.reduce((sum, row) => sum + row.scored, 0);
  return (
    <>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              {HORIZONS.map(({ name, label }) => (
                <th key={name} scope="col" className={styles.number}>
                  {label}
                </th>
              ))}
              <th scope="col" className={styles.source}>
                Forecast by
              </th>
            </tr>
          </thead>
          <tbody>
            {metrics.map(({ name, label }) => (
              <tr key={name}>
                <th scope="row">{label}</th>
                {HORIZONS.map((horizon) => (
                  <td key={horizon.name} className={styles.number}>
                    <Reading row={rowOf(name, horizon.name)} aspect={aspect} />
                  </td>
                ))}
                <td className={styles.source}>
                  {sourceSentence(card.sources.find(({ metric }) => metric === name))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={styles.foot}>
        {counted(scored, 'forecast')} scored over the last {card.window_hours} hours
        {card.since === null ? '' : `, since ${formatMoment(card.since, timeZone)}`}
        {card.model === null ? '' : `; model ${card.model}`}.
      </p>
    </>
  );
};

const Reading = ({ row, aspect }: { readonly row: ReportRow | undefined; readonly aspect: Aspect }) => {
  const styles = useStyles2(getStyles);
  const { text, verdict, detail } = readingOf(row, aspect);
  if (row === undefined) return <span className={styles.unknown}>{text}</span>;
  return (
    <Tooltip content={detail}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a tooltip has to be reachable by keyboard */}
      <span tabIndex={0} className={cx(verdict === 'good' && styles.good, verdict === 'bad' && styles.bad)}>
        {text}
      </span>
    </Tooltip>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  scroll: css({ overflowX: 'auto' }),
  table: css({
    width: '100%',
    '& th, & td': {
      padding: theme.spacing(0.75, 1),
      textAlign: 'left',
      borderBottom: `1px solid ${theme.colors.border.weak}`,
    },
    '& th': { fontWeight: theme.typography.fontWeightRegular, whiteSpace: 'nowrap' },
    '& thead th': { color: theme.colors.text.secondary, ...theme.typography.bodySmall },
  }),
  number: css({ '&&': { textAlign: 'right' }, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }),
  source: css({ '&&': { paddingLeft: theme.spacing(3) } }),
  unknown: css({ color: theme.colors.text.secondary }),
  good: css({ color: theme.colors.success.text }),
  bad: css({ color: theme.colors.warning.text }),
  foot: css({ margin: theme.spacing(1.5, 0, 0), color: theme.colors.text.secondary }),
});
