import type { ArgusQuery } from './types';

/** Worth a mark on every panel; one can choose degraded, too. */
const DEFAULT_LEVELS = ['warning', 'critical'];

/** The query behind an annotation, whatever was stored of it. */
export function annotationQuery(stored: Partial<ArgusQuery> | undefined): ArgusQuery {
  return { levels: DEFAULT_LEVELS, refId: 'Anno', ...stored, queryType: 'alerts', timing: 'range' };
}
