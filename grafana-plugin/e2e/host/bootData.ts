import type { AppPluginMeta, DataSourceInstanceSettings, NavModelItem, PanelPluginMeta } from '@grafana/data';

/** What the server writes into the page, as far as the host reads it. */
export interface BootData {
  readonly user: {
    readonly login: string;
    readonly orgRole: 'Viewer' | 'Editor' | 'Admin';
    readonly theme: 'light' | 'dark';
  };
  readonly settings: {
    readonly datasources: Readonly<Record<string, DataSourceInstanceSettings>>;
    readonly panels: Readonly<Record<string, PanelPluginMeta>>;
    readonly apps: Readonly<Record<string, Pick<AppPluginMeta, 'id'> & { readonly path: string }>>;
  };
  readonly navTree: readonly NavModelItem[];
}

export const bootData: BootData = window.grafanaBootData;
