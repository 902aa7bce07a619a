import { PluginContextProvider } from '@grafana/data';
import { Alert, LoadingPlaceholder, Tab, TabsBar } from '@grafana/ui';
import { useMemo } from 'react';
import { useLocation, useParams } from 'react-router';
import { PluginPage } from './PluginPage';
import { importApp } from './plugins';
import { useLoaded } from './useLoaded';

/** Configuration of an app plugin: the pages it added, one a tab. */
export const ConfigPage = () => {
  const { pluginId = '' } = useParams();
  const { search, pathname } = useLocation();
  const query = useMemo(() => Object.fromEntries(new URLSearchParams(search)), [search]);
  const { value, error } = useLoaded(() => importApp(pluginId), pluginId);
  if (error !== undefined) return <Alert title={`The app ${pluginId} could not be loaded`}>{error}</Alert>;
  if (value === undefined) return <LoadingPlaceholder text="" />;
  const { plugin, meta } = value;
  const pages = plugin.configPages ?? [];
  const page = pages.find(({ id }) => id === query.page) ?? pages[0];
  const Body = page?.body;
  return (
    <PluginPage pageNav={{ text: meta.name }}>
      <TabsBar>
        {pages.map(({ id, title }) => (
          <Tab key={id} label={title} active={id === page?.id} href={`${pathname}?page=${id}`} />
        ))}
      </TabsBar>
      <PluginContextProvider meta={meta}>
        {Body === undefined ? 'This app has no configuration.' : <Body plugin={plugin} query={query} />}
      </PluginContextProvider>
    </PluginPage>
  );
};
