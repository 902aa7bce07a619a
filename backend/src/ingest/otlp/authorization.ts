import { MissingKeyError, WrongKeyError } from '../errors.ts';

/** What a client sent to show who it is. */
export interface KeyHeaders {
  readonly apiKey?: string;
  readonly authorization?: string;
}

/** Says whether a key may ingest; the keys belong to the API. */
export type Authorize = (headers: KeyHeaders) => 'ok' | 'missing' | 'wrong';

/** @throws MissingKeyError, WrongKeyError */
export function requireKey(
  authorize: Authorize,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): void {
  const apiKey = headers['x-api-key'];
  const { authorization } = headers;
  const verdict = authorize({
    ...(typeof apiKey === 'string' ? { apiKey } : {}),
    ...(typeof authorization === 'string' ? { authorization } : {}),
  });
  if (verdict === 'missing') throw new MissingKeyError();
  if (verdict === 'wrong') throw new WrongKeyError();
}
