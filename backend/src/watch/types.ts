import type { Server } from '../fleet/types.ts';
import type { Forecaster } from '../forecast/baselines.ts';
import type { TargetReport } from '../forecast/rivals.ts';

/** How one target has been forecast at one horizon over the last day, all servers together. */
export interface ReportRow {
  /** Position in TARGETS. */
  readonly target: number;
  /** Position in HORIZONS. */
  readonly horizon: number;
  readonly scored: number;
  /** Mean pinball loss of P10, P50 and P90 by FORECASTERS, in the unit of the target. */
  readonly losses: readonly number[];
  readonly bestBaseline: Forecaster;
  /** 1 − the network's loss / the best baseline's; null where that baseline made no error. */
  readonly skill: number | null;
  /** Share of truths within P10 … P90 as it was corrected. */
  readonly coverage: number;
  /** The same as the network gave it. */
  readonly coverageRaw: number;
  /** Mean Winkler score of the corrected band, in the unit of the target. */
  readonly winkler: number;
}

/** By whom one target is forecast now. */
export interface SourceCount {
  readonly target: number;
  /** Servers it is forecast for. */
  readonly servers: number;
  /** Servers by FORECASTERS. */
  readonly byForecaster: readonly number[];
}

export interface ReportView {
  /** Model whose forecasts are scored; null before one was loaded. */
  readonly modelId: string | null;
  /** Oldest step with a score in the report; null while nothing has been scored. */
  readonly sinceStep: number | null;
  /** What has been scored up to a step, those rows with scores. */
  rows(step: number): readonly ReportRow[];
  sources(): readonly SourceCount[];
  /** @param target position in TARGETS */
  reportOf(server: Server, target: number): TargetReport;
}
