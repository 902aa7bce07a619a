import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { EmptyState, LinkButton, Text, useStyles2 } from '@grafana/ui';
import { useMemo } from 'react';
import type { ActiveAlert } from '../../data/alerts';
import type { Incident } from '../../data/history';
import { useIncidents } from '../../data/historyHooks';
import { useActiveAlerts } from '../../data/hooks';
import { Card } from '../components/Card';
import { ClearFilters } from '../components/filters';
import { counted } from '../components/format';
import { QueryState } from '../components/QueryState';
import { withoutHistory } from '../components/withoutHistory';
import type { UrlFilters } from '../scenes/UrlFilters';
import { useRefresh, useTimeZone } from '../scenes/useRefresh';
import { usePastSpan } from '../scenes/useSpan';
import { TEST_IDS } from '../testIds';
import { AlertFilterBar } from './AlertFilterBar';
import { AlertSummary } from './AlertSummary';
import type { AlertsView } from './AlertsView';
import { ActiveAlertTable, PastAlertTable } from './AlertTables';
import { rulesUrl } from './links';
import { alertMatches } from './matchAlerts';

/** Alerts of the whole fleet. */
export const AlertsPage = ({ model }: { readonly model: AlertsView }) => {
  const styles = useStyles2(getStyles);
  const { filters } = model.useState();
  const timeZone = useTimeZone(model);
  const span = usePastSpan(model);
  const active = useActiveAlerts();
  const past = useIncidents({ open: false, ...span });
  useRefresh(model);
  return (
    <div className={styles.page} data-testid={TEST_IDS.alerts}>
      <AlertFilterBar filters={filters} />
      <Card
        title="Active"
        description="The most urgent first. An alert opens when a level has held for two forecasts, and ends five points below it."
        testId={TEST_IDS.activeAlerts}
        actions={
          <LinkButton variant="secondary" icon="bell" href={rulesUrl()}>
            Rules in Grafana alerting
          </LinkButton>
        }
      >
        <QueryState query={active} what="the active alerts">
          {({ alerts }) => <Active alerts={alerts} filters={filters} timeZone={timeZone} />}
        </QueryState>
      </Card>
      <Card
        title="Past"
        description="Alerts that were open in the chosen time range and have ended."
        testId={TEST_IDS.pastAlerts}
      >
        <QueryState query={past} what="the past alerts" onError={withoutHistory}>
          {({ incidents, next_cursor }) => (
            <>
              <AlertSummary span={span} />
              <Past incidents={incidents} filters={filters} timeZone={timeZone} isCut={next_cursor != null} />
            </>
          )}
        </QueryState>
      </Card>
    </div>
  );
};

interface ListProps {
  readonly filters: UrlFilters;
  readonly timeZone: string;
}

const Active = ({ alerts, filters, timeZone }: ListProps & { readonly alerts: readonly ActiveAlert[] }) => {
  const values = filters.useState();
  const shown = useMemo(() => alerts.filter((alert) => alertMatches(alert, values)), [alerts, values]);
  if (alerts.length === 0) {
    return (
      <EmptyState variant="completed" message="No alert is active">
        No server is expected to get into trouble in the next eight hours.
      </EmptyState>
    );
  }
  if (shown.length === 0) return <NoneMatch filters={filters} what="active alert" count={alerts.length} />;
  return <ActiveAlertTable alerts={shown} timeZone={timeZone} />;
};

interface PastProps extends ListProps {
  readonly incidents: readonly Incident[];
  readonly isCut: boolean;
}

const Past = ({ incidents, filters, timeZone, isCut }: PastProps) => {
  const values = filters.useState();
  const shown = useMemo(
    () => incidents.filter((incident) => alertMatches({ ...incident, level: incident.peak_level }, values)),
    [incidents, values],
  );
  if (incidents.length === 0) return <Text color="secondary">No alert ended in this time range.</Text>;
  if (shown.length === 0) return <NoneMatch filters={filters} what="past alert" count={incidents.length} />;
  return (
    <>
      <PastAlertTable incidents={shown} timeZone={timeZone} />
      {isCut ? (
        <Text color="secondary">
          Only the newest {incidents.length} are listed. Choose a shorter time range to see the others.
        </Text>
      ) : null}
    </>
  );
};

interface NoneProps {
  readonly filters: UrlFilters;
  readonly what: string;
  readonly count: number;
}

const NoneMatch = ({ filters, what, count }: NoneProps) => (
  <EmptyState
    variant="not-found"
    message={`None of ${counted(count, what)} matches`}
    button={<ClearFilters filters={filters} />}
    hideImage
  />
);

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
});
