import { getBackendSrv } from '@grafana/runtime';
import { Alert } from '@grafana/ui';
import { PluginPage } from './PluginPage';
import { useLoaded } from './useLoaded';

interface Found {
  readonly uid: string;
  readonly title: string;
  readonly url: string;
}

/** The dashboards that ship with the app. */
export const DashboardsPage = () => {
  const { value, error } = useLoaded(() => getBackendSrv().get<readonly Found[]>('/api/search'), '');
  return (
    <PluginPage pageNav={{ text: 'Dashboards' }}>
      {error !== undefined && <Alert title="The dashboards could not be listed">{error}</Alert>}
      <ul>
        {value?.map(({ uid, title, url }) => (
          <li key={uid}>
            <a href={url}>{title}</a>
          </li>
        ))}
      </ul>
    </PluginPage>
  );
};
