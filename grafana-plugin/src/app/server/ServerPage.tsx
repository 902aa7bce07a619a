import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { sceneGraph } from '@grafana/scenes';
import { EmptyState, LinkButton, useStyles2 } from '@grafana/ui';
import { useArgusClient } from '../../data/clientContext';
import { ArgusError } from '../../data/errors';
import { useServer, useStatus } from '../../data/hooks';
import { ServerExplanation } from '../../panels/explanation';
import { ALL_SECTIONS } from '../../panels/explanation/view/ExplanationView';
import { pageUrl } from '../../shared/routes';
import { CascadeNotice } from '../cascade/CascadeNotice';
import { Card } from '../components/Card';
import { CONNECTION_KINDS, ErrorNotice } from '../components/ErrorNotice';
import { QueryState } from '../components/QueryState';
import { useFirst } from '../components/useFirst';
import { useRefresh, useTimeZone } from '../scenes/useRefresh';
import { TEST_IDS } from '../testIds';
import { ForecastPanels } from './ForecastPanels';
import { RiskHistory } from './RiskHistory';
import { RiskParts } from './RiskParts';
import { ServerAlerts } from './ServerAlerts';
import { ServerHeader } from './ServerHeader';
import { ServerReport } from './ServerReport';
import type { ServerView } from './ServerView';

/** The parts of the risk have their own place on the page. */
const SECTIONS = { ...ALL_SECTIONS, parts: false };

/** Everything about one server. */
export const ServerPage = ({ model }: { readonly model: ServerView }) => {
  const { server } = model.useState();
  return <ServerParts key={server} model={model} server={server} />;
};

const ServerParts = ({ model, server }: { readonly model: ServerView; readonly server: string }) => {
  const styles = useStyles2(getStyles);
  const detail = useServer(server);
  const status = useStatus();
  const client = useArgusClient();
  const urgent = useFirst(detail.data?.breaches);
  const timeZone = useTimeZone(model);
  useRefresh(model);
  if (isUnknown(detail.error)) return <UnknownServer server={server} />;
  if (detail.data === undefined && isGeneral(detail.error)) {
    return (
      <div className={styles.page}>
        <ErrorNotice
          error={detail.error}
          what="this server"
          onRetry={() => sceneGraph.getTimeRange(model).onRefresh()}
          isRetrying={detail.isFetching}
        />
      </div>
    );
  }
  return (
    <div className={styles.page} data-testid={TEST_IDS.server}>
      <QueryState query={detail} what="the state of this server">
        {(data) => <ServerHeader detail={data} timeZone={timeZone} />}
      </QueryState>
      <CascadeNotice server={server} />
      <ForecastPanels model={model} urgent={urgent} />
      <div className={styles.pair}>
        <QueryState query={detail} what="the risk of this server" isQuiet>
          {(data) => <RiskParts detail={data} />}
        </QueryState>
        <RiskHistory model={model} />
      </div>
      <Card
        title="Explanation"
        description="What the forecast of this server reacts to, and what would bring its risk down."
      >
        <ServerExplanation
          show={SECTIONS}
          client={client}
          server={server}
          timeZone={timeZone}
          version={status.data?.last_cycle?.origin}
        />
      </Card>
      <ServerAlerts model={model} server={server} timeZone={timeZone} />
      <ServerReport server={server} timeZone={timeZone} />
    </div>
  );
};

/** What fails for one part fails for all: it is said once. */
function isGeneral(error: unknown): error is ArgusError {
  return error instanceof ArgusError && CONNECTION_KINDS.includes(error.kind);
}

function isUnknown(error: unknown): boolean {
  return error instanceof ArgusError && error.kind === 'not_found';
}

const UnknownServer = ({ server }: { readonly server: string }) => {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.page}>
      <EmptyState
        variant="not-found"
        message={`Argus does not know a server “${server}”`}
        role="alert"
        button={<LinkButton href={pageUrl('fleet')}>All servers</LinkButton>}
      >
        It never sent anything, or it has been silent for so long that it was forgotten.
      </EmptyState>
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  pair: css({
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(2),
    '& > *': { flex: '1 1 280px' },
    '& > :last-child': { flex: '2 1 420px' },
  }),
});
