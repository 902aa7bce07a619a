import { createServer } from 'node:http';
import { HOST, listen } from '../server/ports.ts';
import type { Backend } from './backend.ts';
import type { Gate } from './gate.ts';

/**
 * What specs, which run in processes of their own, may ask of the stage: POST /down and /open close and open the way to
 * the backend; GET /many answers with a large fleet's backend, started then.
 * @returns its address
 */
export async function startControl(
  gate: Gate,
  startMany: () => Promise<Backend>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  let many: Promise<Backend> | undefined;
  const server = createServer(async (request, response) => {
    if (request.url !== '/many') {
      gate.setDown(request.url === '/down');
      response.end();
      return;
    }
    try {
      many ??= startMany();
      const { url, keys } = await many;
      response.end(JSON.stringify({ url, keys }));
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  });
  const url = `http://${HOST}:${await listen(server, 0)}`;
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await many?.then(({ stop }) => stop()).catch(() => {});
  };
  return { url, close };
}
