import { randomUUID } from 'node:crypto';
import { HttpError } from './errors.ts';
import type { PluginMeta } from './plugins.ts';

export interface DataSource {
  readonly id: number;
  readonly uid: string;
  readonly type: string;
  readonly name: string;
  readonly url: string;
  readonly isDefault: boolean;
  readonly readOnly: boolean;
  readonly version: number;
  readonly jsonData: Readonly<Record<string, unknown>>;
  /** Never leaves the server: the browser is told which fields are set. */
  readonly secureJsonData: Readonly<Record<string, string>>;
}

type Input = Partial<Omit<DataSource, 'id' | 'version'>>;

/** Settings as an administrator reads them: secrets by name only. */
export function publicSettings(dataSource: DataSource): Record<string, unknown> {
  const { secureJsonData, ...rest } = dataSource;
  const secureJsonFields = Object.fromEntries(Object.keys(secureJsonData).map((name) => [name, true]));
  return { ...rest, orgId: 1, access: 'proxy', basicAuth: false, withCredentials: false, secureJsonFields };
}

/** Settings as a plugin in the browser gets them: the address is the proxy's. */
export function instanceSettings(dataSource: DataSource, meta: PluginMeta): Record<string, unknown> {
  const { id, uid, type, name, isDefault, readOnly, jsonData } = dataSource;
  const url = `/api/datasources/proxy/uid/${uid}`;
  return { id, uid, type, name, isDefault, readOnly, jsonData, url, access: 'proxy', meta };
}

/** The configured data sources, in memory. */
export class DataSources {
  private readonly bySource = new Map<string, DataSource>();
  private nextId = 1;

  list(): readonly DataSource[] {
    return [...this.bySource.values()];
  }

  get(uid: string): DataSource {
    const found = this.bySource.get(uid);
    if (found === undefined) throw new HttpError(404, 'Data source not found');
    return found;
  }

  byName(name: string): DataSource {
    const found = this.list().find((dataSource) => dataSource.name === name);
    if (found === undefined) throw new HttpError(404, 'Data source not found');
    return found;
  }

  add(input: Input): DataSource {
    const name = input.name ?? '';
    if (name === '' || input.type === undefined) throw new HttpError(400, 'bad request data');
    const uid = input.uid ?? randomUUID();
    const taken = this.bySource.has(uid) || this.list().some((dataSource) => dataSource.name === name);
    if (taken) throw new HttpError(409, 'data source with the same name already exists');
    const dataSource: DataSource = {
      id: this.nextId++,
      uid,
      type: input.type,
      name,
      url: input.url ?? '',
      isDefault: input.isDefault ?? false,
      readOnly: input.readOnly ?? false,
      version: 1,
      jsonData: input.jsonData ?? {},
      secureJsonData: input.secureJsonData ?? {},
    };
    this.bySource.set(uid, dataSource);
    return dataSource;
  }

  /** Secrets that are not sent again stay as they were. */
  update(uid: string, input: Input): DataSource {
    const before = this.get(uid);
    if (before.readOnly) throw new HttpError(403, 'Cannot update read-only data source');
    const secureJsonData = { ...before.secureJsonData, ...input.secureJsonData };
    const { id, type } = before;
    const after = { ...before, ...input, id, uid, type, version: before.version + 1, secureJsonData };
    this.bySource.set(uid, after);
    return after;
  }

  delete(uid: string): void {
    if (this.get(uid).readOnly) throw new HttpError(403, 'Cannot delete read-only data source');
    this.bySource.delete(uid);
  }
}
