import type { Registry } from 'prom-client';
import type { Clock } from '../catalog/time.ts';
import type { FleetConfig } from './config.ts';
import { Fleet } from './fleet.ts';
import { addFleetMetrics } from './metrics.ts';
import type { Disk } from './persistence/disk.ts';
import { EMPTY_RESTORE, type RestoreReport } from './persistence/restore.ts';
import { FleetStore } from './persistence/store.ts';
import type { Logger } from './persistence/trouble.ts';
import { StepTimer } from './timer.ts';

export interface FleetStageOptions {
  readonly clock: Clock;
  readonly config: FleetConfig;
  /** Argus's data directory; null keeps the fleet in memory only. */
  readonly dataDir: string | null;
  readonly registry: Registry;
  readonly logger: Logger;
  /** Stands in for the file system in tests. */
  readonly disk?: Disk;
}

export interface FleetHealth {
  readonly servers: number;
  readonly closedStep: number;
  /** False while something acknowledged is not on disk; true where nothing is to be kept. */
  readonly journalHealthy: boolean;
  readonly journalErrors: number;
  readonly journalBytes: number;
  /** When the newest snapshot since the start was written, in ms since the epoch. */
  readonly snapshotMs: number | null;
}

export interface FleetStage {
  /** FleetIntake and FleetView. */
  readonly fleet: Fleet;
  /**
   * Restores the window and begins to journal. Call it before anything is recorded.
   * @throws DataDirectoryLockedError, DataDirectoryUnusableError
   */
  open(): Promise<RestoreReport>;
  /** Lets steps close by the clock. */
  start(): void;
  /** Writes the whole window now. @returns false where the disk refused, or nothing is kept */
  snapshot(): Promise<boolean>;
  /** Stops the clock, and writes what is to be kept. */
  stop(): Promise<void>;
  health(): FleetHealth;
}

/** Builds the fleet with its clock, its files and its metrics. */
export function createFleet(options: FleetStageOptions): FleetStage {
  const { clock, config, dataDir, registry, logger } = options;
  const fleet = new Fleet({
    clock,
    config,
    onRefused: (message) => logger.warn({}, message),
    onProblem: (message, error) => logger.error(error === undefined ? {} : { err: error }, message),
  });
  const store = dataDir === null ? null : new FleetStore({ ...options, fleet, dataDir });
  addFleetMetrics(registry, fleet, store);
  const timer = new StepTimer(
    clock,
    () => fleet.nextClosingMs,
    () => {
      fleet.tick();
      store?.heartbeat();
    },
  );
  return {
    fleet,
    open: async () => (store === null ? EMPTY_RESTORE : store.open()),
    start: () => timer.start(),
    snapshot: async () => store?.snapshot() ?? false,
    stop: async () => {
      timer.stop();
      await store?.close();
    },
    health: () => ({
      servers: fleet.serverCount,
      closedStep: fleet.closedStep,
      journalHealthy: store?.healthy ?? true,
      journalErrors: store?.errors ?? 0,
      journalBytes: store?.journalBytes ?? 0,
      snapshotMs: store?.newestSnapshot?.atMs ?? null,
    }),
  };
}
