import { css } from '@emotion/css';
import { type GrafanaTheme2, LoadingState, type PanelData } from '@grafana/data';
import { SceneQueryRunner, sceneGraph } from '@grafana/scenes';
import { Button, Combobox, InlineField, useStyles2 } from '@grafana/ui';
import { ArgusError } from '../../data/errors';
import { HORIZONS, TARGETS } from '../../shared/metrics';
import { Card } from '../components/Card';
import { ErrorNotice } from '../components/ErrorNotice';
import { Waiting } from '../components/QueryState';
import { metricsIn } from './forecastFrames';
import type { ServerView } from './ServerView';

const LEADS = [
  { value: '', label: 'Not shown' },
  ...HORIZONS.map(({ name, label }) => ({ value: name, label: `${label} before` })),
];

/** History and forecast of each metric on one axis. */
export const ForecastPanels = ({ model }: { readonly model: ServerView }) => {
  const { pastLead } = model.useState();
  const { data } = sceneGraph.getData(model).useState();
  return (
    <Card
      title="Forecast"
      description="Measured over the past day, forecast for the next eight hours: the median, and the band in which four values of five fall."
      actions={
        <InlineField
          label="Earlier forecast"
          tooltip="What was forecast so long before each time, to hold against what came"
        >
          <Combobox
            options={LEADS}
            value={pastLead}
            onChange={({ value }) => model.choosePastLead(value)}
            width={22}
            aria-label="Earlier forecast"
          />
        </InlineField>
      }
    >
      <Panels model={model} data={data} />
    </Card>
  );
};

const Panels = ({ model, data }: { readonly model: ServerView; readonly data: PanelData | undefined }) => {
  const styles = useStyles2(getStyles);
  const { panels, $data } = model.useState();
  const measured = metricsIn(data?.series ?? []);
  const retry = () => {
    if ($data instanceof SceneQueryRunner) $data.runQueries();
  };
  const failure = failureOf(data);
  if (measured.size === 0) {
    if (failure !== undefined) return <ErrorNotice error={failure} what="the forecast" onRetry={retry} />;
    if (data === undefined || data.state === LoadingState.Loading || data.state === LoadingState.NotStarted)
      return <Waiting what="the forecast" />;
    return (
      <div role="status">
        There is no forecast of this server yet. It is made when enough was measured.{' '}
        <Button size="sm" variant="secondary" onClick={retry}>
          Look again
        </Button>
      </div>
    );
  }
  return (
    <>
      {failure === undefined ? null : (
        <ErrorNotice error={failure} what="the forecast" isStale onRetry={retry} />
      )}
      <div className={styles.grid}>
        {TARGETS.map(({ name }, i) => {
          const panel = panels[i];
          return panel === undefined || !measured.has(name) ? null : (
            <div key={name} className={styles.panel}>
              <panel.Component model={panel} />
            </div>
          );
        })}
      </div>
      <NotMeasured measured={measured} />
    </>
  );
};

const NotMeasured = ({ measured }: { readonly measured: ReadonlySet<string> }) => {
  const styles = useStyles2(getStyles);
  const missing = TARGETS.filter(({ name }) => !measured.has(name)).map(({ label }) => label);
  return missing.length === 0 ? null : (
    <p className={styles.missing}>Not measured on this server, so not forecast: {missing.join(', ')}.</p>
  );
};

function failureOf(data: PanelData | undefined): Error | undefined {
  const failure = data?.errors?.[0];
  if (data?.state !== LoadingState.Error && failure === undefined) return undefined;
  return new ArgusError('failed', failure?.message ?? 'The data source did not answer.', '');
}

const getStyles = (theme: GrafanaTheme2) => ({
  grid: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 420px), 1fr))',
    gap: theme.spacing(1),
  }),
  panel: css({ height: 260, minWidth: 0 }),
  missing: css({ margin: theme.spacing(1, 0, 0), color: theme.colors.text.secondary }),
});
