import { Stack, Text } from '@grafana/ui';
import { useMemo } from 'react';
import { useIncidents } from '../../data/historyHooks';
import { useActiveAlerts } from '../../data/hooks';
import { ActiveAlertTable, PastAlertTable } from '../alerts/AlertTables';
import { Verdicts } from '../alerts/Verdicts';
import { Card } from '../components/Card';
import { QueryState } from '../components/QueryState';
import { withoutHistory } from '../components/withoutHistory';
import { PlanMaintenance } from '../maintenance/PlanMaintenance';
import { useLastDays } from '../scenes/useSpan';
import type { ServerView } from './ServerView';

const DAYS = 7;

interface Props {
  readonly model: ServerView;
  readonly server: string;
  readonly timeZone: string;
}

/** What is alerting on a server, and what did. */
export const ServerAlerts = ({ model, server, timeZone }: Props) => {
  const filter = useMemo(() => ({ server: [server] }), [server]);
  const active = useActiveAlerts(filter);
  const span = useLastDays(model, DAYS);
  const past = useIncidents({ server, open: false, ...span });
  const judged = useMemo(() => ({ server, fromMs: span.fromMs }), [server, span]);
  return (
    <Card title="Alerts" actions={<PlanMaintenance servers={filter.server} timeZone={timeZone} />}>
      <Verdicts filter={judged}>
        <Stack direction="column" gap={2}>
          <QueryState query={active} what="the active alerts">
            {({ alerts }) =>
              alerts.length === 0 ? (
                <Text>No alert is active on this server.</Text>
              ) : (
                <ActiveAlertTable alerts={alerts} timeZone={timeZone} hideServer />
              )
            }
          </QueryState>
          <div>
            <Text element="h3" variant="h6">
              Ended in the last {DAYS} days
            </Text>
            <QueryState query={past} what="the past alerts" onError={withoutHistory}>
              {({ incidents }) =>
                incidents.length === 0 ? (
                  <Text color="secondary">None.</Text>
                ) : (
                  <PastAlertTable incidents={incidents} timeZone={timeZone} hideServer />
                )
              }
            </QueryState>
          </div>
        </Stack>
      </Verdicts>
    </Card>
  );
};
