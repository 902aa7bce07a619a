import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type CascadeFilter, type Cascades, fetchCascades } from './cascade';
import { useArgusClient } from './clientContext';
import { type Drift, fetchDrift } from './drift';
import type { ArgusError } from './errors';
import { QUERY_KEYS } from './queryKeys';

export function useDrift(): UseQueryResult<Drift, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.drift(client.baseUrl),
    queryFn: ({ signal }) => fetchDrift(client, signal),
  });
}

/** Another server's cascades are never shown in place of this one's. */
export function useCascades(filter: CascadeFilter): UseQueryResult<Cascades, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.cascades(client.baseUrl, filter),
    queryFn: ({ signal }) => fetchCascades(client, filter, signal),
    placeholderData: undefined,
  });
}
