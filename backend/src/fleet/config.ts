import { type Static, Type } from 'typebox';
import { PROFILES, type ProfileName, type ProfilePattern } from '../catalog/profiles.ts';
import { WINDOW_STEPS } from '../catalog/time.ts';
import { backfillConfigSchema } from './backfill/config.ts';

const profileNameSchema = Type.Unsafe<ProfileName>(
  Type.Union(PROFILES.map((profile) => Type.Literal(profile.name))),
);

/** Settings of the fleet: how many servers, when steps close, what is kept on disk. */
export const fleetConfigSchema = Type.Object(
  {
    maxServers: Type.Integer({
      minimum: 1,
      maximum: 200_000,
      default: 20_000,
      description:
        'Servers kept at most; further ones are refused and counted. One costs about 80 KB of memory in all.',
    }),
    newServersPerMinute: Type.Integer({
      minimum: 1,
      maximum: 200_000,
      default: 10_000,
      description:
        'Names never seen before that may join within one minute; further ones wait and are counted.',
    }),
    maxAttributes: Type.Integer({
      minimum: 0,
      maximum: 128,
      default: 16,
      description: 'Resource attributes kept of a server.',
    }),
    maxAttributeBytes: Type.Integer({
      minimum: 16,
      maximum: 4096,
      default: 256,
      description: 'Longest key or value of a kept attribute, in bytes of UTF-8.',
    }),
    graceSeconds: Type.Integer({
      minimum: 0,
      maximum: 240,
      default: 30,
      description: 'A step closes this long after its end, so that late points still count.',
    }),
    warmupSteps: Type.Integer({
      minimum: 1,
      maximum: WINDOW_STEPS,
      default: 48,
      description: 'Measured five-minute steps a server needs within its last 24 hours to be forecast.',
    }),
    staleAfterMinutes: Type.Number({
      minimum: 1,
      default: 15,
      description: 'A server is stale when its newest measurement is older than this.',
    }),
    removeAfterHours: Type.Number({
      exclusiveMinimum: 0,
      default: 2,
      description: 'A server that has sent nothing for this long leaves the fleet.',
    }),
    defaultTimeZone: Type.String({
      minLength: 1,
      default: 'UTC',
      description: 'IANA time zone of servers that do not send argus.timezone.',
    }),
    profilePatterns: Type.Array(
      Type.Object(
        {
          pattern: Type.String({ minLength: 1, description: 'Regular expression on the server name.' }),
          profile: profileNameSchema,
        },
        { additionalProperties: false },
      ),
      { default: [], description: 'Profiles by server name, first match wins.' },
    ),
    snapshotEveryMinutes: Type.Number({
      minimum: 1,
      default: 60,
      description:
        'The window is written to disk as a whole this often; the journal covers the time between.',
    }),
    journalMaxMegabytes: Type.Number({
      minimum: 1,
      default: 64,
      description: 'A journal larger than this brings the next snapshot forward.',
    }),
    backfill: Type.Optional(backfillConfigSchema),
  },
  { additionalProperties: false, default: {} },
);

export type FleetConfig = Static<typeof fleetConfigSchema>;

/** Compiles the configured patterns; throws SyntaxError with the expression where one is not valid. */
export function compileProfilePatterns(patterns: FleetConfig['profilePatterns']): readonly ProfilePattern[] {
  return patterns.map(({ pattern, profile }) => ({ pattern: new RegExp(pattern, 'u'), profile }));
}
