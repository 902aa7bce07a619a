/** Test ids of the data source's editors. */
export const DATA_SOURCE_TEST_ID = {
  queryType: 'argus-query-type',
  servers: 'argus-query-servers',
  metrics: 'argus-query-metrics',
  levels: 'argus-query-levels',
  profiles: 'argus-query-profiles',
  search: 'argus-query-search',
  limit: 'argus-query-limit',
  variableKind: 'argus-variable-kind',
  url: 'argus-config-url',
  apiKey: 'argus-config-api-key',
  adminKey: 'argus-config-admin-key',
  timeout: 'argus-config-timeout',
} as const;
