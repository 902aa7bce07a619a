/** The end of the chain: a listener in the place of whoever is told of alerts. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

interface AlertmanagerMessage {
  readonly receiver: string;
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** One alert as it arrived. */
export interface Notice {
  readonly atMs: number;
  /** Last part of the receiver's address: page, ticket, chat, digest or argus-team. */
  readonly route: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Pager {
  /** HOST:PORT */
  readonly address: string;
  readonly notices: readonly Notice[];
}

export async function startPager(t: TestContext): Promise<Pager> {
  const notices: Notice[] = [];
  const server = createServer(async (request, response) => {
    const atMs = Date.now();
    let body = '';
    for await (const chunk of request) body += chunk;
    const { alerts } = JSON.parse(body) as AlertmanagerMessage;
    const route = (request.url ?? '').slice(1);
    for (const { status, labels, annotations } of alerts)
      notices.push({ atMs, route, status, labels, annotations });
    response.writeHead(200).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close().closeAllConnections());
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, notices };
}
