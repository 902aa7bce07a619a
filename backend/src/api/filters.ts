/** Which servers and fields a list answers with. */
import { type Static, Type } from 'typebox';
import { type InputIssue, InvalidInput } from '../catalog/invalidInput.ts';
import { profileName, type ServerState } from './fleetState.ts';
import { levelSchema, modeSchema, profileSchema } from './schemas.ts';

const MOST_WORDS = 100;
const MOST_SERVERS = 1_000_000;

const words = <Schema extends typeof levelSchema | typeof profileSchema | typeof modeSchema>(
  schema: Schema,
  description: string,
) => Type.Optional(Type.Array(schema, { maxItems: MOST_WORDS, description }));

export const filterSchema = Type.Object({
  server: Type.Optional(
    Type.Array(Type.String(), {
      maxItems: MOST_WORDS,
      description: 'Only servers of these exact names; repeat it for several',
    }),
  ),
  level: words(levelSchema, 'Only servers at these levels'),
  profile: words(profileSchema, 'Only servers of these profiles'),
  mode: words(modeSchema, 'Only servers whose numbers come from there'),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MOST_SERVERS,
      description: 'At most this many, those at most risk first',
    }),
  ),
});
export type Filter = Static<typeof filterSchema>;

function includes<Word>(wanted: readonly Word[] | undefined, word: Word | undefined): boolean {
  return wanted === undefined || (word !== undefined && wanted.includes(word));
}

export function matches(filter: Filter, { server, mode, risk }: ServerState): boolean {
  return (
    includes<string>(filter.server, server.name) &&
    includes<string>(filter.profile, profileName(server)) &&
    includes(filter.level, risk?.level) &&
    includes(filter.mode, mode)
  );
}

/** The servers a filter lets through, in the order given. */
export function filtered(filter: Filter, states: readonly ServerState[]): ServerState[] {
  return states.filter((state) => matches(filter, state)).slice(0, filter.limit);
}

/**
 * Names in a comma-separated `fields` parameter.
 * @throws InvalidInput naming each that is none of `known`
 */
export function fieldList<Name extends string>(text: string, known: readonly Name[]): Name[] {
  const names = text.split(',').map((name) => name.trim());
  const isKnown = (name: string): name is Name => (known as readonly string[]).includes(name);
  const issues: InputIssue[] = names
    .filter((name) => !isKnown(name))
    .map(() => ({ loc: ['query', 'fields'], msg: `each must be one of ${known.join(', ')}`, type: 'enum' }));
  if (issues.length > 0) throw new InvalidInput(issues.slice(0, 1));
  return names.filter(isKnown);
}
