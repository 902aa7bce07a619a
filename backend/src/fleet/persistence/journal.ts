import path from 'node:path';
import type { Disk } from './disk.ts';
import { segmentName, windowFiles } from './files.ts';
import { FrameBuffer } from './frames.ts';
import { appendHeader } from './records.ts';
import type { DiskTrouble } from './trouble.ts';

/** What is kept in memory while the disk takes nothing: about 20 steps of 10,000 servers. */
const MAX_BACKLOG_BYTES = 16 * 1024 * 1024;
const CONSEQUENCE =
  'The journal cannot be written. Forecasts go on from memory; a crash now would lose the newest steps. ' +
  'Check free space and permissions of the data directory.';

interface Segment {
  readonly sequence: number;
  readonly fd: number;
  /** Bytes that are whole; a failed write is cut back to here. */
  bytes: number;
  /** True once its name in the folder is sure to last. */
  named: boolean;
}

/** Append-only segments. No call throws: what the disk refuses is kept and tried again with the next append. */
export class Journal {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #trouble: DiskTrouble;
  #sequence: number;
  #segment: Segment | null = null;
  #olderBytes: number;
  readonly #backlog: Buffer[] = [];
  #backlogBytes = 0;
  /** Segment in which something was lost that only a snapshot can make good. */
  #gapIn: number | null = null;
  /** One fsync after the other, and none on a file that was closed. */
  #syncs: Promise<void> = Promise.resolve();

  /**
   * @param sequence number of the first segment, higher than any in the folder
   * @param olderBytes length of the segments before it
   */
  constructor(disk: Disk, folder: string, sequence: number, olderBytes: number, trouble: DiskTrouble) {
    this.#disk = disk;
    this.#folder = folder;
    this.#sequence = sequence;
    this.#olderBytes = olderBytes;
    this.#trouble = trouble;
  }

  /** False while something accepted is not in the journal. */
  get healthy(): boolean {
    return this.#backlogBytes === 0 && this.#gapIn === null;
  }

  /** True where only a snapshot can make the files complete again. */
  get needsSnapshot(): boolean {
    return this.#gapIn !== null;
  }

  /** Bytes written since the last snapshot. */
  get bytes(): number {
    return this.#olderBytes + (this.#segment?.bytes ?? 0);
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Writes frames; when it returns they survive the death of the process (not of the machine: see sync). */
  append(frames: Buffer): void {
    if (frames.length === 0 && this.#backlogBytes === 0) return;
    if (this.#writeBacklog() && this.#tryWrite(frames)) return;
    this.#keep(frames);
  }

  /** Asks the disk to keep what was written. */
  sync(): Promise<void> {
    const segment = this.#segment;
    if (segment !== null) this.#syncs = this.#syncs.then(() => this.#syncNow(segment));
    return this.#syncs;
  }

  /**
   * Ends the current segment and begins the next.
   * @returns the next segment's number, or null where it cannot be made
   */
  rotate(): number | null {
    this.append(Buffer.alloc(0));
    this.#endSegment();
    this.#sequence++;
    return this.#openSegment() ? this.#sequence : null;
  }

  /** After a snapshot of everything before segment `sequence` is safe. */
  snapshotTaken(sequence: number): void {
    if (this.#gapIn !== null && this.#gapIn < sequence) this.#gapIn = null;
    this.#olderBytes = 0;
    const { segments } = windowFiles(this.#disk.list(this.#folder));
    for (const old of segments)
      if (old < sequence) this.#disk.remove(path.join(this.#folder, segmentName(old)));
  }

  async close(): Promise<void> {
    this.append(Buffer.alloc(0));
    this.#endSegment();
    await this.#syncs;
  }

  async #syncNow(segment: Segment): Promise<void> {
    try {
      await this.#disk.sync(segment.fd);
      if (!segment.named) await this.#disk.syncFolder(this.#folder);
      segment.named = true;
    } catch (error) {
      // After a failed fsync the system may have dropped the pages: only a snapshot is sure to be whole.
      this.#gapIn = Math.max(this.#gapIn ?? 0, segment.sequence);
      this.#trouble.report(CONSEQUENCE, error);
    }
  }

  #writeBacklog(): boolean {
    while (this.#backlog.length > 0) {
      if (!this.#tryWrite(this.#backlog[0])) return false;
      this.#backlogBytes -= this.#backlog.shift()?.length ?? 0;
    }
    return true;
  }

  #tryWrite(frames: Buffer): boolean {
    if (frames.length === 0) return true;
    if (this.#segment === null && !this.#openSegment()) return false;
    const segment = this.#segment;
    if (segment === null) return false;
    try {
      let written = 0;
      while (written < frames.length) written += this.#disk.append(segment.fd, frames.subarray(written));
      segment.bytes += frames.length;
      return true;
    } catch (error) {
      this.#trouble.report(CONSEQUENCE, error);
      this.#cutBack(segment);
      return false;
    }
  }

  /** Half a frame must not stay before whole ones. Where it cannot be cut off, the next write opens a new segment. */
  #cutBack(segment: Segment): void {
    try {
      this.#disk.truncate(segment.fd, segment.bytes);
    } catch {
      this.#abandonSegment();
    }
  }

  /** A number is used once, so that a file that cannot be removed is not in the way. */
  #abandonSegment(): void {
    this.#endSegment();
    this.#sequence++;
  }

  #openSegment(): boolean {
    const file = path.join(this.#folder, segmentName(this.#sequence));
    const header = new FrameBuffer();
    appendHeader(header);
    const bytes = header.take();
    try {
      const fd = this.#disk.create(file);
      this.#segment = { sequence: this.#sequence, fd, bytes: 0, named: false };
      if (this.#tryWrite(bytes)) return true;
      this.#abandonSegment();
      this.#disk.remove(file);
      return false;
    } catch (error) {
      this.#trouble.report(CONSEQUENCE, error);
      return false;
    }
  }

  /** The file is synced and closed behind the syncs that are still under way. */
  #endSegment(): void {
    const segment = this.#segment;
    if (segment === null) return;
    this.#segment = null;
    this.#olderBytes += segment.bytes;
    this.#syncs = this.#syncs.then(async () => {
      await this.#syncNow(segment);
      this.#disk.close(segment.fd);
    });
  }

  #keep(frames: Buffer): void {
    if (frames.length === 0) return;
    if (this.#backlogBytes + frames.length > MAX_BACKLOG_BYTES) {
      this.#backlog.length = 0;
      this.#backlogBytes = 0;
      this.#gapIn = this.#sequence;
      return;
    }
    this.#backlog.push(Buffer.from(frames));
    this.#backlogBytes += frames.length;
  }
}
