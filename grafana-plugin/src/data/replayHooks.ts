import {
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useArgusClient } from './clientContext';
import type { ArgusError } from './errors';
import { QUERY_KEYS } from './queryKeys';
import {
  cancelReplay,
  fetchReplay,
  fetchReplaySettings,
  isOver,
  type Replay,
  type ReplayOrder,
  type ReplaySettings,
  startReplay,
} from './replay';

const PROGRESS_INTERVAL_MS = 1_000;

export function useReplaySettings(): UseQueryResult<ReplaySettings, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.replaySettings(client.baseUrl),
    queryFn: ({ signal }) => fetchReplaySettings(client, signal),
  });
}

/** A replay, asked for each second until it is over. Also while the page is hidden, else the backend would give it up. */
export function useReplay(id: string | undefined): UseQueryResult<Replay, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.replay(client.baseUrl, id ?? ''),
    queryFn: ({ signal }) => fetchReplay(client, id ?? '', signal),
    enabled: id !== undefined,
    refetchInterval: ({ state }) =>
      state.data !== undefined && isOver(state.data) ? false : PROGRESS_INTERVAL_MS,
    refetchIntervalInBackground: true,
  });
}

export function useStartReplay(): UseMutationResult<Replay, ArgusError, ReplayOrder> {
  const client = useArgusClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (order: ReplayOrder) => startReplay(client, order),
    onSuccess: (replay) => queries.setQueryData(QUERY_KEYS.replay(client.baseUrl, replay.id), replay),
  });
}

export function useCancelReplay(): UseMutationResult<void, ArgusError, string> {
  const client = useArgusClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => cancelReplay(client, id),
    onSettled: (_done, _error, id) =>
      queries.invalidateQueries({ queryKey: QUERY_KEYS.replay(client.baseUrl, id) }),
  });
}
