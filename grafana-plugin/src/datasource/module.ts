import { DataSourcePlugin } from '@grafana/data';
import { ArgusDataSource } from './datasource';
import type { ArgusDataSourceOptions, ArgusQuery, ArgusSecrets } from './types';

export const plugin = new DataSourcePlugin<ArgusDataSource, ArgusQuery, ArgusDataSourceOptions, ArgusSecrets>(
  ArgusDataSource,
);
