import { connect, createServer, type Socket } from 'node:net';
import { HOST, listen } from '../server/ports.ts';

export interface Gate {
  /** Address to give to the data source. */
  readonly url: string;
  /** Down: as if no backend were there. */
  setDown(down: boolean): void;
  close(): void;
}

/** A way to a backend that can be closed and opened again at the same address. */
export async function startGate(backend: string): Promise<Gate> {
  const { hostname, port } = new URL(backend);
  const sockets = new Set<Socket>();
  let isDown = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const dropAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const gate = createServer((socket) => {
    keep(socket);
    if (isDown) return void socket.destroy();
    const onward = connect(Number(port), hostname);
    keep(onward);
    socket.pipe(onward).pipe(socket);
  });
  const url = `http://${HOST}:${await listen(gate, 0)}`;
  const setDown = (down: boolean) => {
    isDown = down;
    if (down) dropAll();
  };
  const close = () => {
    dropAll();
    gate.close();
  };
  return { url, setDown, close };
}
