import { useCallback, useEffect, useState } from 'react';
import type { ArgusClient } from '../../../data/client';
import { type ArgusError, asArgusError } from '../../../data/errors';
import { type Explanation, fetchExplanation } from '../../../data/explanation';

export interface ExplanationState {
  /** The newest explanation of this server; kept while a newer one is computed. */
  readonly explanation: Explanation | undefined;
  readonly error: ArgusError | undefined;
  readonly busy: boolean;
  /** Whether it takes so long that a person should be told. */
  readonly slow: boolean;
  readonly retry: () => void;
}

export const SLOW_AFTER_MS = 5_000;

/** @param version asks again whenever it changes: the forecast's origin, or the time of a refresh */
export function useExplanation(
  client: ArgusClient | undefined,
  server: string | undefined,
  version: unknown,
): ExplanationState {
  const [found, setFound] = useState<{ server: string; explanation: Explanation } | undefined>(undefined);
  const [error, setError] = useState<ArgusError | undefined>(undefined);
  const [busy, setBusy] = useState(client !== undefined);
  const [slow, setSlow] = useState(false);
  const [tries, setTries] = useState(0);
  const retry = useCallback(() => setTries((before) => before + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: version and tries ask again
  useEffect(() => {
    if (client === undefined || server === undefined) {
      setBusy(false);
      return undefined;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => setSlow(true), SLOW_AFTER_MS);
    const end = (change: () => void) => {
      clearTimeout(timer);
      if (abort.signal.aborted) return;
      setBusy(false);
      setSlow(false);
      change();
    };
    setBusy(true);
    fetchExplanation(client, server, abort.signal).then(
      (explanation) =>
        end(() => {
          setFound({ server, explanation });
          setError(undefined);
        }),
      (thrown: unknown) => end(() => setError(asArgusError(thrown))),
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
      setSlow(false);
    };
  }, [client, server, version, tries]);
  const own = found?.server === server ? found?.explanation : undefined;
  return { explanation: own, error, busy, slow, retry };
}
