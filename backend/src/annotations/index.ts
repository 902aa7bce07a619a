/** Builds the annotations: what people say of alerts, and the times in which alerts are muted and nothing is learned. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { Gauge, type Registry } from 'prom-client';
import type { ProfileName } from '../catalog/profiles.ts';
import { type Clock, DAY_MS } from '../catalog/time.ts';
import type { FleetView } from '../fleet/types.ts';
import type { AnnotationsConfig } from './config.ts';
import { PastWindows } from './past.ts';
import { FetchedWindows } from './refresh.ts';
import { alertmanagerSource, grafanaSource } from './sources.ts';
import { AnnotationStore, readAnnotationFile } from './store.ts';
import type { Annotation, AnnotationKind, Scope, Span } from './types.ts';
import { concerns, holdsAt, isWindow, timesWithin } from './windows.ts';

const FOLDER = 'annotations';
const FILE = 'annotations.jsonl';
const PAST_FILE = 'elsewhere.json';
const ID_BYTES = 8;

export interface AnnotationStageOptions {
  readonly config: AnnotationsConfig;
  readonly fleet: Pick<FleetView, 'servers' | 'byName'>;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly logger: Pick<FastifyBaseLogger, 'error' | 'warn' | 'info'>;
  readonly dataDir: string;
}

/** A server, and why its alerts are muted now. */
export interface Mute {
  readonly id: string;
  readonly kind: AnnotationKind;
  readonly text: string;
}

/** How alerts have been judged, of those made in the last days. */
export interface VerdictCounts {
  readonly days: number;
  readonly counts: Readonly<Record<AnnotationKind, number>>;
  /** Share of true among true and false; null without either. */
  readonly precision: number | null;
}

/** A time that training leaves out: of one server, of a profile's servers, or of all where both are null. */
export interface UnlearnedTime extends Span {
  readonly server: string | null;
  readonly profile: ProfileName | null;
}

export class Annotations {
  readonly #store: AnnotationStore;
  readonly #fleet: AnnotationStageOptions['fleet'];
  readonly #clock: Clock;
  readonly #fetched: FetchedWindows;
  readonly #past: PastWindows;

  constructor(store: AnnotationStore, past: PastWindows, options: Omit<AnnotationStageOptions, 'dataDir'>) {
    const { config, fleet, clock, registry } = options;
    this.#store = store;
    this.#past = past;
    this.#fetched = new FetchedWindows({
      ...options,
      refreshSeconds: config.refreshSeconds,
      servers: () => fleet.servers(),
      onTold: (source, windows, nowMs) => past.told(source, windows, nowMs),
      sources: [
        ...(config.alertmanager === undefined ? [] : [alertmanagerSource(config.alertmanager)]),
        ...(config.grafana === undefined ? [] : [grafanaSource(config.grafana)]),
      ],
    });
    this.#fleet = fleet;
    this.#clock = clock;
    const muted = (): Iterable<string> => this.#mutedServers();
    new Gauge({
      name: 'argus_server_muted',
      help: 'Always 1: a server whose alerts are muted by an annotation; absent for the others.',
      labelNames: ['server'],
      registers: [registry],
      collect() {
        this.reset();
        for (const server of muted()) this.set({ server }, 1);
      },
    });
  }

  /** Begins to look at the configured sources of maintenance windows. */
  start(): void {
    this.#fetched.start();
  }

  stop(): void {
    this.#fetched.stop();
  }

  /** Those that were made here, then those that other systems know. */
  *all(): Iterable<Annotation> {
    yield* this.#store.all();
    yield* this.#fetched.all();
  }

  get(id: string): Annotation | undefined {
    return this.#store.get(id);
  }

  /** Keeps an annotation; when it resolves it is on disk. @throws AnnotationsFull */
  async add(annotation: Omit<Annotation, 'id' | 'createdMs'>): Promise<Annotation> {
    const made = { ...annotation, id: randomBytes(ID_BYTES).toString('hex'), createdMs: this.#clock.now() };
    await this.#store.add(made);
    return made;
  }

  /** @returns false where there is none of this id */
  remove(id: string): Promise<boolean> {
    return this.#store.remove(id);
  }

  /**
   * Why alerts of a server are muted now; null where they are not.
   * @param profile position in PROFILES
   */
  muteOf(server: string, profile: number): Mute | null {
    const nowMs = this.#clock.now();
    for (const annotation of this.all()) {
      if (!isWindow(annotation) || !concerns(annotation, server, profile) || !holdsAt(annotation, nowMs))
        continue;
      return { id: annotation.id, kind: annotation.kind, text: annotation.text };
    }
    return null;
  }

  /** What was said here, and what other systems told of, also where they no longer do. */
  #remembered(): readonly Annotation[] {
    return [...this.#store.all(), ...this.#past.all()];
  }

  /** Times within a span, until now, in which servers did what they usually do not. */
  unlearned(span: Span): readonly UnlearnedTime[] {
    return this.#remembered()
      .filter(isWindow)
      .flatMap((annotation) => {
        const whom = partsOf(annotation);
        return timesWithin(annotation, span).flatMap((time) => whom.map((part) => ({ ...time, ...part })));
      });
  }

  verdicts(days: number): VerdictCounts {
    const sinceMs = this.#clock.now() - days * DAY_MS;
    const recent = this.#remembered().filter(({ createdMs }) => createdMs >= sinceMs);
    const count = (kind: AnnotationKind) => recent.filter((annotation) => annotation.kind === kind).length;
    const judged = count('true') + count('false');
    return {
      days,
      counts: {
        true: count('true'),
        false: count('false'),
        expected: count('expected'),
        maintenance: count('maintenance'),
      },
      precision: judged === 0 ? null : count('true') / judged,
    };
  }

  *#mutedServers(): Iterable<string> {
    const nowMs = this.#clock.now();
    const windows = [...this.all()].filter((one) => isWindow(one) && holdsAt(one, nowMs));
    if (windows.length === 0) return;
    for (const { name, profile } of this.#fleet.servers()) {
      if (windows.some((window) => concerns(window, name, profile))) yield name;
    }
  }
}

function partsOf({ server_names: servers, profiles }: Scope): readonly Omit<UnlearnedTime, keyof Span>[] {
  if (servers === null && profiles === null) return [{ server: null, profile: null }];
  return [
    ...(servers ?? []).map((server) => ({ server, profile: null })),
    ...(profiles ?? []).map((profile) => ({ server: null, profile })),
  ];
}

/** What people have said, by the file in a data folder alone; nothing is written. Lines that cannot be read are left out. */
export function readAnnotations(dataDir: string): Promise<readonly Annotation[]> {
  return readAnnotationFile(join(dataDir, FOLDER, FILE));
}

export async function createAnnotations(options: AnnotationStageOptions): Promise<Annotations> {
  const path = join(options.dataDir, FOLDER, FILE);
  const store = await AnnotationStore.open(path, options.clock.now(), options.logger);
  const past = await PastWindows.open(
    join(options.dataDir, FOLDER, PAST_FILE),
    options.clock.now(),
    options.logger,
  );
  return new Annotations(store, past, options);
}
