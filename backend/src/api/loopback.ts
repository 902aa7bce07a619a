/** Which addresses only this machine can reach. */
import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether a host name or address, as given to listen or in a Host header, is this machine's loopback. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const family = isIP(name);
  if (family === 0) return name === 'localhost' || name.endsWith('.localhost');
  return loopback.check(name, family === 6 ? 'ipv6' : 'ipv4');
}

/** The name in a Host header without its port: "[::1]:8000" gives "[::1]". */
export function hostNameOf(hostHeader: string): string {
  return hostHeader.replace(/:\d+$/, '');
}
