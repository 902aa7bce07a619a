import type { AppPluginMeta, DataSourceSettings } from '@grafana/data';
import { type BackendSrvRequest, getBackendSrv, getDataSourceSrv } from '@grafana/runtime';
import { lastValueFrom } from 'rxjs';
import { APP_ID, DATA_SOURCE_TYPE, DEFAULT_DATA_SOURCE_UID } from '../../constants';
import { ArgusError } from '../../data/errors';
import type { ArgusAppSettings } from '../../data/instance';
import type { ArgusDataSourceOptions, ArgusSecrets } from '../../datasource/types';

export type ArgusDataSourceSettings = DataSourceSettings<ArgusDataSourceOptions, ArgusSecrets>;

/** What the form holds. A secret that is undefined stays as it is; an empty one is removed. */
export interface ConnectionForm {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly adminKey: string | undefined;
}

/** Grafana's own answers to a failed change, in sentences. */
function errorOf(thrown: unknown): ArgusError {
  const failure = typeof thrown === 'object' && thrown !== null ? thrown : {};
  const status = 'status' in failure && typeof failure.status === 'number' ? failure.status : 0;
  const message = messageOf('data' in failure ? failure.data : undefined);
  const details = { status };
  switch (status) {
    case 401:
    case 403:
      return new ArgusError(
        'role',
        'Grafana does not let you change data sources.',
        'Ask an administrator of Grafana; the permission is datasources:write.',
        details,
      );
    case 404:
      return new ArgusError(
        'not_found',
        'This data source does not exist any more.',
        'Reload the page; saving makes a new one.',
        details,
      );
    case 409:
      return new ArgusError(
        'refused',
        `Grafana has another data source of this name. ${message}`,
        'Rename or remove that one under Connections, then save again.',
        details,
      );
    case 412:
      return new ArgusError(
        'refused',
        'Somebody else has changed this data source meanwhile.',
        'Reload the page and enter your change again.',
        details,
      );
    case 0:
      return new ArgusError(
        'unreachable',
        'Grafana did not answer.',
        'Check your network connection.',
        details,
      );
    default:
      return new ArgusError(
        'failed',
        `Grafana answered with status ${status}. ${message}`,
        'Try again.',
        details,
      );
  }
}

function messageOf(data: unknown): string {
  if (typeof data !== 'object' || data === null || !('message' in data)) return '';
  return typeof data.message === 'string' ? data.message : '';
}

async function ask<T>(request: BackendSrvRequest): Promise<T> {
  try {
    const quiet = { showErrorAlert: false, showSuccessAlert: false };
    const { data } = await lastValueFrom(getBackendSrv().fetch<T>({ ...request, ...quiet }));
    return data;
  } catch (thrown) {
    throw errorOf(thrown);
  }
}

function pathOf(uid: string): string {
  return `/api/datasources/uid/${encodeURIComponent(uid)}`;
}

/** Settings of a data source without its secrets; null where there is none of that uid. */
export async function loadDataSource(uid: string): Promise<ArgusDataSourceSettings | null> {
  try {
    return await ask<ArgusDataSourceSettings>({ url: pathOf(uid), method: 'GET' });
  } catch (error) {
    if (error instanceof ArgusError && error.kind === 'not_found') return null;
    throw error;
  }
}

/** Only the secrets that were entered are sent: Grafana keeps the others. */
function enteredSecrets({ apiKey, adminKey }: ConnectionForm): ArgusSecrets {
  return {
    ...(apiKey === undefined ? {} : { apiKey: apiKey.trim() }),
    ...(adminKey === undefined ? {} : { adminKey: adminKey.trim() }),
  };
}

/** "Argus", or the first "Argus 2" that no data source is called. */
function freeName(): string {
  const taken = new Set(
    getDataSourceSrv()
      .getList({ all: true })
      .map(({ name }) => name),
  );
  let name = 'Argus';
  for (let number = 2; taken.has(name); number += 1) name = `Argus ${number}`;
  return name;
}

/**
 * Changes a data source, or makes one.
 * @returns its uid
 * @throws ArgusError saying what Grafana did not let happen
 */
export async function saveDataSource(
  existing: ArgusDataSourceSettings | null,
  form: ConnectionForm,
): Promise<string> {
  const url = form.url.trim().replace(/\/+$/, '');
  const secureJsonData = enteredSecrets(form);
  if (existing !== null) {
    const data = { ...existing, url, access: 'proxy', secureJsonData };
    await ask({ url: pathOf(existing.uid), method: 'PUT', data });
    return existing.uid;
  }
  const uid = (await loadDataSource(DEFAULT_DATA_SOURCE_UID)) === null ? DEFAULT_DATA_SOURCE_UID : undefined;
  const data = {
    uid,
    name: freeName(),
    type: DATA_SOURCE_TYPE,
    access: 'proxy',
    url,
    jsonData: {},
    secureJsonData,
  };
  const made = await ask<{ readonly datasource: { readonly uid: string } }>({
    url: '/api/datasources',
    method: 'POST',
    data,
  });
  return made.datasource.uid;
}

/** Remembers which data source the app's pages ask, and turns the app on. */
export async function saveApp(meta: AppPluginMeta<ArgusAppSettings>, dataSourceUid: string): Promise<void> {
  const jsonData: ArgusAppSettings = { ...meta.jsonData, dataSourceUid };
  const data = { enabled: true, pinned: true, jsonData };
  await ask({ url: `/api/plugins/${APP_ID}/settings`, method: 'POST', data });
}

/** Lets the pages know of a data source that was just made. */
export async function reloadDataSources(): Promise<void> {
  await getDataSourceSrv().reload();
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** What is wrong with an address, a sentence; undefined where it may be one. */
export function addressProblem(url: string): string | undefined {
  const text = url.trim();
  if (text === '') return 'Enter the address of Argus.';
  if (!/^https?:\/\//i.test(text)) return 'Begin with http:// or https://.';
  const address = parsed(text);
  if (address === undefined) return 'This is not an address.';
  const { search, hash, username } = address;
  if (search !== '' || hash !== '') return 'Leave out what follows the path (? and #).';
  if (username !== '') return 'Leave out user and password: Argus takes keys, below.';
  return undefined;
}
