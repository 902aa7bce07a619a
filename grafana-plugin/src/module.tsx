import { AppPlugin, type AppPluginMeta, type AppRootProps, type PluginConfigPageProps } from '@grafana/data';
import { LoadingPlaceholder } from '@grafana/ui';
import { lazy, Suspense } from 'react';
import type { ArgusAppSettings } from './data/instance';

const LazyApp = lazy(async () => {
  const { prepare } = await import('./app/prepare');
  await prepare();
  return { default: (await import('./app/App')).App };
});
const LazyConfig = lazy(async () => ({ default: (await import('./app/config/ConfigPage')).ConfigPage }));

const Root = (props: AppRootProps<ArgusAppSettings>) => (
  <Suspense fallback={<LoadingPlaceholder text="" />}>
    <LazyApp {...props} />
  </Suspense>
);

const Config = (props: PluginConfigPageProps<AppPluginMeta<ArgusAppSettings>>) => (
  <Suspense fallback={<LoadingPlaceholder text="" />}>
    <LazyConfig {...props} />
  </Suspense>
);

export const plugin = new AppPlugin<ArgusAppSettings>()
  .setRootPage(Root)
  .addConfigPage({ title: 'Configuration', icon: 'cog', id: 'configuration', body: Config });
