/** Names in data/window/: a snapshot holds everything before the journal segment of its number. */

const DIGITS = 8;
const SNAPSHOT = /^snapshot-(\d{8,15})\.bin$/;
const SEGMENT = /^journal-(\d{8,15})\.log$/;
const UNFINISHED = /^snapshot-\d{8,15}\.bin\.tmp$/;

export function snapshotName(sequence: number): string {
  return `snapshot-${String(sequence).padStart(DIGITS, '0')}.bin`;
}

export function segmentName(sequence: number): string {
  return `journal-${String(sequence).padStart(DIGITS, '0')}.log`;
}

export interface WindowFiles {
  /** Sequence numbers, oldest first. */
  readonly snapshots: readonly number[];
  readonly segments: readonly number[];
  /** Names of snapshots that were never finished. */
  readonly unfinished: readonly string[];
}

function numbersOf(names: readonly string[], pattern: RegExp): number[] {
  return names
    .map((name) => pattern.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

export function windowFiles(names: readonly string[]): WindowFiles {
  return {
    snapshots: numbersOf(names, SNAPSHOT),
    segments: numbersOf(names, SEGMENT),
    unfinished: names.filter((name) => UNFINISHED.test(name)),
  };
}
