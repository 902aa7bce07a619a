import { useEffect, useState } from 'react';

export interface Loaded<T> {
  readonly value?: T;
  readonly error?: string;
}

/** What a promise came to; started again when `key` changes. */
export function useLoaded<T>(load: () => Promise<T>, key: string): Loaded<T> {
  const [state, setState] = useState<Loaded<T> & { readonly key: string }>({ key });
  useEffect(() => {
    let current = true;
    const settle = (loaded: Loaded<T>) => {
      if (current) setState({ ...loaded, key });
    };
    load().then(
      (value) => settle({ value }),
      (error: unknown) => settle({ error: describe(error) }),
    );
    return () => {
      current = false;
    };
  }, [key]);
  return state.key === key ? state : {};
}

function describe(error: unknown): string {
  if (error instanceof Error) return error.message;
  if (typeof error === 'object' && error !== null && 'data' in error) {
    const { data } = error;
    if (typeof data === 'object' && data !== null && 'message' in data) return String(data.message);
  }
  return String(error);
}
