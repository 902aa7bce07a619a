import path from 'node:path';
import { type Clock, MINUTE_MS } from '../../catalog/time.ts';
import type { FleetConfig } from '../config.ts';
import type { Fleet } from '../fleet.ts';
import { type Disk, realDisk } from './disk.ts';
import { Journal } from './journal.ts';
import { JournalLog } from './journalLog.ts';
import { DirectoryLock } from './lock.ts';
import { type RestoreReport, restoreFleet } from './restore.ts';
import { writeSnapshot } from './snapshot.ts';
import { DiskTrouble, type Logger } from './trouble.ts';

const MEGABYTE = 1e6;

export interface StoreOptions {
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly config: FleetConfig;
  readonly dataDir: string;
  readonly logger: Logger;
  readonly disk?: Disk;
}

/** The newest snapshot that was written since the start. */
export interface SnapshotRecord {
  readonly atMs: number;
  readonly seconds: number;
  readonly bytes: number;
}

interface OpenFiles {
  readonly lock: DirectoryLock;
  readonly journal: Journal;
  readonly log: JournalLog;
}

/** Keeps the fleet on disk: restores it, journals it, and writes it as a whole from time to time. */
export class FleetStore {
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  readonly #config: FleetConfig;
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #disk: Disk;
  readonly #trouble: DiskTrouble;
  #open: OpenFiles | null = null;
  #unsubscribe: () => void = () => {};
  #running: Promise<boolean> | null = null;
  #nextSnapshotMs = 0;
  #newest: SnapshotRecord | null = null;

  constructor({ fleet, clock, config, dataDir, logger, disk = realDisk }: StoreOptions) {
    this.#fleet = fleet;
    this.#clock = clock;
    this.#config = config;
    this.#folder = path.join(dataDir, 'window');
    this.#logger = logger;
    this.#disk = disk;
    this.#trouble = new DiskTrouble(clock, logger);
  }

  /** True while everything that was acknowledged of closed steps is on disk. */
  get healthy(): boolean {
    return this.#open?.journal.healthy ?? false;
  }

  get errors(): number {
    return this.#trouble.count;
  }

  get journalBytes(): number {
    return this.#open?.journal.bytes ?? 0;
  }

  get newestSnapshot(): SnapshotRecord | null {
    return this.#newest;
  }

  /**
   * Takes the folder, puts the fleet back, and journals from then on.
   * @throws DataDirectoryLockedError, DataDirectoryUnusableError
   */
  async open(): Promise<RestoreReport> {
    const lock = DirectoryLock.take(this.#folder);
    try {
      const { report, nextSequence, journalBytes } = restoreFleet(
        this.#folder,
        this.#fleet,
        this.#clock.now(),
      );
      const journal = new Journal(this.#disk, this.#folder, nextSequence, journalBytes, this.#trouble);
      const log = new JournalLog(journal, this.#fleet.roster, this.#fleet.window);
      this.#open = { lock, journal, log };
      this.#fleet.attachLog(log);
      this.#planSnapshot();
      this.#unsubscribe = this.#fleet.onStepClosed(() => this.#afterStep());
      this.#tell(report);
      // What could be read of damaged files is made whole again at once.
      if (report.damaged.length > 0) await this.snapshot();
      return report;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * Writes the whole fleet. Only one at a time: a call during another waits for that one.
   * @returns false where the disk refused; that is counted and logged, the journal goes on
   */
  snapshot(): Promise<boolean> {
    this.#running ??= this.#writeSnapshot().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Called every half minute or so: shows processes on other hosts that this one lives. */
  heartbeat(): void {
    this.#open?.lock.refresh();
  }

  /** Writes a last snapshot and gives the folder free. */
  async close(): Promise<void> {
    if (this.#open === null) return;
    this.#unsubscribe();
    await this.#running;
    const { lock, journal, log } = this.#open;
    log.flush();
    await this.snapshot();
    await journal.close();
    lock.release();
    this.#open = null;
  }

  async #writeSnapshot(): Promise<boolean> {
    if (this.#open === null) return false;
    const { journal } = this.#open;
    const started = performance.now();
    this.#planSnapshot();
    // What waits for its commit is in the snapshot already, and will be in the new segment.
    const sequence = journal.rotate();
    if (sequence === null) return false;
    try {
      const { roster, window } = this.#fleet;
      const bytes = await writeSnapshot(this.#disk, this.#folder, sequence, roster, window);
      journal.snapshotTaken(sequence);
      const seconds = (performance.now() - started) / 1000;
      this.#newest = { atMs: this.#clock.now(), seconds, bytes };
      return true;
    } catch (error) {
      this.#trouble.report(
        'The snapshot of the window cannot be written; the journal is kept and grows. Check free space.',
        error,
      );
      return false;
    }
  }

  #planSnapshot(): void {
    this.#nextSnapshotMs = this.#clock.now() + this.#config.snapshotEveryMinutes * MINUTE_MS;
  }

  #afterStep(): void {
    if (this.#open === null) return;
    const { journal } = this.#open;
    const due = this.#clock.now() >= this.#nextSnapshotMs;
    const large = journal.bytes > this.#config.journalMaxMegabytes * MEGABYTE;
    if (due || large || journal.needsSnapshot) void this.snapshot();
  }

  #tell(report: RestoreReport): void {
    for (const { file, reason, setAsideAs } of report.damaged)
      this.#logger.error(
        { file, setAsideAs },
        `${file} in ${this.#folder} is damaged: ${reason}. What could be read was taken; nothing needs to be done.`,
      );
    if (report.tornBytes > 0)
      this.#logger.warn(
        { tornBytes: report.tornBytes },
        'The last run ended in the middle of a write; that write had not been acknowledged and was removed.',
      );
    if (report.files > 0)
      this.#logger.info(
        { servers: report.servers, rows: report.rows, durationMs: Math.round(report.durationMs) },
        'The window was restored from disk.',
      );
  }
}
