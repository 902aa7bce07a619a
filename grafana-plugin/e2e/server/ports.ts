import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { StartError } from './errors.ts';

/** Loopback only: nobody has to sign in. */
export const HOST = '127.0.0.1';
const PORTS_TRIED = 20;

/**
 * Lets a server listen on the port, or on the next free one; 0 is any.
 * @returns the port
 * @throws StartError where all of the next ones are taken
 */
export async function listen(
  server: Pick<Server, 'once' | 'listen' | 'removeAllListeners' | 'address'>,
  port: number,
): Promise<number> {
  for (let tried = 0; tried < PORTS_TRIED; tried += 1) {
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve);
      server.listen(port === 0 ? 0 : port + tried, HOST, () => resolve(undefined));
    });
    server.removeAllListeners('error');
    if (error === undefined) return (server.address() as AddressInfo).port;
    if (error.code !== 'EADDRINUSE') throw error;
  }
  throw new StartError(`The ports ${port} to ${port + PORTS_TRIED - 1} are taken: name another by --port.`);
}

/** The port, or the next free one, for a program that has to be told; 0 is any. */
export async function freePort(port = 0): Promise<number> {
  const server = createServer();
  const free = await listen(server, port);
  await new Promise((resolve) => server.close(resolve));
  return free;
}
