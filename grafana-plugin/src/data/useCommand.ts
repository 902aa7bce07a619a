import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import type { ArgusClient } from './client';
import { useArgusClient } from './clientContext';
import type { ArgusError } from './errors';
import { QUERY_KEYS } from './queryKeys';

/** Something that changes the backend; whatever came of it, everything shown is asked for anew. */
export function useCommand<Order, Answer>(
  send: (client: ArgusClient, order: Order) => Promise<Answer>,
): UseMutationResult<Answer, ArgusError, Order> {
  const client = useArgusClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (order: Order) => send(client, order),
    onSettled: () => queries.invalidateQueries({ queryKey: QUERY_KEYS.all(client.baseUrl) }),
  });
}
