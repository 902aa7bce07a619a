import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { basename } from 'node:path';
import { apiRoutes, type State } from './api.ts';
import { bootData } from './bootData.ts';
import { Dashboards } from './dashboards.ts';
import { DataSources } from './dataSources.ts';
import { HttpError } from './errors.ts';
import { page } from './page.ts';
import { readPlugins } from './plugins.ts';
import { proxy } from './proxy.ts';
import { sendPublic } from './publicFiles.ts';
import { answer, type Route, sendJson } from './router.ts';
import { rememberedChoices, themeOf, Users } from './users.ts';

const PROXY = /^\/api\/datasources\/proxy\/uid\/([^/]+)\/(.*)$/;

export interface PreviewOptions {
  /** The built plugin. */
  readonly dist: string;
  /** Folder of the bundled host; its entry is main.js. */
  readonly host: string;
  /** Address of the backend that the data source `argus` points to. */
  readonly backend: string;
  /** Keys of the backend, where it wants any. */
  readonly keys?: { readonly apiKey?: string; readonly adminKey?: string };
}

function stateOf({ dist, backend, keys = {} }: PreviewOptions): State {
  const plugins = readPlugins(dist);
  const dataSources = new DataSources();
  const [argus] = plugins.dataSources;
  if (argus !== undefined) {
    const secureJsonData = { ...keys };
    const settings = { uid: 'argus', type: argus.id, name: 'Argus', isDefault: true };
    dataSources.add({ ...settings, url: backend, secureJsonData });
  }
  return { plugins, dataSources, dashboards: new Dashboards(dist, plugins.app), users: new Users() };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  state: State,
  routes: readonly Route[],
  options: PreviewOptions,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://preview');
  const path = url.pathname;
  const user = state.users.of(request);
  const proxied = PROXY.exec(path);
  if (proxied !== null) {
    const dataSource = state.dataSources.get(proxied[1] ?? '');
    const meta = state.plugins.dataSources.find(({ id }) => id === dataSource.type);
    if (meta === undefined) throw new HttpError(404, 'Unable to find the data source plugin');
    return proxy(request, response, dataSource, meta, user.role, proxied[2] ?? '', url.search);
  }
  if (path.startsWith('/public/')) {
    return sendPublic(
      response,
      decodeURIComponent(path.slice('/public/'.length)),
      options.host,
      state.plugins,
    );
  }
  if (path.startsWith('/api/') || path.startsWith('/apis/') || request.method !== 'GET') {
    return answer(routes, { request, response, url, user });
  }
  const choices = rememberedChoices(url.searchParams);
  if (choices.length > 0) {
    url.searchParams.delete('role');
    url.searchParams.delete('theme');
    response.writeHead(302, { 'set-cookie': [...choices], location: `${path}${url.search}` });
    return void response.end();
  }
  const { plugins, dataSources, dashboards } = state;
  const data = bootData(plugins, dataSources, dashboards, user, themeOf(request));
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(page(data, `/public/preview/main.js?v=${basename(options.host)}`));
}

/**
 * The preview: Grafana's shared libraries, the built plugin and a data source on a running backend, without Grafana.
 * @throws StartError where the plugin is not built
 */
export function createPreview(options: PreviewOptions): Server {
  const state = stateOf(options);
  const routes = apiRoutes(state);
  return createServer((request, response) => {
    handle(request, response, state, routes, options).catch((error: unknown) => {
      const status = error instanceof HttpError ? error.status : 500;
      const message = error instanceof Error ? error.message : String(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, status, { message });
    });
  });
}
