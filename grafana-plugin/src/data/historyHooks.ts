import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useArgusClient } from './clientContext';
import type { ArgusError } from './errors';
import {
  fetchHistorySummary,
  fetchIncidents,
  fetchServerRisk,
  type HistorySummary,
  type IncidentFilter,
  type Incidents,
  type ServerRisk,
  type TimeSpan,
} from './history';
import { QUERY_KEYS } from './queryKeys';

export function useIncidents(filter: IncidentFilter): UseQueryResult<Incidents, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.incidents(client.baseUrl, filter),
    queryFn: ({ signal }) => fetchIncidents(client, filter, signal),
  });
}

/** Another server's past is never shown in place of this one's. */
export function useServerRisk(server: string, span: TimeSpan): UseQueryResult<ServerRisk, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.serverRisk(client.baseUrl, server, span),
    queryFn: ({ signal }) => fetchServerRisk(client, { server, ...span }, signal),
    placeholderData: (earlier, query) => (query?.queryKey[3] === server ? earlier : undefined),
  });
}

export function useHistorySummary(span: TimeSpan): UseQueryResult<HistorySummary, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.historySummary(client.baseUrl, span),
    queryFn: ({ signal }) => fetchHistorySummary(client, span, signal),
  });
}
