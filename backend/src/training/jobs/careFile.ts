/** What the care for the model keeps over a restart: above all which new model is being watched in service. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeAtomically } from '../../fleet/persistence/wholeFile.ts';

export interface ServiceWatch {
  readonly trainingId: string;
  readonly model: string;
  /** The model it replaced, and goes back to. */
  readonly previous: string;
  /** Loss of that model in service, as a share of the best baseline's. */
  readonly lossBefore: number;
  readonly sinceMs: number;
}

/** How a model did in service when its card last said something. */
export interface KnownCard {
  readonly model: string;
  /** Its loss as a share of the best baseline's. */
  readonly relativeLoss: number;
}

/** A change of the world that drift has shown, and that no training has learned yet. */
export interface NotedDrift {
  /** When the drift was detected. */
  readonly sinceMs: number;
  readonly notedMs: number;
  /** In a sentence, with the numbers. */
  readonly sentence: string;
}

/** What the care for the model keeps over a restart. */
export interface CareState {
  /** When Argus first cared: trainings by schedule are counted from here while there was none. */
  readonly firstMs: number;
  readonly watch: ServiceWatch | null;
  /** What a model that takes over meanwhile is held against. */
  readonly known: KnownCard | null;
  readonly drift: NotedDrift | null;
}

/** @returns null where there is no file, or none that can be read */
export async function readCare(path: string): Promise<CareState | null> {
  try {
    const { firstMs, watch, known, drift } = JSON.parse(await readFile(path, 'utf8')) as Partial<CareState>;
    if (typeof firstMs !== 'number') return null;
    return {
      firstMs,
      watch: isWatch(watch) ? watch : null,
      known: isKnown(known) ? known : null,
      drift: isDrift(drift) ? drift : null,
    };
  } catch {
    return null;
  }
}

function isWatch(watch: ServiceWatch | null | undefined): watch is ServiceWatch {
  return (
    typeof watch?.model === 'string' &&
    typeof watch.previous === 'string' &&
    typeof watch.sinceMs === 'number' &&
    typeof watch.lossBefore === 'number'
  );
}

function isKnown(known: KnownCard | null | undefined): known is KnownCard {
  return typeof known?.model === 'string' && typeof known.relativeLoss === 'number';
}

function isDrift(drift: NotedDrift | null | undefined): drift is NotedDrift {
  return (
    typeof drift?.sinceMs === 'number' &&
    typeof drift.notedMs === 'number' &&
    typeof drift.sentence === 'string'
  );
}

export async function writeCare(path: string, state: CareState): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeAtomically(path, [new TextEncoder().encode(`${JSON.stringify(state)}\n`)]);
}
