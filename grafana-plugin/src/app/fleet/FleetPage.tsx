import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, useStyles2 } from '@grafana/ui';
import { useFleet } from '../../data/hooks';
import { CascadeCards } from '../cascade/CascadeCards';
import { QueryState } from '../components/QueryState';
import { useRefresh, useTimeZone } from '../scenes/useRefresh';
import { TEST_IDS } from '../testIds';
import { FirstRun } from './FirstRun';
import { FleetList } from './FleetList';
import { FleetSummaryTiles } from './FleetSummaryTiles';
import type { FleetView } from './FleetView';

/** Room for the map: small fleets need little, large ones scroll inside. */
const SMALL_MAP_PIXELS = 300;
const LARGE_MAP_PIXELS = 560;
const PIXELS_PER_SERVER = 0.5;

function mapHeight(servers: number): number {
  return Math.min(LARGE_MAP_PIXELS, SMALL_MAP_PIXELS + servers * PIXELS_PER_SERVER);
}

/** How the fleet is, where its risks are, and who needs someone now. */
export const FleetPage = ({ model }: { readonly model: FleetView }) => {
  const { filters, map } = model.useState();
  const styles = useStyles2(getStyles);
  const fleet = useFleet();
  const timeZone = useTimeZone(model);
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
              <CascadeCards timeZone={timeZone} />
              <div style={{ height: mapHeight(summary.total_servers) }}>
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
});
