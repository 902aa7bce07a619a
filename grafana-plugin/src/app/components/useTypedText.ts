import { useEffect, useRef, useState } from 'react';

const PAUSE_MS = 250;

/**
 * A text that answers to each letter at once and is passed on when the typing pauses.
 * @param text as it is kept elsewhere; follows when that changes, as by the browser's back button
 */
export function useTypedText(
  text: string,
  onPause: (text: string) => void,
): [string, (text: string) => void] {
  const [typed, setTyped] = useState(text);
  const passOn = useRef(onPause);
  passOn.current = onPause;
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => passOn.current(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, text]);
  return [typed, setTyped];
}
