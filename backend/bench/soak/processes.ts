/** Memory of Argus and the processes it started, and what lies on disk. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const KIBIBYTE = 1024;
/** Programs by a part of their command line. */
const NAMES: readonly (readonly [part: string, name: string])[] = [
  ['history/store/main', 'history'],
  ['training/jobs/worker', 'training'],
  ['soak/service', 'argus'],
];

/**
 * Resident memory in bytes of a process and its descendants by what they are; of several of one name the sum.
 * Empty where there is no /proc.
 */
export function memoryOf(pid: number): Readonly<Record<string, number>> {
  const parents = parentsByPid();
  const bytes: Record<string, number> = {};
  for (const candidate of parents.keys()) {
    if (!descends(candidate, pid, parents)) continue;
    const name = nameOf(candidate);
    if (name !== undefined) bytes[name] = (bytes[name] ?? 0) + residentBytes(candidate);
  }
  return bytes;
}

/** Bytes of the files in each folder of a folder, those beside them under `other`. */
export function bytesByFolder(folder: string): Readonly<Record<string, number>> {
  const bytes: Record<string, number> = {};
  for (const entry of entriesOf(folder)) {
    const name = entry.isDirectory() ? entry.name : 'other';
    bytes[name] = (bytes[name] ?? 0) + bytesAt(join(folder, entry.name), entry.isDirectory());
  }
  return bytes;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Gone since it was listed.
    return [];
  }
}

function bytesAt(path: string, isFolder: boolean): number {
  if (!isFolder) return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return entriesOf(path).reduce(
    (sum, entry) => sum + bytesAt(join(path, entry.name), entry.isDirectory()),
    0,
  );
}

function parentsByPid(): ReadonlyMap<number, number> {
  const pids = entriesOf('/proc').flatMap(({ name }) => (/^\d+$/.test(name) ? [Number(name)] : []));
  return new Map(
    pids.flatMap((pid) => {
      // pid (name that may hold anything) state ppid …
      const fields = textOf(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
      return fields === undefined ? [] : [[pid, Number(fields[1])] as const];
    }),
  );
}

function descends(pid: number, ancestor: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
    if (at === ancestor) return true;
  }
  return false;
}

function nameOf(pid: number): string | undefined {
  const command = textOf(`/proc/${pid}/cmdline`) ?? '';
  return NAMES.find(([part]) => command.includes(part))?.[1];
}

function residentBytes(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`) ?? '') ?? [];
  return Number(kibibytes ?? 0) * KIBIBYTE;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
