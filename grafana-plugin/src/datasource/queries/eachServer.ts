/** Asks for servers one by one; those that fail are left out with a notice, unless all of them fail. */
import type { QueryResultMetaNotice } from '@grafana/data';
import { type ArgusError, asArgusError } from '../../data/errors';
import { warning } from './context';

/** Browsers open six connections to a host; more only wait. */
const AT_ONCE = 6;
const NAMES_SHOWN = 3;

export interface EachServer<T> {
  readonly answers: readonly T[];
  readonly notices: readonly QueryResultMetaNotice[];
}

interface Failure {
  readonly name: string;
  readonly error: ArgusError;
}

type Outcome<T> = { readonly answer: T } | Failure;

/** One notice a reason, with the servers it holds for. */
function noticesOf(failures: readonly Failure[]): QueryResultMetaNotice[] {
  const namesByReason = new Map<string, string[]>();
  for (const { name, error } of failures) {
    const names = namesByReason.get(error.sentence) ?? [];
    namesByReason.set(error.sentence, [...names, name]);
  }
  return [...namesByReason].map(([reason, names]) => {
    const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
    return warning(`${names.slice(0, NAMES_SHOWN).join(', ')}${more}: ${reason}`);
  });
}

/** @throws ArgusError the first one, where no server could be read */
export async function forEachServer<T>(
  names: readonly string[],
  signal: AbortSignal,
  ask: (name: string) => Promise<T>,
): Promise<EachServer<T>> {
  const outcomes: Outcome<T>[] = [];
  const waiting = [...names.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [position, name] = next;
      try {
        outcomes[position] = { answer: await ask(name) };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        outcomes[position] = { name, error: asArgusError(error) };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, names.length) }, work));
  const failures = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []));
  const [first] = failures;
  if (first !== undefined && failures.length === names.length) throw first.error;
  return {
    answers: outcomes.flatMap((outcome) => ('answer' in outcome ? [outcome.answer] : [])),
    notices: noticesOf(failures),
  };
}
