import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, useStyles2 } from '@grafana/ui';
import { useFleet } from '../../data/hooks';
import { QueryState } from '../components/QueryState';
import { useRefresh } from '../scenes/useRefresh';
import { TEST_IDS } from '../testIds';
import { FirstRun } from './FirstRun';
import { FleetList } from './FleetList';
import { FleetSummaryTiles } from './FleetSummaryTiles';
import type { FleetView } from './FleetView';

/** How the fleet is, where its risks are, and who needs someone now. */
export const FleetPage = ({ model }: { readonly model: FleetView }) => {
  const { filters, map } = model.useState();
  const styles = useStyles2(getStyles);
  const fleet = useFleet();
  useRefresh(model);
  return (
    <div className={styles.page} data-testid={TEST_IDS.fleet}>
      <QueryState query={fleet} what="the fleet">
        {({ summary, servers, notReady }) =>
          summary.total_servers === 0 ? (
            <FirstRun />
          ) : (
            <>
              {notReady === undefined ? null : (
                <Alert severity="info" title="Argus is warming up" className={styles.notice}>
                  {notReady}
                </Alert>
              )}
              <FleetSummaryTiles summary={summary} filters={filters} />
              <div className={styles.map}>
                <map.Component model={map} />
              </div>
              <FleetList servers={servers} filters={filters} />
            </>
          )
        }
      </QueryState>
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  notice: css({ marginBottom: 0 }),
  map: css({ height: 320 }),
});
