import {
  type AppPlugin,
  type AppPluginMeta,
  type DataSourceApi,
  type DataSourcePlugin,
  type DataSourcePluginMeta,
  PanelPlugin,
  type PluginMeta,
  PluginType,
} from '@grafana/data';
import { getBackendSrv } from '@grafana/runtime';
import { bootData } from './bootData';
import { ElsewherePanel } from './ElsewherePanel';

const panels = new Map<string, PanelPlugin>();

async function loadModule<T extends { meta: PluginMeta }>(meta: PluginMeta): Promise<T> {
  const { plugin } = await window.System.import(new URL(meta.module, document.baseURI).href);
  if (typeof plugin !== 'object' || plugin === null) {
    throw new Error(`The plugin ${meta.id} exports no "plugin": its module.js is not a Grafana plugin.`);
  }
  const loaded = plugin as T;
  loaded.meta = meta;
  return loaded;
}

/** Stands in for a panel that is not ours: those are part of Grafana, not of its published packages. */
function elsewhere(id: string): PanelPlugin {
  const plugin = new PanelPlugin(() => <ElsewherePanel id={id} />);
  const logos = { small: '', large: '' };
  const info = {
    author: { name: '' },
    description: '',
    links: [],
    logos,
    screenshots: [],
    updated: '',
    version: '',
  };
  plugin.meta = { id, name: id, type: PluginType.panel, info, module: '', baseUrl: '', sort: 0 };
  return plugin;
}

export async function importPanelPlugin(id: string): Promise<PanelPlugin> {
  const known = panels.get(id);
  if (known !== undefined) return known;
  const meta = bootData.settings.panels[id];
  const plugin = meta === undefined ? elsewhere(id) : await loadModule<PanelPlugin>(meta);
  panels.set(id, plugin);
  return plugin;
}

export function cachedPanelPlugin(id: string): PanelPlugin | undefined {
  return panels.get(id);
}

export function importDataSourcePlugin(meta: DataSourcePluginMeta): Promise<DataSourcePlugin<DataSourceApi>> {
  return loadModule(meta);
}

export interface LoadedApp {
  readonly plugin: AppPlugin;
  readonly meta: AppPluginMeta;
}

/** @throws where the server knows no such app, or its module cannot be loaded */
export async function importApp(id: string): Promise<LoadedApp> {
  const meta = await getBackendSrv().get<AppPluginMeta>(`/api/plugins/${id}/settings`);
  if (meta.module === undefined) throw new Error(`There is no app "${id}".`);
  const plugin = await loadModule<AppPlugin>(meta);
  plugin.init?.(meta);
  return { plugin, meta };
}
