import { keepPreviousData, QueryClient } from '@tanstack/react-query';
import { ArgusError } from './errors';

/** Forecasts change every five minutes, alerts within one; the backend counts requests by key. */
export const REFETCH_INTERVAL_MS = 30_000;
const STALE_AFTER_MS = 10_000;
const RETRIES = 1;
const RETRY_DELAY_MS = 2_000;

/** Once more where the failure may have passed already; everything else waits for the next interval or the person. */
export function shouldRetry(failures: number, error: unknown): boolean {
  return failures < RETRIES && error instanceof ArgusError && error.isPassing;
}

/** The client of the app's pages: what is shown stays while newer data is under way, and is refreshed every 30 s. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: shouldRetry,
        retryDelay: RETRY_DELAY_MS,
        staleTime: STALE_AFTER_MS,
        refetchInterval: REFETCH_INTERVAL_MS,
        placeholderData: keepPreviousData,
        // Grafana pages may be opened without a network connection of the browser's own making: a proxy on localhost.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}
