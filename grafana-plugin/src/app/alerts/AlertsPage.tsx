import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { EmptyState, LinkButton, Text, useStyles2 } from '@grafana/ui';
import { useMemo } from 'react';
import type { ActiveAlert } from '../../data/alerts';
import type { Incident, TimeSpan } from '../../data/history';
import { useIncidents } from '../../data/historyHooks';
import { useActiveAlerts } from '../../data/hooks';
import { Card } from '../components/Card';
import { ClearFilters } from '../components/filters';
import { counted } from '../components/format';
import { QueryState } from '../components/QueryState';
import { withoutHistory } from '../components/withoutHistory';
import { MaintenanceCard } from '../maintenance/MaintenanceCard';
import type { UrlFilters } from '../scenes/UrlFilters';
import { useRefresh, useTimeZone } from '../scenes/useRefresh';
import { usePastSpan } from '../scenes/useSpan';
import { TEST_IDS } from '../testIds';
import { AlertFilterBar } from './AlertFilterBar';
import { AlertSummary } from './AlertSummary';
import type { AlertsView } from './AlertsView';
import { ActiveAlertTable, PastAlertTable } from './AlertTables';
import { AlertTimeline } from './AlertTimeline';
import { ExportLinks } from './ExportLinks';
import { rulesUrl } from './links';
import { alertMatches } from './matchAlerts';
import { lanesOf } from './timeline';
import { useVerdicts, Verdicts } from './Verdicts';

/** Alerts of the whole fleet. */
export const AlertsPage = ({ model }: { readonly model: AlertsView }) => {
  const styles = useStyles2(getStyles);
  const { filters } = model.useState();
  const timeZone = useTimeZone(model);
  const span = usePastSpan(model);
  const judged = useMemo(() => ({ fromMs: span.fromMs }), [span]);
  useRefresh(model);
  return (
    <div className={styles.page} data-testid={TEST_IDS.alerts}>
      <AlertFilterBar filters={filters} />
      <Verdicts filter={judged}>
        <Alerts filters={filters} timeZone={timeZone} span={span} />
      </Verdicts>
      <MaintenanceCard filter={judged} timeZone={timeZone} />
    </div>
  );
};

interface AlertsProps extends ListProps {
  readonly span: TimeSpan;
}

const Alerts = ({ filters, timeZone, span }: AlertsProps) => {
  const active = useActiveAlerts(GROUPED);
  const past = useIncidents({ open: false, ...span });
  return (
    <>
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
      {/* Why there is no past is said once, below. */}
      {past.data === undefined && past.error !== null ? null : (
        <Card
          title="Time line"
          description="When servers alerted in the chosen time range: worst first, open alerts reach to its end."
          testId={TEST_IDS.timeline}
        >
          <QueryState query={past} what="the time line" isQuiet={past.error !== null}>
            {({ incidents }) => (
              <TimeLine
                alerts={active.data?.alerts ?? NO_ALERTS}
                incidents={incidents}
                filters={filters}
                timeZone={timeZone}
                span={span}
              />
            )}
          </QueryState>
        </Card>
      )}
      <Card
        title="Past"
        description="Alerts that were open in the chosen time range and have ended."
        testId={TEST_IDS.pastAlerts}
        actions={<ExportLinks span={span} timeZone={timeZone} />}
      >
        <QueryState query={past} what="the past alerts" onError={withoutHistory}>
          {({ incidents, next_cursor }) => (
            <>
              <AlertSummary span={span} incidents={incidents} />
              <Past incidents={incidents} filters={filters} timeZone={timeZone} isCut={next_cursor != null} />
            </>
          )}
        </QueryState>
      </Card>
    </>
  );
};

/** With those of a cascade's members, which are listed under it. */
const GROUPED = { grouped: true };
const NO_ALERTS: readonly ActiveAlert[] = [];

interface ListProps {
  readonly filters: UrlFilters;
  readonly timeZone: string;
}

/** Open alerts that the filters let through. */
function useMatchingAlerts(alerts: readonly ActiveAlert[], filters: UrlFilters): readonly ActiveAlert[] {
  const values = filters.useState();
  const { byAlert } = useVerdicts();
  return useMemo(
    () =>
      alerts.filter((alert) =>
        alertMatches({ ...alert, isMuted: alert.muted, isJudged: byAlert.has(alert.id) }, values),
      ),
    [alerts, values, byAlert],
  );
}

/** Past alerts that the filters let through, by the highest level each reached. */
function useMatchingIncidents(incidents: readonly Incident[], filters: UrlFilters): readonly Incident[] {
  const values = filters.useState();
  const { byAlert } = useVerdicts();
  return useMemo(
    () =>
      incidents.filter((incident) =>
        alertMatches(
          {
            ...incident,
            level: incident.peak_level,
            isMuted: false,
            isJudged: byAlert.has(incident.alert_id),
          },
          values,
        ),
      ),
    [incidents, values, byAlert],
  );
}

interface TimeLineProps extends AlertsProps {
  readonly alerts: readonly ActiveAlert[];
  readonly incidents: readonly Incident[];
}

const TimeLine = ({ alerts, incidents, filters, timeZone, span }: TimeLineProps) => {
  const active = useMatchingAlerts(alerts, filters);
  const past = useMatchingIncidents(incidents, filters);
  const lanes = useMemo(() => lanesOf(active, past, span), [active, past, span]);
  return <AlertTimeline lanes={lanes} span={span} timeZone={timeZone} />;
};

const Active = ({ alerts, filters, timeZone }: ListProps & { readonly alerts: readonly ActiveAlert[] }) => {
  const shown = useMatchingAlerts(alerts, filters);
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
  const shown = useMatchingIncidents(incidents, filters);
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
