import { PluginContextProvider } from '@grafana/data';
import { Alert, LoadingPlaceholder } from '@grafana/ui';
import { useMemo } from 'react';
import { useLocation, useParams } from 'react-router';
import { importApp } from './plugins';
import { useLoaded } from './useLoaded';

/** Pages of an app plugin, below /a/:pluginId. */
export const AppPage = () => {
  const { pluginId = '' } = useParams();
  const { pathname, search } = useLocation();
  const query = useMemo(() => Object.fromEntries(new URLSearchParams(search)), [search]);
  const { value, error } = useLoaded(() => importApp(pluginId), pluginId);
  if (error !== undefined) return <Alert title={`The app ${pluginId} could not be loaded`}>{error}</Alert>;
  if (value === undefined) return <LoadingPlaceholder text="" />;
  const { plugin, meta } = value;
  const Root = plugin.root;
  if (Root === undefined || Root === null) return <Alert title={`The app ${pluginId} has no pages`} />;
  return (
    <PluginContextProvider meta={meta}>
      <Root meta={meta} basename={`/a/${pluginId}`} onNavChanged={() => {}} query={query} path={pathname} />
    </PluginContextProvider>
  );
};
