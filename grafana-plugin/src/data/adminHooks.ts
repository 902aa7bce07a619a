import { type UseMutationResult, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useArgusClient } from './clientContext';
import type { ArgusError } from './errors';
import { type Done, fetchModels, type Models, reloadModel } from './models';
import { QUERY_KEYS } from './queryKeys';
import {
  cancelTraining,
  fetchTrainingStats,
  fetchTrainingStatus,
  startTraining,
  type TrainingOrder,
  type TrainingStats,
  type TrainingStatus,
} from './training';
import { useCommand } from './useCommand';

/** A training tells its progress each few seconds. */
const PROGRESS_INTERVAL_MS = 5_000;

export function useModels(): UseQueryResult<Models, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.models(client.baseUrl),
    queryFn: ({ signal }) => fetchModels(client, signal),
  });
}

/** Asked for every five seconds while a training is under way. */
export function useTrainingStatus(): UseQueryResult<TrainingStatus, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.trainingStatus(client.baseUrl),
    queryFn: ({ signal }) => fetchTrainingStatus(client, signal),
    refetchInterval: ({ state }) => (state.data?.training_active === true ? PROGRESS_INTERVAL_MS : false),
  });
}

export function useTrainingStats(): UseQueryResult<TrainingStats, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.trainingStats(client.baseUrl),
    queryFn: ({ signal }) => fetchTrainingStats(client, signal),
  });
}

export function useReloadModel(): UseMutationResult<Done, ArgusError, string> {
  return useCommand(reloadModel);
}

export function useStartTraining(): UseMutationResult<Done, ArgusError, TrainingOrder> {
  return useCommand(startTraining);
}

export function useCancelTraining(): UseMutationResult<Done, ArgusError, void> {
  return useCommand(cancelTraining);
}
