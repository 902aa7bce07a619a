import { getBackendSrv } from '@grafana/runtime';
import { UrlSyncContextProvider } from '@grafana/scenes';
import { Alert, LoadingPlaceholder } from '@grafana/ui';
import { useMemo } from 'react';
import { useParams } from 'react-router';
import { type DashboardModel, dashboardScene } from './dashboardScene';
import { PluginPage } from './PluginPage';
import { useLoaded } from './useLoaded';

const Dashboard = ({ dashboard }: { readonly dashboard: DashboardModel }) => {
  const scene = useMemo(() => dashboardScene(dashboard), [dashboard]);
  return (
    <UrlSyncContextProvider scene={scene} updateUrlOnInit={false}>
      <scene.Component model={scene} />
    </UrlSyncContextProvider>
  );
};

/** One dashboard, as far as its panels are the plugin's. */
export const DashboardPage = () => {
  const { uid = '' } = useParams();
  const load = () => getBackendSrv().get<{ dashboard: DashboardModel }>(`/api/dashboards/uid/${uid}`);
  const { value, error } = useLoaded(load, uid);
  if (error !== undefined) return <Alert title="The dashboard could not be opened">{error}</Alert>;
  if (value === undefined) return <LoadingPlaceholder text="" />;
  return (
    <PluginPage pageNav={{ text: value.dashboard.title }}>
      <Dashboard dashboard={value.dashboard} />
    </PluginPage>
  );
};
