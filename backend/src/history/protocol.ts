/** What the backend and the history process say to each other. */
import type { HorizonName } from '../catalog/time.ts';
import type { HistoryConfig } from './config.ts';
import type { Block, TableName } from './tables.ts';

export interface StartSettings {
  /** Folder of the days. */
  readonly folder: string;
  readonly config: HistoryConfig;
}

/** Times from `fromMs` (inclusive) to `toMs` (exclusive), ms since the epoch. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A row before or after which a page begins. */
export interface PageMark {
  readonly timeMs: number;
  readonly id: string;
}

export interface Page {
  readonly limit: number;
  readonly after: PageMark | null;
}

export interface AlertFilter {
  readonly servers: readonly string[] | null;
  readonly eventTypes: readonly string[] | null;
  readonly levels: readonly string[] | null;
}

export interface AlertEventRow {
  readonly timeMs: number;
  readonly eventId: string;
  readonly alertId: string;
  readonly server: string;
  readonly profile: string;
  readonly type: string;
  readonly previousLevel: string;
  readonly newLevel: string;
  readonly score: number;
  readonly message: string;
  readonly causeMetric: string | null;
  readonly leadSeconds: number | null;
  readonly openedMs: number;
  /** When the event's alert was resolved, whenever that was. */
  readonly resolvedMs: number | null;
}

export interface IncidentFilter {
  readonly servers: readonly string[] | null;
  readonly levels: readonly string[] | null;
  /** Null: open and resolved ones. */
  readonly open: boolean | null;
}

/** An alert's whole life. */
export interface IncidentRow {
  readonly alertId: string;
  readonly server: string;
  readonly profile: string;
  readonly openedMs: number;
  readonly resolvedMs: number | null;
  readonly firstLevel: string;
  readonly peakLevel: string;
  readonly peakScore: number;
  readonly leadSeconds: number | null;
  readonly causeMetric: string | null;
  readonly message: string;
  readonly lastMessage: string;
  readonly events: number;
}

export interface SummaryRow {
  readonly byLevel: Readonly<Record<string, number>>;
  readonly opened: number;
  readonly open: number;
  readonly meanResolutionMinutes: number | null;
  readonly prevented: number;
  readonly meanHealth: number | null;
}

export interface EnvironmentRow {
  readonly timeMs: number;
  /** ENVIRONMENT_NUMBERS. */
  readonly values: readonly (number | null)[];
}

export interface ServerRow {
  readonly known: boolean;
  readonly alerts: number;
  readonly assessments: number;
  readonly meanScore: number | null;
  readonly maxScore: number | null;
  /** Shares of the assessments, 0–1; null without any. */
  readonly shares: Readonly<Record<string, number>> | null;
  /** Points the score rose over the span by a straight line through it; null where there is too little. */
  readonly rise: number | null;
}

/** A column over a regular grid; null where there is nothing. */
export type Column = readonly (number | null)[];

export interface Grid {
  readonly firstMs: number;
  readonly stepSeconds: number;
  readonly count: number;
}

export interface LeadSeries {
  readonly lead: HorizonName;
  readonly p10: Column;
  readonly p50: Column;
  readonly p90: Column;
  /** Steps in which both a forecast and a measurement are there. */
  readonly compared: number;
  /** Share of them within P10 … P90. */
  readonly coverage: number | null;
  readonly meanAbsoluteError: number | null;
}

export interface MetricSeries {
  /** Name of a metric or target. */
  readonly name: string;
  readonly actual: Column;
  readonly forecasts: readonly LeadSeries[];
}

export interface SeriesAnswer {
  readonly known: boolean;
  readonly grid: Grid;
  readonly series: readonly MetricSeries[];
}

export interface RiskSeriesAnswer {
  readonly known: boolean;
  readonly grid: Grid;
  /** By RISK_NUMBERS. */
  readonly columns: readonly Column[];
}

export interface StatusAnswer {
  readonly files: number;
  readonly bytes: number;
  readonly days: number;
  readonly oldestDay: string | null;
  readonly newestDay: string | null;
  readonly freeBytes: number;
  readonly damaged: readonly DamagedFile[];
  /** Memory of the process. */
  readonly rssBytes: number;
}

