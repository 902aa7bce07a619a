import { DataSourcePlugin } from '@grafana/data';
import { ArgusDataSource } from './datasource';
import { ConfigEditor } from './editors/ConfigEditor';
import { QueryEditor } from './editors/QueryEditor';
import type { ArgusDataSourceOptions, ArgusQuery, ArgusSecrets } from './types';

export const plugin = new DataSourcePlugin<ArgusDataSource, ArgusQuery, ArgusDataSourceOptions, ArgusSecrets>(
  ArgusDataSource,
)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor);
