import { Counter, Gauge, type Registry } from 'prom-client';
import { TARGET_LIST } from '../catalog/targets.ts';
import { HORIZONS } from '../catalog/time.ts';
import { FORECASTERS, NETWORK } from '../forecast/baselines.ts';
import type { ReportRow, SourceCount } from './types.ts';

/** The report card as metrics; all of them are about the last 24 hours. */
export class WatchMetrics {
  readonly #scored: Gauge<'metric' | 'horizon'>;
  readonly #pinball: Gauge<'metric' | 'horizon' | 'forecaster'>;
  readonly #skill: Gauge<'metric' | 'horizon'>;
  readonly #coverage: Gauge<'metric' | 'horizon' | 'band'>;
  readonly #winkler: Gauge<'metric' | 'horizon'>;
  readonly #baselineTargets: Gauge<'metric'>;
  readonly #snapshotErrors: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    const series = ['metric', 'horizon'] as const;
    this.#scored = new Gauge({
      name: 'argus_report_scored_forecasts',
      help: 'Forecasts of the last 24 hours whose truth has come.',
      labelNames: series,
      registers,
    });
    this.#pinball = new Gauge({
      name: 'argus_report_pinball_loss',
      help: "Mean pinball loss of P10, P50 and P90 over the last 24 hours, in the metric's unit.",
      labelNames: [...series, 'forecaster'],
      registers,
    });
    this.#skill = new Gauge({
      name: 'argus_report_skill',
      help: "1 minus the model's pinball loss over the best baseline's; above 0 the model is better.",
      labelNames: series,
      registers,
    });
    this.#coverage = new Gauge({
      name: 'argus_report_coverage_ratio',
      help: "Share of what came within the model's 80% band, as it was corrected or as the model gave it.",
      labelNames: [...series, 'band'],
      registers,
    });
    this.#winkler = new Gauge({
      name: 'argus_report_winkler_score',
      help: "Mean Winkler score of the corrected 80% band, in the metric's unit; smaller is better.",
      labelNames: series,
      registers,
    });
    this.#baselineTargets = new Gauge({
      name: 'argus_report_baseline_servers',
      help: 'Servers whose metric is forecast by a baseline now.',
      labelNames: ['metric'],
      registers,
    });
    this.#snapshotErrors = new Counter({
      name: 'argus_report_snapshot_errors_total',
      help: 'Times the report card could not be written to disk.',
      registers,
    });
  }

  update(rows: readonly ReportRow[], sources: readonly SourceCount[]): void {
    for (const gauge of [this.#scored, this.#pinball, this.#skill, this.#coverage, this.#winkler])
      gauge.reset();
    for (const row of rows) {
      const labels = { metric: TARGET_LIST[row.target].name, horizon: HORIZONS[row.horizon].name };
      this.#scored.set(labels, row.scored);
      for (const [i, forecaster] of FORECASTERS.entries())
        this.#pinball.set({ ...labels, forecaster }, row.losses[i]);
      if (row.skill !== null) this.#skill.set(labels, row.skill);
      this.#coverage.set({ ...labels, band: 'corrected' }, row.coverage);
      this.#coverage.set({ ...labels, band: 'uncorrected' }, row.coverageRaw);
      this.#winkler.set(labels, row.winkler);
    }
    for (const { target, servers, byForecaster } of sources) {
      this.#baselineTargets.set({ metric: TARGET_LIST[target].name }, servers - byForecaster[NETWORK]);
    }
  }

  snapshotFailed(): void {
    this.#snapshotErrors.inc();
  }
}