export interface DamagedFile {
  readonly file: string;
  readonly setAsideAs: string;
  readonly reason: string;
  readonly atMs: number;
}

export const EXPORT_TABLES = ['alerts', 'environment', 'incidents', 'metrics', 'forecasts'] as const;
export type ExportTable = (typeof EXPORT_TABLES)[number];

export interface ExportRequest extends TimeSpan {
  readonly table: ExportTable;
  readonly servers: readonly string[] | null;
  readonly timeZone: string;
  readonly format: 'csv' | 'parquet';
}

/** Rows of the metrics table for a training, and what they span. */
export interface TrainingDataRequest extends TimeSpan {
  /** Parquet file to write. */
  readonly out: string;
  /** Servers at most, profiles taking turns. */
  readonly maxServers: number;
  /** Servers that are meant; all where it is left out or null. */
  readonly servers?: readonly string[] | null;
  /** Times to leave out: of one server, of a profile's servers, or of all where both are null. */
  readonly without: readonly (TimeSpan & {
    readonly server: string | null;
    readonly profile: string | null;
  })[];
}

/** What a file of measurements holds. */
export interface TrainingFile extends Extent {
  /** Where each server stood last. */
  readonly places: readonly ServerPlace[];
}

export interface ServerPlace {
  readonly server: string;
  /** IANA. */
  readonly timeZone: string;
  /** Whose holidays count, as findHolidayRegion spells it; null where that is not known. */
  readonly country: string | null;
}

export interface Extent {
  readonly rows: number;
  readonly servers: number;
  /** Measured five-minute steps of the server in the middle, by how many it has. */
  readonly medianSteps: number;
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** What can be asked, and what is answered. */
export interface Questions {
  put: { readonly ask: Block; readonly answer: null };
  /** Joins small files of the days up to a step, and removes what is too old or too much. */
  tidy: { readonly ask: { readonly step: number }; readonly answer: null };
  status: { readonly ask: null; readonly answer: StatusAnswer };
  summary: { readonly ask: TimeSpan; readonly answer: SummaryRow };
  alerts: { readonly ask: TimeSpan & AlertFilter & Page; readonly answer: readonly AlertEventRow[] };
  incidents: { readonly ask: TimeSpan & IncidentFilter & Page; readonly answer: readonly IncidentRow[] };
  environment: { readonly ask: TimeSpan & Page; readonly answer: readonly EnvironmentRow[] };
  server: { readonly ask: TimeSpan & { readonly server: string }; readonly answer: ServerRow };
  series: {
    readonly ask: TimeSpan & {
      readonly server: string;
      readonly names: readonly string[];
      readonly leads: readonly HorizonName[];
      readonly maxPoints: number;
    };
    readonly answer: SeriesAnswer;
  };
  risk: {
    readonly ask: TimeSpan & { readonly server: string; readonly maxPoints: number };
    readonly answer: RiskSeriesAnswer;
  };
  extent: { readonly ask: TimeSpan; readonly answer: Extent };
  trainingData: { readonly ask: TrainingDataRequest; readonly answer: TrainingFile };
}
export type QuestionName = keyof Questions;

/** To the history process. */
export type ToHistory =
  | { readonly kind: 'start'; readonly settings: StartSettings }
  | { readonly kind: 'ask'; readonly id: number; readonly name: QuestionName; readonly ask: unknown }
  | { readonly kind: 'export'; readonly id: number; readonly request: ExportRequest }
  /** The reader of an export has taken a chunk. */
  | { readonly kind: 'taken'; readonly id: number }
  /** The reader of an export has gone. */
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'stop' };

export interface TroubleMessage {
  readonly code: string;
  readonly message: string;
}

/** From the history process. */
export type FromHistory =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly trouble: TroubleMessage }
  | { readonly kind: 'chunk'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly id: number }
  /** Something a person should know. */
  | { readonly kind: 'notice'; readonly level: 'info' | 'warn' | 'error'; readonly message: string }
  | { readonly kind: 'damaged'; readonly file: DamagedFile }
  | { readonly kind: 'removed'; readonly day: string; readonly reason: 'age' | 'size' | 'space' };

export type { TableName };
