import type { BaseIssue, BaseSchema } from 'valibot';

export type Decoder<T> = BaseSchema<unknown, T, BaseIssue<unknown>>;

export type QueryParameters = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

export interface RequestOptions {
  readonly params?: QueryParameters;
  /** JSON body of a POST. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * Requests to the backend through a data source's routes: one address, one secret, the role checked by Grafana.
 * Every method throws ArgusError.
 */
export interface ArgusClient {
  /** @param path from the backend's root, its variable parts percent-encoded: `/servers/a%2Fb` */
  get<T>(path: string, decoder: Decoder<T>, options?: RequestOptions): Promise<T>;
  post<T>(path: string, decoder: Decoder<T>, options?: RequestOptions): Promise<T>;
}
