import type { DataFrame, QueryResultMetaNotice, TimeRange } from '@grafana/data';
import type { ArgusClient } from '../../data/client';
import type { ArgusQuery } from '../types';

/** One query of a panel, its variables replaced, and what is needed to answer it. */
export interface QueryContext {
  readonly client: ArgusClient;
  readonly query: ArgusQuery;
  readonly range: TimeRange;
  readonly signal: AbortSignal;
  /** Whether the panel has no other query: then series need no long names. */
  readonly isAlone: boolean;
}

export interface QueryAnswer {
  readonly frames: readonly DataFrame[];
  readonly notices: readonly QueryResultMetaNotice[];
}

export type QueryRunner = (context: QueryContext) => Promise<QueryAnswer>;

export function info(text: string): QueryResultMetaNotice {
  return { severity: 'info', text };
}

export function warning(text: string): QueryResultMetaNotice {
  return { severity: 'warning', text };
}
