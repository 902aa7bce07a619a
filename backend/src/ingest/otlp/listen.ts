import { ListenError } from '../errors.ts';

const REASONS: readonly (readonly [pattern: RegExp, reason: (setting: string) => string])[] = [
  [
    /EADDRINUSE/,
    (setting) => `another program uses it; stop that one, or set another ${setting}.port (0 takes any)`,
  ],
  [/EACCES/, (setting) => `it needs more rights; set ${setting}.port to 1024 or above`],
  [
    /EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN|Name resolution|resolve/i,
    (setting) => `this machine does not have that address; correct ${setting}.host`,
  ],
];

/** Says which address could not be bound, why, and which setting to change. */
export function listenError(error: Error, host: string, port: number, setting: string): Error {
  const reason = REASONS.find(([pattern]) => pattern.test(error.message));
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new ListenError(address, reason === undefined ? error.message : reason[1](setting));
}
