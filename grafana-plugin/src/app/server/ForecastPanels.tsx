import { css } from '@emotion/css';
import { type GrafanaTheme2, LoadingState, type PanelData } from '@grafana/data';
import { SceneQueryRunner, sceneGraph } from '@grafana/scenes';
import { Button, Combobox, InlineField, useStyles2 } from '@grafana/ui';
import { ArgusError } from '../../data/errors';
import type { ServerDetail } from '../../data/server';
import { HORIZONS, TARGETS } from '../../shared/metrics';
import { Card } from '../components/Card';
import { ErrorNotice } from '../components/ErrorNotice';
import { Waiting } from '../components/QueryState';
import { metricsIn } from './forecastFrames';
import type { ServerView } from './ServerView';

const NO_BREACHES: Breaches = [];

const LEADS = [
  { value: '', label: 'Not shown' },
  ...HORIZONS.map(({ name, label }) => ({ value: name, label: `${label} before` })),
];

type Target = (typeof TARGETS)[number];
type Breaches = ServerDetail['breaches'];

interface Props {
  readonly model: ServerView;
  /** Expected breaches: their metrics come first. */
  readonly urgent: Breaches | undefined;
}

/** Metrics with an expected breach first, the soonest at the front; the others in their usual order. */
function inOrder(urgent: Breaches): readonly Target[] {
  const soonest = (metric: string) =>
    Math.min(...urgent.filter((breach) => breach.metric === metric).map(({ seconds }) => seconds));
  return [...TARGETS].sort((a, b) => compare(soonest(a.name), soonest(b.name)));
}

/** Infinity, for no breach, equals itself. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** History and forecast of each metric on one axis. */
export const ForecastPanels = ({ model, urgent }: Props) => {
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
      <Panels model={model} data={data} urgent={urgent} />
    </Card>
  );
};

const Panels = ({ model, data, urgent = NO_BREACHES }: Props & { readonly data: PanelData | undefined }) => {
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
        {inOrder(urgent).map(({ name }) => {
          const panel = panels[TARGETS.findIndex((target) => target.name === name)];
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
  panel: css({ height: 290, minWidth: 0 }),
  missing: css({ margin: theme.spacing(1, 0, 0), color: theme.colors.text.secondary }),
});
