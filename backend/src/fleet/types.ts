/** What other stages may ask of the fleet. */

/** What a client says about a server beside its name. */
export interface ServerIdentity {
  /** The `argus.profile` resource attribute, where it was sent. */
  readonly profile?: string;
  /** IANA time zone (`argus.time_zone`); the configured default otherwise. */
  readonly timeZone?: string;
  /** Country or region whose holidays count (`argus.country`), such as DE or DE-BY; the configured one otherwise. */
  readonly country?: string;
  /** Other resource attributes worth keeping (cluster, zone, rack, …); bounded by the fleet's configuration. */
  readonly attributes?: ReadonlyMap<string, string>;
}

export interface Server {
  /** Slot in the window; stable while the server is in the fleet, reused after it left. */
  readonly index: number;
  readonly name: string;
  /** Position in PROFILES. */
  readonly profile: number;
  readonly timeZone: string;
  /** Whose holidays count, as findHolidayRegion spells it; undefined where that is not known. */
  readonly country?: string | undefined;
  readonly attributes: ReadonlyMap<string, string>;
  readonly firstSeenMs: number;
  /** Time of the newest accepted measurement. */
  readonly lastSeenMs: number;
}

export const ADMISSION_REFUSED = -1;

/** Points further ahead of the clock than this are refused: the sender's clock is wrong. */
export const CLOCK_SKEW_MS = 10 * 60_000;

export type RecordOutcome =
  | 'accepted'
  /** Older than the window. */
  | 'too_old'
  /** Further ahead of the clock than the allowed skew. */
  | 'too_new'
  /** Not finite, or outside the metric's natural range. */
  | 'out_of_range';

/** The writing side, used by ingest. Synchronous: it is on the hot path. */
export interface FleetIntake {
  /**
   * Slot of a server, registering it when it is new.
   * @returns ADMISSION_REFUSED where the name is unusable or the fleet is full; those already known go on
   */
  admit(name: string, identity: ServerIdentity): number;
  /**
   * Adds one measurement (catalog unit) to the mean of its step. Points may come late or out of order within the window.
   * @param metric position in METRICS
   */
  record(server: number, metric: number, timeMs: number, value: number): RecordOutcome;
  /** Replaces a recorded measurement of which only a part had arrived; without effect once it has left the window. */
  amend(server: number, metric: number, timeMs: number, recorded: number, value: number): void;
  /** Ends a request: when it returns, rows of already closed steps that the request changed are in the journal. */
  commit(): void;
}

/** The reading side, used by forecast, history and the API. */
export interface FleetView {
  /** Newest closed step (number since the Unix epoch). */
  readonly closedStep: number;
  readonly serverCount: number;
  servers(): Iterable<Server>;
  byName(name: string): Server | undefined;
  byIndex(index: number): Server | undefined;
  /**
   * Copies the window that ends with `lastStep` (inclusive), oldest row first, NaN where not measured.
   * @param out at least offset + WINDOW_STEPS × METRIC_COUNT long, row-major [step][metric]
   */
  copyWindow(server: number, lastStep: number, out: Float32Array, offset: number): void;
  /** Steps of the window ending with `lastStep` in which at least one metric was measured. */
  measuredSteps(server: number, lastStep: number): number;
  /** True once the server has enough measured steps to be forecast. */
  isWarm(server: number, lastStep: number): boolean;
  /** True where nothing has been heard of it for the configured time: it is shown as stale, then leaves. */
  isStale(server: number): boolean;
  /** Called after a step closed, with its number. Returns a function that ends the subscription. */
  onStepClosed(listener: (step: number) => void): () => void;
  /** Called after a server left the fleet. Its slot may be reused from then on. */
  onServerLeft(listener: (server: Server) => void): () => void;
}
