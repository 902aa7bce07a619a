import type { DataSourceApi, DataSourceInstanceSettings, DataSourceRef, ScopedVars } from '@grafana/data';
import {
  type DataSourceSrv,
  type GetDataSourceListFilters,
  getBackendSrv,
  getTemplateSrv,
  type RuntimeDataSourceRegistration,
} from '@grafana/runtime';
import { bootData } from './bootData';
import { importDataSourcePlugin } from './plugins';

type Reference = DataSourceRef | string | null | undefined;

function fits(settings: DataSourceInstanceSettings, filters: GetDataSourceListFilters): boolean {
  const { meta } = settings;
  const kinds = ['metrics', 'tracing', 'logs', 'annotations', 'alerting'] as const;
  if (kinds.some((kind) => filters[kind] === true && meta[kind] !== true)) return false;
  if (filters.pluginId !== undefined && meta.id !== filters.pluginId) return false;
  const types = filters.type === undefined ? undefined : [filters.type].flat();
  if (types !== undefined && !types.includes(settings.type)) return false;
  return filters.filter?.(settings) ?? true;
}

/** The data sources of the preview's server, each made once. */
export class HostDataSourceSrv implements DataSourceSrv {
  private settings: readonly DataSourceInstanceSettings[] = Object.values(bootData.settings.datasources);
  private readonly instances = new Map<string, Promise<DataSourceApi>>();
  private readonly runtime = new Map<string, DataSourceApi>();

  async get(ref?: Reference, scopedVars?: ScopedVars): Promise<DataSourceApi> {
    const uid = typeof ref === 'string' ? ref : ref?.uid;
    const registered = uid === undefined ? undefined : this.runtime.get(uid);
    if (registered !== undefined) return registered;
    const settings = this.getInstanceSettings(ref, scopedVars);
    if (settings === undefined) throw new Error(`Datasource ${uid ?? 'default'} was not found`);
    const made = this.instances.get(settings.uid) ?? this.make(settings);
    this.instances.set(settings.uid, made);
    return made;
  }

  getList(filters: GetDataSourceListFilters = {}): DataSourceInstanceSettings[] {
    return this.settings.filter((settings) => fits(settings, filters));
  }

  getInstanceSettings(ref?: Reference, scopedVars?: ScopedVars): DataSourceInstanceSettings | undefined {
    if (ref === undefined || ref === null || ref === 'default') return this.byDefault();
    const wanted = typeof ref === 'string' ? ref : ref.uid;
    if (wanted === undefined) {
      const type = typeof ref === 'string' ? undefined : ref.type;
      return this.settings.find((settings) => settings.type === type);
    }
    const name = wanted.includes('$') ? getTemplateSrv().replace(wanted, scopedVars) : wanted;
    if (name === 'default') return this.byDefault();
    return this.settings.find((settings) => settings.uid === name || settings.name === name);
  }

  async reload(): Promise<void> {
    const { datasources } = await getBackendSrv().get('/api/frontend/settings');
    this.settings = Object.values(datasources);
    this.instances.clear();
  }

  registerRuntimeDataSource({ dataSource }: RuntimeDataSourceRegistration): void {
    this.runtime.set(dataSource.uid, dataSource);
  }

  private byDefault(): DataSourceInstanceSettings | undefined {
    return this.settings.find(({ isDefault }) => isDefault === true) ?? this.settings[0];
  }

  private async make(settings: DataSourceInstanceSettings): Promise<DataSourceApi> {
    const plugin = await importDataSourcePlugin(settings.meta);
    const instance = new plugin.DataSourceClass(settings);
    instance.components = plugin.components;
    return instance;
  }
}
