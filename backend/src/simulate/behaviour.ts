import type { ProfileName } from '../catalog/profiles.ts';
import type { IncidentKind } from './incidentKinds.ts';
import type { Range } from './random.ts';

/** Shapes of a server's day. */
export type DayPattern = 'office' | 'evening' | 'wave' | 'flat' | 'batch' | 'on_off' | 'idle';
export type MemoryPattern = 'constant' | 'follows_load' | 'sawtooth' | 'drift' | 'active';
export type DiskPattern = 'still' | 'grows' | 'rotates' | 'scratch';

type Weights<K extends string> = Readonly<Partial<Record<K, number>>>;

/** Ranges the traits of a profile's servers are drawn from; a server keeps its traits for life. */
export interface ProfileBehaviour {
  readonly patterns: Weights<DayPattern>;
  /** Mean demand as a share of all cores, drawn in the logarithm. */
  readonly meanLoad: Range;
  readonly weekendFactor: Range;
  readonly cores: readonly number[];
  /** Kernel share of busy time. */
  readonly sysShare: Range;
  /** I/O wait per unit of load. */
  readonly ioShare: Range;
  readonly javaProbability: number;
  readonly memory: Weights<MemoryPattern>;
  readonly memoryBase: Range;
  readonly disk: Weights<DiskPattern>;
  /** MB/s at mean load, drawn in the logarithm. */
  readonly netIn: Range;
  readonly netOut: Range;
  /** Mean connections in CLOSE_WAIT at mean load, drawn in the logarithm. */
  readonly backCloseWait: Range;
  readonly frontCloseWait: Range;
  /** Number of scheduled jobs. */
  readonly jobs: Range;
  /** How much more often than others a profile meets a kind of incident. */
  readonly incidents: Weights<IncidentKind>;
}

