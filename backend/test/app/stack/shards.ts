/** Instances of Argus that share the servers among them and know the same keys. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createKey } from '../../../src/api/keys.ts';
import { systemClock } from '../../../src/catalog/time.ts';
import {
  freePort,
  type ServerAnswer,
  type ServerDetail,
  type Serving,
  serve,
  stop,
  temporaryFolder,
} from '../support.ts';

export interface Shard {
  readonly name: string;
  /** HOST:PORT */
  readonly rest: string;
  /** HOST:PORT */
  readonly otlpGrpc: string;
  start(): Promise<void>;
  /** kill −9. */
  kill(): Promise<void>;
  /** JSON of a REST route; undefined for any answer but 200. */
  ask<T>(path: string): Promise<T | undefined>;
  servers(): Promise<ReadonlyMap<string, ServerAnswer>>;
  detail(server: string): Promise<ServerDetail | undefined>;
  metrics(): Promise<string>;
  /** What it logged since it was last started, and what it says of its servers now. */
  report(): Promise<string>;
}

export interface Keys {
  readonly ingest: string;
  readonly read: string;
}

export interface Shards {
  readonly shards: readonly [Shard, Shard];
  readonly keys: Keys;
}

async function createShard(
  t: TestContext,
  name: string,
  dataDir: string,
  readKey: string,
  prometheusUrl: () => string,
) {
  const rest = `127.0.0.1:${await freePort()}`;
  const otlpGrpc = `127.0.0.1:${await freePort()}`;
  let serving: Serving | undefined;
  const request = (path: string) =>
    fetch(`http://${rest}${path}`, { headers: { 'x-api-key': readKey } }).catch(() => undefined);
  const shard: Shard = {
    ...{ name, rest, otlpGrpc },
    async start() {
      serving = await serve(t, {
        dataDir,
        args: ['--http', rest, '--otlp-grpc', otlpGrpc],
        settings: {
          ARGUS_FLEET__BACKFILL__PROMETHEUS_URL: prometheusUrl(),
          ARGUS_FLEET__BACKFILL__SOURCE: 'otel',
          ARGUS_FLEET__BACKFILL__SERVERS: 'reporting',
        },
      });
    },
    async kill() {
      if (serving !== undefined) await stop(serving, 'SIGKILL');
    },
    async ask<T>(path: string) {
      const answer = await request(path);
      return answer?.ok === true ? ((await answer.json()) as T) : undefined;
    },
    async servers() {
      const answer = await shard.ask<{ readonly servers: readonly ServerAnswer[] }>('/servers');
      return new Map((answer?.servers ?? []).map((server) => [server.name, server]));
    },
    detail: (server) => shard.ask(`/servers/${server}`),
    async metrics() {
      const answer = await request('/metrics');
      return answer?.ok === true ? answer.text() : '';
    },
    async report() {
      const servers = [...(await shard.servers()).values()];
      const states = servers.map(({ name: server, mode, reason }) => `${server} ${mode} ${reason ?? ''}`);
      return [`${name}:`, ...states, serving?.stderr() ?? ''].join('\n  ');
    },
  };
  return shard;
}

/** Two instances with one set of keys. @param prometheusUrl where they find the past of servers that join */
export async function createShards(t: TestContext, prometheusUrl: () => string): Promise<Shards> {
  const folders = [temporaryFolder(t), temporaryFolder(t)] as const;
  const file = (folder: string) => join(folder, 'keys.json');
  const { key: ingest } = await createKey(file(folders[0]), 'gateway', ['ingest'], systemClock);
  const { key: read } = await createKey(file(folders[0]), 'prometheus', ['read'], systemClock);
  copyFileSync(file(folders[0]), file(folders[1]));
  const create = (name: string, folder: string) => createShard(t, name, folder, read, prometheusUrl);
  return {
    shards: [await create('argus-a', folders[0]), await create('argus-b', folders[1])],
    keys: { ingest, read },
  };
}
