import type { ArgusError } from '../../data/errors';

/** Whether the backend answers but keeps no past, so that the present can stand in. */
export function isWithoutHistory({ kind, code }: ArgusError): boolean {
  return kind === 'unsupported' || code === 'ARGUS_HISTORY_UNAVAILABLE';
}
