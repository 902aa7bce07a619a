/** Answers of the backend for pages: kept, refreshed every 30 seconds, errors as ArgusError. */
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type ActiveAlerts, type AlertFilter, fetchActiveAlerts } from './alerts';
import { useArgusClient } from './clientContext';
import type { ArgusError } from './errors';
import { type Fleet, type FleetFilter, fetchFleet } from './fleet';
import { QUERY_KEYS } from './queryKeys';
import { fetchReportCard, type ReportCard } from './reportCard';
import {
  fetchForecast,
  fetchServer,
  fetchServers,
  type ServerDetail,
  type ServerForecast,
  type ServerList,
} from './server';
import { fetchStatus, type Status } from './status';

const NO_FILTER: FleetFilter = {};

export function useStatus(): UseQueryResult<Status, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.status(client.baseUrl),
    queryFn: ({ signal }) => fetchStatus(client, signal),
  });
}

export function useFleet(filter: FleetFilter = NO_FILTER): UseQueryResult<Fleet, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.fleet(client.baseUrl, filter),
    queryFn: ({ signal }) => fetchFleet(client, filter, signal),
  });
}

export function useServers(filter: FleetFilter = NO_FILTER): UseQueryResult<ServerList, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.servers(client.baseUrl, filter),
    queryFn: ({ signal }) => fetchServers(client, filter, signal),
  });
}

/** Another server's data is never shown in place of this one's: nothing is kept from the name before. */
export function useServer(name: string): UseQueryResult<ServerDetail, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.server(client.baseUrl, name),
    queryFn: ({ signal }) => fetchServer(client, name, signal),
    placeholderData: undefined,
  });
}

/** See useServer for why nothing is kept from the name before. */
export function useForecast(name: string, history = true): UseQueryResult<ServerForecast, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.forecast(client.baseUrl, name, history),
    queryFn: ({ signal }) => fetchForecast(client, name, { history }, signal),
    placeholderData: undefined,
  });
}

export function useActiveAlerts(filter: AlertFilter = NO_FILTER): UseQueryResult<ActiveAlerts, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.activeAlerts(client.baseUrl, filter),
    queryFn: ({ signal }) => fetchActiveAlerts(client, filter, signal),
  });
}

export function useReportCard(server?: string): UseQueryResult<ReportCard, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.reportCard(client.baseUrl, server),
    queryFn: ({ signal }) => fetchReportCard(client, server, signal),
  });
}
