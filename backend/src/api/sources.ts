/** What the API's routes read from. They never change anything. */
import type { Annotations } from '../annotations/index.ts';
import type { HolidayBook } from '../catalog/holidays.ts';
import type { Thresholds } from '../catalog/targets.ts';
import type { Clock } from '../catalog/time.ts';
import type { FleetView, Server } from '../fleet/types.ts';
import type { ForecastView, ModelStatus } from '../forecast/types.ts';
import type { RiskView } from '../risk/types.ts';
import type { ReportView } from '../watch/types.ts';

/** The newest complete forecast cycle. */
export interface CycleStatus {
  readonly originStep: number;
  readonly finishedAtMs: number;
  readonly durationSeconds: number;
  /** Servers that got a forecast. */
  readonly servers: number;
}

/** Whether what was measured would survive a crash now. */
export interface JournalStatus {
  readonly healthy: boolean;
  /** What is wrong with it and what to do; null while it is healthy. */
  readonly problem: string | null;
}

export interface ApiSources {
  readonly clock: Clock;
  readonly fleet: FleetView;
  readonly forecast: ForecastView;
  readonly risk: RiskView;
  readonly report: ReportView;
  /** What counts as a holiday. */
  readonly holidays: Pick<HolidayBook, 'nameOn'>;
  readonly annotations: Pick<Annotations, 'muteOf' | 'verdicts'>;
  readonly version: string;
  readonly startedAtMs: number;
  model(): ModelStatus;
  /** Null before the first cycle. */
  lastCycle(): CycleStatus | null;
  /** Null where nothing is kept on disk. */
  journal(): JournalStatus | null;
  /**
   * Thresholds in use for a server; null where the target has none.
   * @param target position in TARGETS
   */
  thresholds(server: Server, target: number): Thresholds | null;
}
