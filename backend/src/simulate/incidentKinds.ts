/** What can go wrong with a server, and what merely looks like it. One table; the life cycle is in incidents.ts. */

import type { Pressure } from './pressure.ts';
import type { Range } from './random.ts';

export const INCIDENT_KINDS = [
  'memory_leak',
  'disk_fill',
  'runaway_process',
  'cpu_saturation',
  'connection_leak',
  'network_saturation',
  'swap_storm',
  'noisy_neighbour',
  'cascade',
  'crash',
  'batch_peak',
  'backup',
  'deploy',
] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

/** What people do when they end an incident in time. */
export type Remedy = 'restart_service' | 'reboot' | 'clean_disk' | 'none';

/** Sizes drawn for one incident. */
export interface IncidentScale {
  /** Strength of the side effects, around 1. */
  readonly strength: number;
  /** Where the leading metric stands at the failure. */
  readonly limit: number;
  /** Curvature of the symptom over progress: above 1 it shows late. */
  readonly curvature: number;
}

export interface IncidentDefinition {
  /** Onsets per server and day for a server of fragility 1; cascades come from the group instead. */
  readonly onsetsPerDay: number;
  /** Steps from hidden onset to failure, drawn in the logarithm. */
  readonly durationSteps: Range;
  readonly curvature: Range;
  /** Limit of the leading metric, in its unit. */
  readonly limit: Range;
  /** Whether it ever fails; the others are look-alikes by nature. */
  readonly canFail: boolean;
  /** Chance per mean rescue time that someone ends it; 0 = nobody can. */
  readonly rescueFactor: number;
  readonly remedy: Remedy;
  /** Whether the onset is the likelier the higher the load. */
  readonly followsLoad: boolean;
  /** Adds the symptoms; `x` is their growth from 0 to 1. */
  readonly apply: (x: number, scale: IncidentScale, pressure: Pressure) => void;
}

/** Traffic of what is fetched for a deploy or a batch, MB/s at strength 1. */
const IMAGE_MB_S = 1;

/** Growth above which a symptom counts as visible: the truth's first symptom. */
export const VISIBLE_GROWTH = 0.05;

