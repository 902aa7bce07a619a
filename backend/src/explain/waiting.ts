/** How long a client waits: by `?wait=`, or by the header Prefer of RFC 7240. */
import { DEFAULT_WAIT_SECONDS, LONGEST_WAIT_SECONDS } from './schemas.ts';

const SECOND_MS = 1000;

/** Seconds a client is willing to wait; the query counts for more than the header. */
export function waitSecondsOf(query: number | undefined, prefer: string | string[] | undefined): number {
  if (query !== undefined) return query;
  const preferences = [prefer ?? []].flat().join(',').toLowerCase();
  const wait = /(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])/.exec(preferences)?.[1];
  if (wait !== undefined) return Math.min(Number(wait), LONGEST_WAIT_SECONDS);
  return /(?:^|[,;\s])respond-async(?:$|[,;\s])/.test(preferences) ? 0 : DEFAULT_WAIT_SECONDS;
}

export const TOO_LONG = Symbol('not done within the wait');

/** A promise's result, or TOO_LONG where it takes longer. */
export async function within<T>(promise: Promise<T>, seconds: number): Promise<T | typeof TOO_LONG> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof TOO_LONG>((resolve) => {
    timer = setTimeout(() => resolve(TOO_LONG), seconds * SECOND_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
