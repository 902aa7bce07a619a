import { createServer } from 'node:http';
import { HOST, listen } from '../server/ports.ts';
import type { Backend } from './backend.ts';
import type { Gate } from './gate.ts';

/**
 * What specs, which run in processes of their own, may ask of the stage: POST /down and /open close and open the way to
 * the backend; GET /many answers with the large fleet's backend once it is there.
 * @returns its address
 */
export async function startControl(
  gate: Gate,
  many: Promise<Backend>,
): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    if (request.url !== '/many') {
      gate.setDown(request.url === '/down');
      response.end();
      return;
    }
    try {
      const { url, keys } = await many;
      response.end(JSON.stringify({ url, keys }));
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  });
  const url = `http://${HOST}:${await listen(server, 0)}`;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url, close };
}
