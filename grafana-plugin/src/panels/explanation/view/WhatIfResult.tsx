import { css } from '@emotion/css';
import type { GrafanaTheme2, TimeZone } from '@grafana/data';
import { FilterPill, Icon, useStyles2 } from '@grafana/ui';
import { useMemo, useState } from 'react';
import type { ExplainedRisk } from '../../../data/explanation';
import type { WhatIfAnswer } from '../../../data/whatIf';
import { ChartLegend, toggled } from '../../../shared/chart/ChartLegend';
import { ForecastChart } from '../../../shared/chart/ForecastChart';
import { type LayerName, layersOf } from '../../../shared/chart/series';
import { formatProbability } from '../../../shared/format';
import { targetLabel } from '../../../shared/metrics';
import { useElementWidth } from '../../../shared/useElementWidth';
import { Score } from './Counterfactuals';
import { changedMetrics, comparisonSeries } from './whatIfInputs';

export interface WhatIfResultProps {
  readonly answer: WhatIfAnswer;
  readonly targets: ExplainedRisk['targets'];
  readonly timeZone: TimeZone;
}

const CHART_HEIGHT = 200;
const FIRST_WIDTH = 480;

/** The forecast before and after, what was assumed, and where the answer is a guess. */
export const WhatIfResult = ({ answer, targets, timeZone }: WhatIfResultProps) => {
  const styles = useStyles2(getStyles);
  const [ref, width] = useElementWidth(FIRST_WIDTH);
  const [chosen, choose] = useState<string | undefined>(undefined);
  const [hidden, setHidden] = useState<ReadonlySet<LayerName>>(new Set());
  const server = answer.servers[0];
  const metrics = useMemo(() => (server === undefined ? [] : changedMetrics(server)), [server]);
  const metric = chosen !== undefined && metrics.includes(chosen) ? chosen : metrics[0];
  const series = useMemo(() => {
    if (server === undefined || metric === undefined) return undefined;
    const target = targets.find((one) => one.metric === metric);
    const thresholds =
      target === undefined ? null : { warning: target.warning ?? null, critical: target.critical ?? null };
    return comparisonSeries(answer, server, metric, thresholds);
  }, [answer, server, metric, targets]);

  return (
    <div ref={ref}>
      <p className={styles.summary}>{answer.summary}</p>
      {server !== undefined && (
        <div className={styles.change}>
          <Score value={server.before.risk_score} />
          <Icon name="arrow-right" aria-label="becomes" />
          <Score value={server.after.risk_score} />
          <span className={styles.aside}>
            Failure in 8 h: {formatProbability(server.before.failure_probability_8h)} →{' '}
            {formatProbability(server.after.failure_probability_8h)}
          </span>
        </div>
      )}
      {[...answer.warnings, ...answer.skipped.map(({ reason }) => ({ message: reason }))].map(
        ({ message }) => (
          <p key={message} className={styles.warning}>
            <Icon name="exclamation-triangle" aria-label="Warning" /> {message}
          </p>
        ),
      )}
      {series !== undefined && (
        <>
          <fieldset className={styles.metrics} aria-label="Metric of the chart">
            {metrics.map((name) => (
              <FilterPill
                key={name}
                label={targetLabel(name)}
                selected={name === metric}
                onClick={() => choose(name)}
              />
            ))}
          </fieldset>
          <ForecastChart
            series={series}
            width={width}
            height={CHART_HEIGHT}
            timeZone={timeZone}
            from={series.times[0] ?? 0}
            to={series.times.at(-1) ?? 1}
            hidden={hidden}
          />
          <ChartLegend
            layers={layersOf([series])}
            series={series}
            hidden={hidden}
            onToggle={(layer) => setHidden((before) => toggled(before, layer))}
          />
        </>
      )}
      {answer.assumptions.map((assumption) => (
        <p key={assumption} className={styles.assumption}>
          {assumption}
        </p>
      ))}
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  summary: css({ margin: theme.spacing(0, 0, 0.5), fontWeight: theme.typography.fontWeightMedium }),
  change: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0.75),
    ...theme.typography.bodySmall,
  }),
  aside: css({ color: theme.colors.text.secondary, marginLeft: theme.spacing(1) }),
  warning: css({
    ...theme.typography.bodySmall,
    margin: theme.spacing(0.5, 0, 0),
    color: theme.colors.warning.text,
  }),
  metrics: css({
    border: 0,
    padding: 0,
    minWidth: 0,
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5),
    margin: theme.spacing(1, 0, 0.5),
  }),
  assumption: css({
    ...theme.typography.bodySmall,
    color: theme.colors.text.secondary,
    margin: theme.spacing(0.5, 0, 0),
  }),
});
