/** A machine whose load a test decides: the files of /proc that a Collector's host_metrics receiver reads. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '../support.ts';

const MEMORY_KB = 16 * 1024 * 1024;
const TICKS_A_SECOND = 100;
const REWRITTEN_EVERY_MS = 1000;
/** Of the time of its one CPU. */
const CPU_SHARES = { user: 0.2, system: 0.05, idle: 0.75 };

export interface FakeMachine {
  /** For root_path of host_metrics. */
  readonly root: string;
  /** From 0 to 1; in the files when this returns. */
  useMemory(share: number): void;
}

function cpuTimes(seconds: number): string {
  const ticks = (share: number) => Math.round(seconds * share * TICKS_A_SECOND);
  const { user, system, idle } = CPU_SHARES;
  // user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice
  return `${ticks(user)} 0 ${ticks(system)} ${ticks(idle)} 0 0 0 0 0 0`;
}

/** @param memory share of it that is in use at first */
export function startFakeMachine(t: TestContext, memory: number): FakeMachine {
  const root = temporaryFolder(t);
  const proc = join(root, 'proc');
  mkdirSync(proc);
  const bootMs = Date.now() - 86_400_000;
  let used = memory;
  const write = (name: string, lines: readonly string[]) => {
    const path = join(proc, name);
    writeFileSync(`${path}.part`, `${lines.join('\n')}\n`);
    renameSync(`${path}.part`, path);
  };
  const rewrite = () => {
    const seconds = (Date.now() - bootMs) / 1000;
    const free = Math.round(MEMORY_KB * (1 - used));
    write('meminfo', [
      `MemTotal: ${MEMORY_KB} kB`,
      ...['MemFree', 'MemAvailable'].map((name) => `${name}: ${free} kB`),
      ...['Buffers', 'Cached', 'SwapTotal', 'SwapFree'].map((name) => `${name}: 0 kB`),
    ]);
    const times = cpuTimes(seconds);
    write('stat', [`cpu  ${times}`, `cpu0 ${times}`, `btime ${Math.floor(bootMs / 1000)}`]);
    write('loadavg', ['0.25 0.25 0.25 1/100 1000']);
    write('uptime', [`${seconds.toFixed(2)} ${(seconds * CPU_SHARES.idle).toFixed(2)}`]);
  };
  rewrite();
  const timer = setInterval(rewrite, REWRITTEN_EVERY_MS);
  t.after(() => clearInterval(timer));
  return {
    root,
    useMemory(share) {
      used = share;
      rewrite();
    },
  };
}
