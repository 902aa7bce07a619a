import { useRef } from 'react';

/** The first value that came, kept: what is ordered by it does not jump when newer data comes. */
export function useFirst<T>(value: T | undefined): T | undefined {
  const first = useRef(value);
  first.current ??= value;
  return first.current;
}
