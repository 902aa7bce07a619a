import { LoadingPlaceholder } from '@grafana/ui';
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { ErrorNotice } from './ErrorNotice';

const SLOW_MS = 8_000;

/** Says after a while that it is still waiting, so that a slow backend does not look like a broken page. */
export const Waiting = ({ what }: { readonly what: string }) => {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  const text = isSlow ? `Still waiting for ${what}: the backend takes longer than usual.` : `Loading ${what}`;
  return (
    <div role="status">
      <LoadingPlaceholder text={text} />
    </div>
  );
};

interface Props<T> {
  readonly query: UseQueryResult<T, Error>;
  /** In the middle of a sentence: "the alerts". */
  readonly what: string;
  readonly children: (data: T) => ReactNode;
  /** Shown instead of the notice, for errors that are none to the reader. */
  readonly onError?: (error: Error) => ReactNode | undefined;
  /** Another part of the page says already that this is waiting or has failed. */
  readonly isQuiet?: boolean;
}

/** One part of a page: waiting, failed with a way on, or there. What was there stays while a refresh fails. */
export function QueryState<T>({ query, what, children, onError, isQuiet = false }: Props<T>) {
  const { data, error } = query;
  const retry = () => void query.refetch();
  if (data !== undefined) {
    return (
      <>
        {error === null || isQuiet ? null : (
          <ErrorNotice error={error} what={what} isStale onRetry={retry} isRetrying={query.isFetching} />
        )}
        {children(data)}
      </>
    );
  }
  if (isQuiet) return null;
  if (error === null) return <Waiting what={what} />;
  const special = onError?.(error);
  if (special !== undefined) return <>{special}</>;
  return <ErrorNotice error={error} what={what} onRetry={retry} isRetrying={query.isFetching} />;
}