export const BEHAVIOURS: Readonly<Record<ProfileName, ProfileBehaviour>> = {
  database: {
    patterns: { office: 4, evening: 2, wave: 2, flat: 2 },
    meanLoad: [0.05, 0.5],
    weekendFactor: [0.4, 0.95],
    cores: [8, 16, 32, 64],
    sysShare: [0.1, 0.3],
    ioShare: [0.05, 0.5],
    javaProbability: 0.1,
    memory: { constant: 6, follows_load: 1, drift: 2 },
    memoryBase: [45, 84],
    disk: { grows: 5, rotates: 3, scratch: 1 },
    netIn: [0.05, 10],
    netOut: [0.1, 25],
    backCloseWait: [0.05, 3],
    frontCloseWait: [0.1, 12],
    jobs: [1, 4],
    incidents: { disk_fill: 2.5, swap_storm: 1.5, connection_leak: 1.2, memory_leak: 0.7 },
  },
  ml_compute: {
    patterns: { on_off: 6, batch: 2, flat: 1, office: 1 },
    meanLoad: [0.05, 0.4],
    weekendFactor: [0.5, 1.1],
    cores: [16, 32, 64, 96],
    sysShare: [0.03, 0.15],
    ioShare: [0.01, 0.15],
    javaProbability: 0.05,
    memory: { follows_load: 5, sawtooth: 2, drift: 1 },
    memoryBase: [15, 55],
    disk: { scratch: 4, grows: 3, still: 1 },
    netIn: [0.02, 20],
    netOut: [0.01, 5],
    backCloseWait: [0.02, 0.5],
    frontCloseWait: [0.02, 0.5],
    jobs: [0, 2],
    incidents: { cpu_saturation: 1.5, memory_leak: 1.8, swap_storm: 1.5, disk_fill: 1.2 },
  },
  web_api: {
    patterns: { office: 4, evening: 4, wave: 3, flat: 1 },
    meanLoad: [0.03, 0.45],
    weekendFactor: [0.4, 1.3],
    cores: [2, 4, 8, 16],
    sysShare: [0.12, 0.4],
    ioShare: [0.005, 0.05],
    javaProbability: 0.6,
    memory: { sawtooth: 5, follows_load: 3, constant: 2, drift: 2, active: 1 },
    memoryBase: [25, 75],
    disk: { rotates: 5, still: 3, grows: 1 },
    netIn: [0.02, 15],
    netOut: [0.05, 40],
    backCloseWait: [0.3, 15],
    frontCloseWait: [0.5, 40],
    jobs: [0, 2],
    incidents: { connection_leak: 2.5, network_saturation: 1.8, memory_leak: 1.5, cpu_saturation: 1.3 },
  },
  conductor: {
    patterns: { office: 3, flat: 4, wave: 2, batch: 1 },
    meanLoad: [0.02, 0.25],
    weekendFactor: [0.5, 1],
    cores: [2, 4, 8],
    sysShare: [0.15, 0.4],
    ioShare: [0.005, 0.08],
    javaProbability: 0.8,
    memory: { sawtooth: 5, drift: 3, constant: 2 },
    memoryBase: [30, 70],
    disk: { rotates: 5, still: 2, grows: 2 },
    netIn: [0.005, 2],
    netOut: [0.005, 3],
    backCloseWait: [0.2, 10],
    frontCloseWait: [0.2, 10],
    jobs: [1, 5],
    incidents: { memory_leak: 1.8, connection_leak: 1.5, runaway_process: 1.3 },
  },
  etl: {
    patterns: { batch: 6, on_off: 2, flat: 1 },
    meanLoad: [0.02, 0.2],
    weekendFactor: [0.5, 1.1],
    cores: [8, 16, 32],
    sysShare: [0.08, 0.3],
    ioShare: [0.1, 0.7],
    javaProbability: 0.5,
    memory: { follows_load: 5, sawtooth: 2, drift: 1 },
    memoryBase: [15, 55],
    disk: { scratch: 5, rotates: 2, grows: 3 },
    netIn: [0.05, 20],
    netOut: [0.02, 10],
    backCloseWait: [0.05, 2],
    frontCloseWait: [0.02, 1],
    jobs: [2, 6],
    incidents: { disk_fill: 2.5, network_saturation: 1.5, runaway_process: 1.2, swap_storm: 1.2 },
  },
  risk_analytics: {
    patterns: { office: 4, batch: 3, on_off: 2 },
    meanLoad: [0.05, 0.5],
    weekendFactor: [0.05, 0.5],
    cores: [16, 32, 64],
    sysShare: [0.03, 0.15],
    ioShare: [0.01, 0.15],
    javaProbability: 0.5,
    memory: { follows_load: 4, sawtooth: 3, constant: 1, active: 1 },
    memoryBase: [25, 70],
    disk: { rotates: 3, still: 3, scratch: 3, grows: 1 },
    netIn: [0.01, 5],
    netOut: [0.01, 5],
    backCloseWait: [0.05, 3],
    frontCloseWait: [0.05, 3],
    jobs: [1, 4],
    incidents: { cpu_saturation: 2, memory_leak: 1.5, runaway_process: 1.4 },
  },
  generic: {
    patterns: { idle: 4, flat: 2, office: 2, wave: 1, batch: 2, on_off: 1, evening: 1 },
    meanLoad: [0.003, 0.4],
    weekendFactor: [0.2, 1.1],
    cores: [1, 2, 4, 8],
    sysShare: [0.1, 0.5],
    ioShare: [0.005, 0.2],
    javaProbability: 0.25,
    memory: { constant: 3, follows_load: 3, sawtooth: 2, drift: 2, active: 3 },
    memoryBase: [5, 80],
    disk: { still: 4, rotates: 3, grows: 3, scratch: 1 },
    netIn: [0.001, 2],
    netOut: [0.001, 2],
    backCloseWait: [0.02, 2],
    frontCloseWait: [0.02, 4],
    jobs: [0, 4],
    incidents: { noisy_neighbour: 2, disk_fill: 1.2 },
  },
};

/** A quarter of the servers do not behave as their profile lets expect. */
export const ODD_SERVER_PROBABILITY = 0.25;

/** What odd servers are drawn from: everything a machine was ever seen to do. */
export const ODD_BEHAVIOUR: Pick<
  ProfileBehaviour,
  | 'patterns'
  | 'meanLoad'
  | 'weekendFactor'
  | 'sysShare'
  | 'memory'
  | 'memoryBase'
  | 'disk'
  | 'netIn'
  | 'netOut'
  | 'jobs'
> = {
  patterns: { office: 1, evening: 1, wave: 1, flat: 2, batch: 2, on_off: 3, idle: 4 },
  meanLoad: [0.002, 0.8],
  weekendFactor: [0, 1.6],
  sysShare: [0.02, 0.7],
  memory: { constant: 2, follows_load: 2, sawtooth: 2, drift: 1, active: 3 },
  memoryBase: [2, 85],
  disk: { still: 2, grows: 1, rotates: 1, scratch: 1 },
  netIn: [0.0005, 60],
  netOut: [0.0005, 60],
  jobs: [0, 8],
};
