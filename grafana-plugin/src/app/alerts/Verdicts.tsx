import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { type Judgement, useAnnotations, useJudge } from '../../data/annotationHooks';
import type { Annotation, AnnotationFilter } from '../../data/annotations';
import { CommandFailure } from '../components/CommandResult';
import { newestByAlert, verdictOf } from './verdicts';

interface VerdictDesk {
  /** False where the backend keeps none, or has not answered yet. */
  readonly isReady: boolean;
  readonly byAlert: ReadonlyMap<string, Annotation>;
  readonly byId: ReadonlyMap<string, Annotation>;
  readonly judge: (judgement: Judgement) => void;
  /** Alert whose verdict is under way. */
  readonly busyAlert: string | undefined;
}

const NO_DESK: VerdictDesk = {
  isReady: false,
  byAlert: new Map(),
  byId: new Map(),
  judge: () => undefined,
  busyAlert: undefined,
};

const Desk = createContext(NO_DESK);

/** Verdicts on the alerts of the tables around it, and the way to give them. */
export function useVerdicts(): VerdictDesk {
  return useContext(Desk);
}

interface Props {
  readonly filter: AnnotationFilter;
  readonly children: ReactNode;
}

/** Lets the alerts below it be judged, and says above them what could not be kept. */
export const Verdicts = ({ filter, children }: Props) => {
  const { data } = useAnnotations(filter);
  const command = useJudge();
  const { mutate, isPending, variables } = command;
  const busyAlert = isPending ? variables?.alertId : undefined;
  const desk = useMemo<VerdictDesk>(() => {
    const annotations = data?.annotations ?? [];
    return {
      isReady: data !== undefined,
      byAlert: newestByAlert(annotations),
      byId: new Map(annotations.map((annotation) => [annotation.id, annotation])),
      judge: (judgement) => mutate(judgement),
      busyAlert,
    };
  }, [data, mutate, busyAlert]);
  return (
    <Desk.Provider value={desk}>
      {variables === undefined ? null : <CommandFailure command={command} failed={failureOf(variables)} />}
      {children}
    </Desk.Provider>
  );
};

function failureOf({ server, kind }: Judgement): string {
  if (kind === null) return `The verdict on ${server} was not taken back`;
  return `“${verdictOf(kind)?.label ?? kind}” was not kept for ${server}`;
}
