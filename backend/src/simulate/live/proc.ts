/** What Linux tells in /proc and Node has no function for. Elsewhere there is nothing to read, and nothing is told. */

import { readFile } from 'node:fs/promises';

const BYTES_PER_KIB = 1024;
/** Kernel clock ticks per second as user space sees them (USER_HZ), on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const IOWAIT_FIELD = 5;
/** TCP_CLOSE_WAIT in include/net/tcp_states.h. */
const CLOSE_WAIT = '08';
const STATE_FIELD = 3;

async function readProc(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return ''; // not Linux, or not allowed: not measured
  }
}

/** Bytes of swap space from the text of /proc/meminfo; undefined without swap. */
export function parseSwap(meminfo: string): { readonly used: number; readonly free: number } | undefined {
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(meminfo)?.[1] ?? 0);
  const total = field('SwapTotal') * BYTES_PER_KIB;
  if (total === 0) return undefined;
  const free = field('SwapFree') * BYTES_PER_KIB;
  return { used: total - free, free };
}

/** Seconds all CPUs waited for I/O since boot, from the text of /proc/stat. */
export function parseIowaitSeconds(stat: string): number | undefined {
  const fields = /^cpu .*$/m.exec(stat)?.[0].split(/\s+/);
  const ticks = Number(fields?.[IOWAIT_FIELD]);
  return Number.isFinite(ticks) ? ticks / TICKS_PER_SECOND : undefined;
}

/** Connections in CLOSE_WAIT in the text of /proc/net/tcp or tcp6. */
export function countCloseWait(tcp: string): number {
  return tcp.split('\n').filter((line) => line.trim().split(/\s+/)[STATE_FIELD] === CLOSE_WAIT).length;
}

export async function readSwap(): Promise<ReturnType<typeof parseSwap>> {
  return parseSwap(await readProc('/proc/meminfo'));
}

export async function readIowaitSeconds(): Promise<number | undefined> {
  return parseIowaitSeconds(await readProc('/proc/stat'));
}

/** undefined where the connections cannot be seen. */
export async function readCloseWait(): Promise<number | undefined> {
  const [tcp, tcp6] = await Promise.all([readProc('/proc/net/tcp'), readProc('/proc/net/tcp6')]);
  return tcp === '' && tcp6 === '' ? undefined : countCloseWait(tcp) + countCloseWait(tcp6);
}
