import {
  type QueryClient,
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import {
  type Annotation,
  type AnnotationFilter,
  type AnnotationKind,
  type Annotations,
  addAnnotation,
  fetchAnnotations,
  removeAnnotation,
  type WindowOrder,
} from './annotations';
import { useArgusClient } from './clientContext';
import type { ArgusError } from './errors';
import { QUERY_KEYS } from './queryKeys';
import { useCommand } from './useCommand';

export function useAnnotations(filter: AnnotationFilter): UseQueryResult<Annotations, ArgusError> {
  const client = useArgusClient();
  return useQuery({
    queryKey: QUERY_KEYS.annotationList(client.baseUrl, filter),
    queryFn: ({ signal }) => fetchAnnotations(client, filter, signal),
  });
}

/** A verdict to be given, or with `kind` null taken back. */
export interface Judgement {
  readonly alertId: string;
  readonly server: string;
  readonly kind: AnnotationKind | null;
  /** The verdict that is replaced. */
  readonly earlier: Annotation | undefined;
}

type Lists = readonly (readonly [readonly unknown[], Annotations | undefined])[];

/** Id of a verdict that is shown before the backend has answered. */
const PENDING_ID = 'pending';

function shownAtOnce({ alertId, server, kind }: Judgement): Annotation[] {
  if (kind === null) return [];
  const now = new Date().toISOString();
  const whom = { alert_id: alertId, server_names: [server], profiles: null };
  const when = { from: now, to: now, recurrence: null, created_at: now };
  return [{ id: PENDING_ID, kind, ...whom, ...when, text: '', author: '', active: false }];
}

/** Shows a judgement in every list. @returns the lists as they were */
function showAtOnce(queries: QueryClient, key: readonly unknown[], judgement: Judgement): Lists {
  const before = queries.getQueriesData<Annotations>({ queryKey: key });
  queries.setQueriesData<Annotations>({ queryKey: key }, (list) => {
    if (list === undefined) return list;
    const others = list.annotations.filter(({ id }) => id !== judgement.earlier?.id);
    const annotations = [...shownAtOnce(judgement), ...others];
    return { count: annotations.length, annotations };
  });
  return before;
}

/** Gives, replaces or takes back a verdict. It is shown at once, and as it was where the backend refuses. */
export function useJudge(): UseMutationResult<void, ArgusError, Judgement, Lists> {
  const client = useArgusClient();
  const queries = useQueryClient();
  const key = QUERY_KEYS.annotations(client.baseUrl);
  return useMutation({
    mutationFn: async ({ alertId, kind, earlier }: Judgement) => {
      if (kind !== null) await addAnnotation(client, { kind, alert_id: alertId });
      if (earlier !== undefined) await removeAnnotation(client, earlier.id);
    },
    onMutate: async (judgement) => {
      await queries.cancelQueries({ queryKey: key });
      return showAtOnce(queries, key, judgement);
    },
    onError: (_error, _judgement, before) => {
      for (const [list, data] of before ?? []) queries.setQueryData(list, data);
    },
    // A verdict may mute an alert: everything shown is asked for anew.
    onSettled: () => queries.invalidateQueries({ queryKey: QUERY_KEYS.all(client.baseUrl) }),
  });
}

export function useAddWindow(): UseMutationResult<Annotation, ArgusError, WindowOrder> {
  return useCommand<WindowOrder, Annotation>(addAnnotation);
}

export function useRemoveAnnotation(): UseMutationResult<void, ArgusError, string> {
  return useCommand(removeAnnotation);
}
