import { dataSourceSettings, GRAFANA_VERSION } from './bootData.ts';
import type { Dashboards } from './dashboards.ts';
import { type DataSources, publicSettings } from './dataSources.ts';
import type { BuiltPlugins } from './plugins.ts';
import type { Exchange, Route } from './router.ts';
import type { Users } from './users.ts';

export interface State {
  readonly plugins: BuiltPlugins;
  readonly dataSources: DataSources;
  readonly dashboards: Dashboards;
  readonly users: Users;
}

function accountRoutes({ users }: State): readonly Route[] {
  const signIn = async ({ json, response }: Exchange) => {
    const { user, password } = await json();
    response.setHeader('set-cookie', [...users.signIn(user, password)]);
    return { message: 'Logged in', redirectUrl: '/' };
  };
  const me = ({ user }: Exchange) => {
    const { id, login, name, role } = user;
    return {
      id,
      uid: String(id),
      login,
      name,
      email: '',
      orgId: 1,
      orgRole: role,
      isGrafanaAdmin: role === 'Admin',
    };
  };
  const create = async ({ json }: Exchange) => {
    const { login, password } = await json();
    const { id } = users.add(String(login), String(password));
    return { id, message: 'User created' };
  };
  const setRole = async ({ json, params }: Exchange) => {
    users.setRole(Number(params.id), (await json()).role);
    return { message: 'Organization user updated' };
  };
  const lookUp = ({ url }: Exchange) => {
    const { id, login, name } = users.byLogin(url.searchParams.get('loginOrEmail') ?? '');
    return { id, login, name };
  };
  return [
    { method: 'POST', path: '/login', answer: signIn },
    { method: 'GET', path: '/api/user', answer: me },
    {
      method: 'GET',
      path: '/api/user/orgs',
      answer: ({ user }) => [{ orgId: 1, name: 'Main Org.', role: user.role }],
    },
    { method: 'POST', path: '/api/admin/users', role: 'Admin', answer: create },
    { method: 'GET', path: '/api/users/lookup', role: 'Admin', answer: lookUp },
    { method: 'PATCH', path: '/api/org/users/:id', role: 'Admin', answer: setRole },
  ];
}

function dataSourceRoutes({ dataSources, plugins }: State): readonly Route[] {
  const role = 'Admin';
  const add = async ({ json }: Exchange) => {
    const datasource = dataSources.add(await json());
    const { id, name } = datasource;
    return { id, name, message: 'Datasource added', datasource: publicSettings(datasource) };
  };
  const update = async ({ json, params }: Exchange) => {
    const datasource = dataSources.update(params.uid ?? '', await json());
    const { id, name } = datasource;
    return { id, name, message: 'Datasource updated', datasource: publicSettings(datasource) };
  };
  const remove = ({ params }: Exchange) => {
    dataSources.delete(params.uid ?? '');
    return { message: 'Data source deleted' };
  };
  return [
    { method: 'GET', path: '/api/datasources', answer: () => dataSources.list().map(publicSettings) },
    { method: 'POST', path: '/api/datasources', role, answer: add },
    {
      method: 'GET',
      path: '/api/datasources/uid/:uid',
      answer: ({ params }) => publicSettings(dataSources.get(params.uid ?? '')),
    },
    { method: 'PUT', path: '/api/datasources/uid/:uid', role, answer: update },
    { method: 'DELETE', path: '/api/datasources/uid/:uid', role, answer: remove },
    {
      method: 'GET',
      path: '/api/datasources/name/:name',
      answer: ({ params }) => publicSettings(dataSources.byName(params.name ?? '')),
    },
    {
      method: 'GET',
      path: '/api/frontend/settings',
      answer: () => ({ datasources: dataSourceSettings(dataSources, plugins) }),
    },
  ];
}

function pluginRoutes({ plugins }: State): readonly Route[] {
  const { app, dataSources, panels } = plugins;
  const metas = new Map([app, ...dataSources, ...panels].map((meta) => [meta.id, meta]));
  const settings = { enabled: true, pinned: true, jsonData: {}, secureJsonFields: {} };
  const update = async ({ json }: Exchange) => {
    const { enabled, pinned, jsonData } = await json();
    Object.assign(settings, { enabled: enabled ?? true, pinned: pinned ?? true, jsonData: jsonData ?? {} });
    return { message: 'Plugin settings updated' };
  };
  const read = ({ params }: Exchange) => {
    const meta = metas.get(params.id ?? '');
    return meta === undefined
      ? { message: 'Plugin not found' }
      : { ...meta, ...settings, defaultNavUrl: `/a/${app.id}` };
  };
  return [
    { method: 'GET', path: '/api/plugins/:id/settings', answer: read },
    { method: 'POST', path: '/api/plugins/:id/settings', role: 'Admin', answer: update },
  ];
}

function dashboardRoutes({ dashboards }: State): readonly Route[] {
  return [
    { method: 'GET', path: '/api/search', answer: () => dashboards.search() },
    {
      method: 'GET',
      path: '/api/dashboards/uid/:uid',
      answer: ({ params }) => dashboards.get(params.uid ?? ''),
    },
    { method: 'GET', path: '/api/health', answer: () => ({ database: 'ok', version: GRAFANA_VERSION }) },
  ];
}

/** The handful of Grafana's HTTP API that the plugin, the host and plugin-e2e call. */
export function apiRoutes(state: State): readonly Route[] {
  return [
    ...accountRoutes(state),
    ...dataSourceRoutes(state),
    ...pluginRoutes(state),
    ...dashboardRoutes(state),
  ];
}