export const INCIDENTS: Readonly<Record<IncidentKind, IncidentDefinition>> = {
  memory_leak: {
    onsetsPerDay: 0.034,
    durationSteps: [36, 400],
    curvature: [0.7, 1.4],
    limit: [95.5, 99.7],
    canFail: true,
    rescueFactor: 0.7,
    remedy: 'restart_service',
    followsLoad: false,
    apply: (x, { limit, strength }, pressure) => {
      pressure.memoryPull = x;
      pressure.memoryLimit = limit;
      // The collector of garbage works ever harder as room gets scarce.
      pressure.cpu += 0.15 * strength * x ** 6;
      pressure.queue += 0.3 * strength * x ** 8;
    },
  },
  disk_fill: {
    onsetsPerDay: 0.034,
    durationSteps: [36, 500],
    curvature: [0.7, 1.3],
    limit: [97, 100],
    canFail: true,
    rescueFactor: 0.7,
    remedy: 'clean_disk',
    followsLoad: false,
    apply: (x, { limit, strength }, pressure) => {
      pressure.diskPull = x;
      pressure.diskLimit = limit;
      pressure.iowait += 0.04 * strength * Math.sqrt(x);
    },
  },
  runaway_process: {
    onsetsPerDay: 0.014,
    durationSteps: [3, 60],
    curvature: [0.2, 0.6],
    limit: [0.6, 1.4],
    canFail: true,
    rescueFactor: 2,
    remedy: 'none',
    followsLoad: true,
    apply: (x, { limit, strength }, pressure) => {
      pressure.cpu += limit * x;
      pressure.memory += 6 * strength * x;
      pressure.queue += 0.5 * strength * x * x;
    },
  },
  cpu_saturation: {
    onsetsPerDay: 0.018,
    durationSteps: [18, 160],
    curvature: [0.6, 1.4],
    limit: [0.95, 1.8],
    canFail: true,
    rescueFactor: 1.5,
    remedy: 'none',
    followsLoad: true,
    apply: (x, { limit, strength }, pressure) => {
      pressure.cpu += limit * x;
      pressure.trafficFactor *= 1 + 0.8 * strength * x;
      pressure.frontCloseWait += 8 * strength * x * x;
    },
  },
  connection_leak: {
    onsetsPerDay: 0.026,
    durationSteps: [24, 300],
    curvature: [0.7, 1.4],
    limit: [350, 4000],
    canFail: true,
    rescueFactor: 0.8,
    remedy: 'restart_service',
    followsLoad: true,
    apply: (x, { limit, strength }, pressure) => {
      const back = strength > 1;
      pressure.backCloseWait += limit * x * (back ? 1 : 0.05);
      pressure.frontCloseWait += limit * x * (back ? 0.15 : 1);
      pressure.memory += 3 * strength * x;
      pressure.trafficFactor *= 1 - 0.5 * x ** 4;
    },
  },
  network_saturation: {
    onsetsPerDay: 0.011,
    durationSteps: [12, 140],
    curvature: [0.6, 1.6],
    limit: [1, 1],
    canFail: true,
    rescueFactor: 1.5,
    remedy: 'none',
    followsLoad: true,
    apply: (x, { strength }, pressure) => {
      pressure.netInPull = strength > 1 ? x : 0.4 * x;
      pressure.netOutPull = strength > 1 ? 0.3 * x : x;
      pressure.sys += 0.12 * strength * x;
      pressure.frontCloseWait += 25 * strength * x ** 3;
    },
  },
  swap_storm: {
    onsetsPerDay: 0.014,
    durationSteps: [3, 48],
    curvature: [0.6, 1.6],
    limit: [80, 100],
    canFail: true,
    rescueFactor: 3,
    remedy: 'reboot',
    followsLoad: true,
    apply: (x, { limit, strength }, pressure) => {
      pressure.memoryPull = Math.min(1, 1.6 * x);
      pressure.memoryLimit = 98.5;
      pressure.swapPull = x;
      pressure.swapLimit = limit;
      pressure.iowait += 0.45 * strength * x * x;
      pressure.sys += 0.1 * strength * x;
      pressure.queue += 1.5 * strength * x * x;
    },
  },
  noisy_neighbour: {
    onsetsPerDay: 0.028,
    durationSteps: [12, 160],
    curvature: [0.3, 1],
    limit: [0.15, 0.6],
    canFail: true,
    rescueFactor: 3,
    remedy: 'none',
    followsLoad: false,
    apply: (x, { limit, strength }, pressure) => {
      pressure.sys += limit * x;
      pressure.iowait += 0.25 * strength * x;
      pressure.queue += 0.8 * strength * x;
    },
  },
  cascade: {
    onsetsPerDay: 0,
    durationSteps: [12, 90],
    curvature: [0.6, 1.6],
    limit: [250, 2000],
    canFail: true,
    rescueFactor: 2,
    remedy: 'restart_service',
    followsLoad: false,
    apply: (x, { limit, strength }, pressure) => {
      pressure.backCloseWait += limit * x;
      pressure.trafficFactor *= 1 - 0.7 * x;
      pressure.queue += 1.2 * strength * x;
      pressure.memory += 12 * strength * x;
      pressure.cpu += 0.5 * strength * x * x;
    },
  },
  crash: {
    onsetsPerDay: 0.047,
    durationSteps: [1, 1],
    curvature: [1, 1],
    limit: [1, 1],
    canFail: true,
    rescueFactor: 0,
    remedy: 'reboot',
    followsLoad: false,
    apply: () => {},
  },
  batch_peak: {
    onsetsPerDay: 0.06,
    durationSteps: [4, 50],
    curvature: [0.05, 0.5],
    limit: [0.5, 1.1],
    canFail: false,
    rescueFactor: 0,
    remedy: 'none',
    followsLoad: false,
    apply: (x, { limit, strength }, pressure) => {
      pressure.cpu += limit * x;
      pressure.iowait += 0.1 * strength * x;
      pressure.memory += 10 * strength * x;
      pressure.netIn += IMAGE_MB_S * strength ** 4 * x;
    },
  },
  backup: {
    onsetsPerDay: 0.05,
    durationSteps: [4, 40],
    curvature: [0.05, 0.2],
    limit: [5, 90],
    canFail: false,
    rescueFactor: 0,
    remedy: 'none',
    followsLoad: false,
    apply: (x, { limit, strength }, pressure) => {
      pressure.netOut += limit * x;
      pressure.iowait += 0.2 * strength * x;
      pressure.sys += 0.05 * strength * x;
      pressure.disk += 4 * strength * x;
    },
  },
  deploy: {
    onsetsPerDay: 0.07,
    durationSteps: [2, 6],
    curvature: [0.1, 0.5],
    limit: [0.2, 0.9],
    canFail: false,
    rescueFactor: 0,
    remedy: 'restart_service',
    followsLoad: false,
    apply: (x, { limit, strength }, pressure) => {
      pressure.cpu += limit * x;
      pressure.netIn += IMAGE_MB_S * strength ** 4 * x;
      pressure.trafficFactor *= 1 - 0.6 * x;
    },
  },
};
