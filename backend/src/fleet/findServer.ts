/** Looks a server up by the name a client gave. */
import { ServerUnknown } from './errors.ts';
import type { FleetView, Server } from './types.ts';

const SHOWN_NAME_LENGTH = 255;

/** A name as it may stand in a message. */
export function shortened(name: string): string {
  return name.length > SHOWN_NAME_LENGTH ? `${name.slice(0, SHOWN_NAME_LENGTH)}…` : name;
}

/** @throws ServerUnknown */
export function findServer(fleet: FleetView, name: string): Server {
  const server = fleet.byName(name);
  if (server === undefined) throw new ServerUnknown(shortened(name));
  return server;
}
