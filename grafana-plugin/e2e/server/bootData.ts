import type { Dashboards } from './dashboards.ts';
import { type DataSources, instanceSettings } from './dataSources.ts';
import type { BuiltPlugins, PluginInclude, PluginMeta } from './plugins.ts';
import { hasRole } from './roles.ts';
import type { User } from './users.ts';

/** Version of the @grafana packages that the host is made of. */
export const GRAFANA_VERSION = '13.2.2';

export interface NavItem {
  readonly id: string;
  readonly text: string;
  readonly url: string;
  readonly icon?: string;
  readonly isSection?: boolean;
  readonly children?: readonly NavItem[];
}

function navItem(include: PluginInclude): NavItem {
  const url = include.path ?? '/';
  return { id: `plugin-page-${url}`, text: include.name, url, ...(include.icon && { icon: include.icon }) };
}

function navTree(plugins: BuiltPlugins, dashboards: Dashboards, user: User): readonly NavItem[] {
  const { app } = plugins;
  const pages = (app.includes ?? []).filter(
    ({ type, addToNav, role }) => type === 'page' && addToNav === true && hasRole(user.role, role),
  );
  const home = pages.find(({ defaultNav }) => defaultNav === true)?.path ?? `/a/${app.id}`;
  return [
    { id: `plugin-page-${app.id}`, text: app.name, url: home, isSection: true, children: pages.map(navItem) },
    {
      id: 'dashboards/browse',
      text: 'Dashboards',
      url: '/dashboards',
      icon: 'apps',
      children: dashboards
        .list()
        .map(({ uid, title }) => ({ id: `dashboard-${uid}`, text: title, url: `/d/${uid}` })),
    },
    { id: 'explore', text: 'Explore', url: '/explore', icon: 'compass' },
  ];
}

const byId = (metas: readonly PluginMeta[]) => Object.fromEntries(metas.map((meta) => [meta.id, meta]));

function permissionsOf(user: User): Record<string, boolean> {
  const everyone = ['datasources:query', 'plugins.app:access', 'dashboards:read'];
  const editors = ['datasources:explore', 'dashboards:write', 'dashboards:create'];
  const admins = ['datasources:create', 'datasources:write', 'datasources:read', 'plugins:write'];
  const granted = [
    ...everyone,
    ...(hasRole(user.role, 'Editor') ? editors : []),
    ...(hasRole(user.role, 'Admin') ? admins : []),
  ];
  return Object.fromEntries(granted.map((action) => [action, true]));
}

/** Settings of the data sources by name, as `settings.datasources` holds them. */
export function dataSourceSettings(dataSources: DataSources, plugins: BuiltPlugins): Record<string, unknown> {
  const metas = byId(plugins.dataSources);
  return Object.fromEntries(
    dataSources.list().flatMap((dataSource) => {
      const meta = metas[dataSource.type];
      return meta === undefined ? [] : [[dataSource.name, instanceSettings(dataSource, meta)]];
    }),
  );
}

/** What a page of Grafana knows before its first request: the public fields of `window.grafanaBootData`. */
export function bootData(
  plugins: BuiltPlugins,
  dataSources: DataSources,
  dashboards: Dashboards,
  user: User,
  theme: 'light' | 'dark',
) {
  const { app, panels } = plugins;
  const { id, module: path, info } = app;
  return {
    assets: { light: '', dark: '' },
    user: {
      id: user.id,
      uid: String(user.id),
      isSignedIn: true,
      login: user.login,
      name: user.name,
      email: '',
      orgId: 1,
      orgName: 'Main Org.',
      orgRole: user.role,
      isGrafanaAdmin: user.role === 'Admin',
      theme,
      lightTheme: theme === 'light',
      timezone: 'browser',
      weekStart: 'browser',
      locale: 'en-US',
      regionalFormat: 'en-US',
      language: 'en-US',
      permissions: permissionsOf(user),
    },
    settings: {
      appUrl: '/',
      appSubUrl: '',
      namespace: 'default',
      buildInfo: { version: GRAFANA_VERSION, commit: 'preview', env: 'production', edition: 'Open Source' },
      datasources: dataSourceSettings(dataSources, plugins),
      defaultDatasource: dataSources.list().find(({ isDefault }) => isDefault)?.name ?? '',
      panels: Object.fromEntries(
        panels.map((meta) => [meta.id, { ...meta, hideFromList: false, sort: 100 }]),
      ),
      apps: { [id]: { id, path, version: info.version, preload: false } },
      featureToggles: { dashboardScene: true, topnav: true },
      licenseInfo: {},
      unifiedAlertingEnabled: true,
      exploreEnabled: true,
      expressionsEnabled: false,
      liveEnabled: false,
      minRefreshInterval: '5s',
      viewersCanEdit: false,
      rbacEnabled: true,
      feedbackLinksEnabled: false,
    },
    navTree: navTree(plugins, dashboards, user),
  };
}
