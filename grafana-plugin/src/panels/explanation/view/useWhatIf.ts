import { useCallback, useEffect, useRef, useState } from 'react';
import type { ArgusClient } from '../../../data/client';
import { type ArgusError, asArgusError } from '../../../data/errors';
import { askWhatIf, type WhatIfAnswer, type WhatIfChange } from '../../../data/whatIf';

export interface WhatIfState {
  readonly busy: boolean;
  /** The newest answer; kept while another is under way. */
  readonly answer: WhatIfAnswer | undefined;
  readonly error: ArgusError | undefined;
  readonly ask: (changes: readonly WhatIfChange[]) => void;
  readonly forget: () => void;
}

const IDLE = { busy: false, answer: undefined, error: undefined };

/** Asks one thing at a time: a new question ends the one under way. */
export function useWhatIf(client: ArgusClient, server: string): WhatIfState {
  const [state, setState] = useState<Omit<WhatIfState, 'ask' | 'forget'>>(IDLE);
  const running = useRef<AbortController | undefined>(undefined);
  const forget = useCallback(() => {
    running.current?.abort();
    setState(IDLE);
  }, []);
  const ask = useCallback(
    (changes: readonly WhatIfChange[]) => {
      running.current?.abort();
      const abort = new AbortController();
      running.current = abort;
      setState(({ answer }) => ({ busy: true, answer, error: undefined }));
      askWhatIf(client, server, changes, abort.signal).then(
        (answer) => {
          if (!abort.signal.aborted) setState({ busy: false, answer, error: undefined });
        },
        (error: unknown) => {
          if (!abort.signal.aborted) setState({ busy: false, answer: undefined, error: asArgusError(error) });
        },
      );
    },
    [client, server],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: another server's answer must not stay
  useEffect(() => forget, [client, server, forget]);
  return { ...state, ask, forget };
}
