/** What load, jobs and incidents ask of a server's resources in one step. Reused from step to step. */
export interface Pressure {
  /** Demand as a share of all cores; above 1 work queues up. */
  cpu: number;
  /** Additional kernel time as a share of all cores. */
  sys: number;
  /** Share of time the cores wait for the disk, before what is busy is taken off. */
  iowait: number;
  /** Additional memory, percentage points. */
  memory: number;
  /** How far memory is pulled from its normal level (0) to `memoryLimit` (1). */
  memoryPull: number;
  memoryLimit: number;
  swapPull: number;
  swapLimit: number;
  /** Additional disk space, percentage points. */
  disk: number;
  diskPull: number;
  diskLimit: number;
  /** Additional traffic, MB/s. */
  netIn: number;
  netOut: number;
  /** How far traffic is pulled to the link's capacity. */
  netInPull: number;
  netOutPull: number;
  /** Factor on ordinary traffic: below 1 where requests no longer get through. */
  trafficFactor: number;
  backCloseWait: number;
  frontCloseWait: number;
  /** Additional runnable or blocked processes per core. */
  queue: number;
}

export function noPressure(): Pressure {
  return {
    cpu: 0,
    sys: 0,
    iowait: 0,
    memory: 0,
    memoryPull: 0,
    memoryLimit: 100,
    swapPull: 0,
    swapLimit: 100,
    disk: 0,
    diskPull: 0,
    diskLimit: 100,
    netIn: 0,
    netOut: 0,
    netInPull: 0,
    netOutPull: 0,
    trafficFactor: 1,
    backCloseWait: 0,
    frontCloseWait: 0,
    queue: 0,
  };
}

const NONE: Readonly<Pressure> = noPressure();

export function clearPressure(pressure: Pressure): void {
  Object.assign(pressure, NONE);
}
