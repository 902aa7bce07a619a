/** What the settings of a data source must be. */
import type { ArgusDataSourceOptions } from '../types';

/** Grafana's proxy waits longer than we do, so that a slow backend is told from one that is down. */
const PROXY_EXTRA_SECONDS = 5;

/** What is wrong with an address, in a sentence; undefined where it can be one. */
export function addressProblem(address: string): string | undefined {
  if (address === '') return undefined;
  if (!/^https?:\/\//.test(address)) return 'Begin with http:// or https://.';
  try {
    const { username, password, search, hash } = new URL(address);
    if (username !== '' || password !== '') return 'Leave out user and password: Argus is told a key below.';
    if (search !== '' || hash !== '') return 'Leave out what comes after ? or #.';
    return undefined;
  } catch {
    return 'This is not an address: http://HOST:8000 is what it looks like.';
  }
}

/** Both timeouts from what was typed; nothing or nonsense means the default. */
export function timeoutsOf(text: string): Pick<ArgusDataSourceOptions, 'timeoutSeconds' | 'timeout'> {
  const seconds = Math.floor(Number(text));
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds < 1) {
    return { timeoutSeconds: undefined, timeout: undefined };
  }
  return { timeoutSeconds: seconds, timeout: seconds + PROXY_EXTRA_SECONDS };
}
