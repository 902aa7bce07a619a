import type { QueryClient } from '@tanstack/react-query';
import { createQueryClient } from '../data/queryClient';

/** Answers kept between pages. They are asked for anew by Grafana's refresh picker, so none polls by itself. */
export function createPageQueries(): QueryClient {
  const queries = createQueryClient();
  const defaults = queries.getDefaultOptions();
  queries.setDefaultOptions({ ...defaults, queries: { ...defaults.queries, refetchInterval: false } });
  return queries;
}
