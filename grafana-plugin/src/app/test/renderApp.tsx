import {
  type AppPluginMeta,
  type AppRootProps,
  type DataQueryRequest,
  type DataSourceApi,
  type DataSourceInstanceSettings,
  LoadingState,
  type PanelData,
  PanelPlugin,
  type PanelProps,
} from '@grafana/data';
import {
  type BackendSrv,
  config,
  type DataSourceSrv,
  LocationServiceProvider,
  locationService,
  setBackendSrv,
  setDataSourceSrv,
  setPluginImportUtils,
  setRunRequest,
} from '@grafana/runtime';
import { configure, render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useLayoutEffect, useState } from 'react';
import { Route, Router, Routes } from 'react-router-dom';
import { map } from 'rxjs';
import { APP_ID, DATA_SOURCE_TYPE } from '../../constants';
import type { ArgusAppSettings } from '../../data/instance';
import { ArgusDataSource } from '../../datasource/datasource';
import type { ArgusDataSourceOptions, ArgusQuery } from '../../datasource/types';
import { FLEET_FIELD } from '../../shared/frames';
import { App } from '../App';
import { metricOf } from '../server/forecastFrames';
import type { FakeBackend } from './fakeBackend';

jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual('@grafana/runtime'),
  PluginPage: jest.requireActual('./FakePluginPage').FakePluginPage,
}));

const NO_TEMPLATES = { replace: (text?: string) => text ?? '', getVariables: () => [] };

/** What a data source of ours is to Grafana's frontend. */
export function instanceSettings(uid = 'argus'): DataSourceInstanceSettings<ArgusDataSourceOptions> {
  return {
    id: 1,
    uid,
    name: uid === 'argus' ? 'Argus' : uid,
    type: DATA_SOURCE_TYPE,
    url: `/api/datasources/proxy/uid/${uid}`,
    jsonData: {},
    access: 'proxy',
    readOnly: false,
    meta: { id: DATA_SOURCE_TYPE } as DataSourceInstanceSettings['meta'],
  };
}

/** A panel that tells what it was given: names of servers or of the metric. */
const TellingPanel = ({ data }: PanelProps) => (
  <ul aria-label="panel">
    {data.series.map((frame) => {
      const servers = frame.fields.find(({ name }) => name === FLEET_FIELD.server)?.values ?? [];
      return <li key={frame.name ?? frame.refId}>{metricOf(frame) ?? servers.join(' ')}</li>;
    })}
  </ul>
);

function installPanels(): void {
  const plugin = new PanelPlugin(TellingPanel);
  plugin.meta = { id: 'telling', name: 'Telling', info: {} } as PanelPlugin['meta'];
  setPluginImportUtils({
    importPanelPlugin: async () => plugin,
    getPanelPluginFromCache: () => plugin,
  });
}

/** Grafana's choosers measure their text on a canvas, which jsdom does not draw. */
function installCanvas(): void {
  const context = { measureText: (text: string) => ({ width: text.length * 7 }) };
  Object.assign(HTMLCanvasElement.prototype, { getContext: () => context });
}

/** Panels are drawn only where they have a size, which nothing has in jsdom. */
class RoomyObserver implements ResizeObserver {
  readonly #callback: ResizeObserverCallback;
  constructor(callback: ResizeObserverCallback) {
    this.#callback = callback;
  }
  observe(target: Element): void {
    const contentRect = { x: 0, y: 0, top: 0, left: 0, right: 800, bottom: 300, width: 800, height: 300 };
    this.#callback([{ target, contentRect } as ResizeObserverEntry], this);
  }
  unobserve(): void {}
  disconnect(): void {}
}

installPanels();
installCanvas();
globalThis.ResizeObserver = RoomyObserver;
// Other tests run beside this one on the same processors.
configure({ asyncUtilTimeout: 5000 });
jest.setTimeout(30_000);

function installDataSources(settings: readonly DataSourceInstanceSettings<ArgusDataSourceOptions>[]): void {
  const [first] = settings;
  const source = first === undefined ? undefined : new ArgusDataSource(first, NO_TEMPLATES as never);
  const service: Partial<DataSourceSrv> = {
    getList: () => [...settings],
    getInstanceSettings: () => first,
    get: async () => {
      if (source === undefined) throw new Error('Datasource argus was not found');
      return source as unknown as DataSourceApi;
    },
    reload: async () => undefined,
  };
  setDataSourceSrv(service as DataSourceSrv);
  setRunRequest((api, request: DataQueryRequest) => {
    const answer = (api as unknown as ArgusDataSource).query(request as DataQueryRequest<ArgusQuery>);
    return answer.pipe(
      map(({ data, state = LoadingState.Done, errors }): PanelData => {
        return { series: data, state, errors, timeRange: request.range };
      }),
    );
  });
}

/** The router as Grafana has it: over the history of its location service. */
const GrafanaRouter = ({ children }: { readonly children: React.ReactNode }) => {
  const history = locationService.getHistory();
  const [location, setLocation] = useState(history.location);
  useLayoutEffect(() => history.listen((next: typeof location) => setLocation(next)), [history]);
  return (
    <Router location={location} navigator={history as never}>
      <LocationServiceProvider service={locationService}>{children}</LocationServiceProvider>
    </Router>
  );
};

export type Role = 'Viewer' | 'Editor' | 'Admin';

export interface AppSetup {
  readonly backend: FakeBackend;
  readonly path: string;
  readonly role?: Role;
  readonly dataSources?: readonly DataSourceInstanceSettings<ArgusDataSourceOptions>[];
  readonly settings?: ArgusAppSettings;
}

/** Puts a fake backend and a person of a role in place of Grafana's. */
export function installGrafana({
  backend,
  role = 'Viewer',
  dataSources = [instanceSettings()],
}: Omit<AppSetup, 'path'>): void {
  setBackendSrv({ fetch: backend.fetch } as unknown as BackendSrv);
  installDataSources(dataSources);
  config.bootData = { ...config.bootData, user: { ...config.bootData?.user, orgRole: role } } as never;
}

/** Opens a page of the app as a person of that role would see it. */
export function openApp({ path, settings, ...setup }: AppSetup) {
  installGrafana(setup);
  locationService.push(path);
  const props = {
    meta: { id: APP_ID, jsonData: settings } as AppPluginMeta<ArgusAppSettings>,
    basename: `/a/${APP_ID}`,
    path,
    query: {},
    onNavChanged: () => undefined,
  } satisfies AppRootProps<ArgusAppSettings>;
  const user = userEvent.setup();
  const view = render(
    <GrafanaRouter>
      <Routes>
        <Route path={`/a/${APP_ID}/*`} element={<App {...props} />} />
        <Route path="*" element={<p>outside of the app</p>} />
      </Routes>
    </GrafanaRouter>,
  );
  return { user, ...view };
}
