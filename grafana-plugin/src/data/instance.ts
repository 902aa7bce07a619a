/** Which of Grafana's data sources the app's pages ask. */
import type { DataSourceInstanceSettings } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';
import { DATA_SOURCE_TYPE, DEFAULT_DATA_SOURCE_UID } from '../constants';
import type { ArgusDataSourceOptions } from '../datasource/types';
import { type ArgusClient, createClient } from './client';
import { ArgusError } from './errors';

/** What the Configuration page keeps with the app. */
export interface ArgusAppSettings {
  readonly dataSourceUid?: string;
}

export interface InstanceChoice {
  /** The data source in use; undefined where there is none. */
  readonly instance: DataSourceInstanceSettings | undefined;
  /** All data sources of ours, to choose from. */
  readonly candidates: readonly DataSourceInstanceSettings[];
  /** Uid that was chosen but that no data source has any more. */
  readonly missingUid: string | undefined;
}

/** The chosen data source, else the one our provisioning makes, else the first. */
export function findInstance({ dataSourceUid }: ArgusAppSettings = {}): InstanceChoice {
  // Grafana adds its own built-in data source to whatever is asked for.
  const listed = getDataSourceSrv().getList({ type: DATA_SOURCE_TYPE, all: true });
  const candidates = listed.filter(({ type }) => type === DATA_SOURCE_TYPE);
  const byUid = (uid: string | undefined) => candidates.find((candidate) => candidate.uid === uid);
  const chosen = byUid(dataSourceUid);
  const isMissing = dataSourceUid !== undefined && dataSourceUid !== '' && chosen === undefined;
  return {
    instance: chosen ?? byUid(DEFAULT_DATA_SOURCE_UID) ?? candidates[0],
    candidates,
    missingUid: isMissing ? dataSourceUid : undefined,
  };
}

function notConfigured(): ArgusError {
  return new ArgusError(
    'not_configured',
    'Argus is not connected yet: there is no Argus data source.',
    'An administrator of Grafana enters the address of Argus on the Configuration page.',
  );
}

/** A client of the data source; without one, a client each of whose requests says that it is missing. */
export function clientOf(instance: DataSourceInstanceSettings | undefined): ArgusClient {
  if (instance?.url === undefined) {
    const refuse = () => Promise.reject(notConfigured());
    return { baseUrl: '', get: refuse, post: refuse, delete: refuse };
  }
  const { timeoutSeconds }: ArgusDataSourceOptions = instance.jsonData;
  return createClient(instance.url, { timeoutSeconds });
}
