/** Looks for drift in what is measured and in what forecasts were worth, cycle after cycle. */

import { METRIC_COUNT } from '../../catalog/metrics.ts';
import { STEPS_AN_HOUR, WINDOW_STEPS } from '../../catalog/time.ts';
import type { FleetView } from '../../fleet/types.ts';
import type { ScoredForecast } from '../../forecast/learning.ts';
import type { ForecastChunk } from '../../forecast/types.ts';
import { DriftCounts, FLEET, GROUP_COUNT, GROUPS, HOURS_A_DAY } from './counts.ts';
import {
  type GroupStatistics,
  isOver,
  learnUsual,
  metricSignals,
  RANGE_COUNT,
  scoreOf,
  signalsOf,
  statisticsOf,
} from './signals.ts';
import {
  type DriftState,
  type DriftView,
  type GroupState,
  type MetricState,
  SIGNALS,
  type SignalName,
  type Signals,
} from './types.ts';
import { newDeviations, UsualValues } from './usual.ts';
import { UsualRanges } from './usualRange.ts';
import { ENDS_BELOW, FLEET_FIRE_CYCLES, PROFILE_FIRE_CYCLES, Verdict } from './verdict.ts';
import { WATCHED } from './watched.ts';

const WINDOW_SIZE = WINDOW_STEPS * METRIC_COUNT;
/** Days of measurements without which a reference is not complete. */
const REFERENCE_DAYS = 3;
const NO_SIGNALS: Signals = {
  prediction_error_rate: null,
  distribution_shift: null,
  feature_drift: null,
  anomaly_rate: null,
};

/** What is kept across a restart, beside the numbers of servers. */
export interface DriftRecord {
  readonly modelId: string | null;
  readonly referenceStep: number | null;
  readonly learnedStep: number | null;
  /** By GROUPS. */
  readonly sinceSteps: readonly (number | null)[];
}

export class DriftMonitor implements DriftView {
  readonly #fleet: Pick<FleetView, 'byIndex'>;
  readonly usual = new UsualValues();
  readonly counts = new DriftCounts();
  readonly ranges = new UsualRanges(RANGE_COUNT);
  readonly #verdicts = GROUPS.map(
    (_, group) => new Verdict(group === FLEET ? FLEET_FIRE_CYCLES : PROFILE_FIRE_CYCLES),
  );
  readonly #deviations = newDeviations();
  #modelId: string | null = null;
  #referenceStep: number | null = null;
  #learnedStep: number | null = null;
  #step = 0;
  #learnedHour = 0;
  #groups: readonly GroupState[] = [];
  #state: DriftState | null = null;

  constructor(fleet: Pick<FleetView, 'byIndex'>) {
    this.#fleet = fleet;
  }

  /** Takes what the servers of a chunk measured. */
  consume({
    originStep,
    count,
    servers,
    windows,
  }: Pick<ForecastChunk, 'originStep' | 'count' | 'servers' | 'windows'>): void {
    for (let row = 0; row < count; row++) {
      const server = this.#fleet.byIndex(servers[row]);
      if (server === undefined) continue;
      const { index, profile, timeZone } = server;
      if (!this.usual.take(index, timeZone, originStep, windows, row * WINDOW_SIZE, this.#deviations))
        continue;
      this.counts.addMeasured(originStep, profile, this.#deviations);
    }
  }

  /** Takes a forecast of the network whose truth has come. */
  addScored({ server, truthStep, target, horizon, losses, negligible, isFar }: ScoredForecast): void {
    const logLoss = this.usual.logRelativeLoss(server, target, horizon, losses[0], negligible);
    const known = this.#fleet.byIndex(server);
    if (known === undefined || Number.isNaN(logLoss)) return;
    this.counts.addScored(truthStep, known.profile, target, logLoss, isFar);
  }

  /**
   * Judges the newest hours.
   * @param modelId the model in use; another one than before is compared with itself only
   * @returns groups in which a drift was detected now
   */
  cycleEnded(step: number, modelId: string | null): readonly GroupState[] {
    if (this.#modelId !== null && modelId !== null && modelId !== this.#modelId) this.#renew(step);
    this.#modelId = modelId ?? this.#modelId;
    this.#referenceStep ??= step;
    this.#step = step;
    const window = this.#isReferenceComplete ? this.counts.window(step) : [];
    const isNewHour = Math.floor(step / STEPS_AN_HOUR) !== this.#learnedHour;
    const detected = new Set<number>();
    this.#groups = GROUPS.flatMap((_, group) => {
      const statistics = statisticsOf(this.counts, window, group);
      if (window.length > 0 && statistics.distances.every(Number.isNaN)) return [];
      const signals = window.length === 0 ? NO_SIGNALS : signalsOf(this.ranges, group, statistics);
      const score = scoreOf(signals);
      if (this.#verdicts[group].add(step, score)) detected.add(group);
      if (isNewHour && this.#isQuiet(group, score)) learnUsual(this.ranges, group, statistics);
      return [this.#stateOf(group, score, signals)];
    });
    this.#learnedHour = Math.floor(step / STEPS_AN_HOUR);
    if (this.#groups.some(({ score }) => score !== null)) this.#learnedStep ??= step;
    this.#state = null;
    return this.#groups.filter(({ group }) => detected.has(group));
  }

  get #isReferenceComplete(): boolean {
    return this.counts.referenceHours >= REFERENCE_DAYS * HOURS_A_DAY;
  }

  #isQuiet(group: number, score: number | null): boolean {
    return this.#verdicts[group].sinceStep === null && (score ?? 0) < ENDS_BELOW;
  }

  #stateOf(group: number, score: number | null, signals: Signals): GroupState {
    const { sinceStep } = this.#verdicts[group];
    const status = sinceStep !== null ? 'drifting' : score === null ? 'learning' : 'quiet';
    return { group, status, sinceStep, score, signals };
  }

  /**
   * Another model begins with nothing known of its errors. After a drift it was trained on what is new, which is usual
   * from now on; without one, what is usual has not changed.
   */
  #renew(step: number): void {
    if (this.#verdicts.every(({ sinceStep }) => sinceStep === null)) {
      this.usual.forgetLosses();
      this.counts.clearScores();
      return;
    }
    this.usual.renew();
    this.counts.clear();
    for (const verdict of this.#verdicts) verdict.clear();
    this.#referenceStep = step;
    this.#learnedStep = null;
  }

  /** Forgets a server: its slot may be given to another. */
  forget(server: number): void {
    this.usual.forget(server);
  }

  get state(): DriftState {
    this.#state ??= this.#summarize();
    return this.#state;
  }

  #summarize(): DriftState {
    const drifting = this.#groups.filter(({ sinceStep }) => sinceStep !== null);
    const scores = this.#groups.map(({ score }) => score).filter((score) => score !== null);
    const status = drifting.length > 0 ? 'drifting' : scores.length > 0 ? 'quiet' : 'learning';
    return {
      status,
      sinceStep: drifting.length > 0 ? Math.min(...drifting.map(({ sinceStep }) => sinceStep ?? 0)) : null,
      score: scores.length > 0 ? Math.max(...scores) : null,
      message: messageOf(status, this.#groups),
      modelId: this.#modelId,
      referenceStep: this.#referenceStep,
      learnedStep: this.#learnedStep,
      referenceHours: this.counts.referenceHours,
      groups: this.#groups,
    };
  }

  metrics(): readonly MetricState[] {
    const window = this.counts.window(this.#step);
    return GROUPS.flatMap((_, group) => {
      const statistics = statisticsOf(this.counts, window, group);
      return WATCHED.flatMap((_watched, metric) => this.#metricState(group, metric, statistics) ?? []);
    });
  }

  #metricState(group: number, metric: number, statistics: GroupStatistics): MetricState | null {
    const distributions = statistics.distributions[metric];
    if (distributions === null) return null;
    const { error, shift, anomalies, usualDistance } = metricSignals(this.ranges, group, metric, statistics);
    return {
      group,
      metric,
      predictionError: error?.value ?? null,
      shift: shift?.value ?? null,
      anomalies: anomalies?.value ?? null,
      isShifted: isOver(shift),
      distributions,
      usualDistance,
      scores: statistics.scores[metric] ?? null,
    };
  }

  get record(): DriftRecord {
    return {
      modelId: this.#modelId,
      referenceStep: this.#referenceStep,
      learnedStep: this.#learnedStep,
      sinceSteps: this.#verdicts.map(({ sinceStep }) => sinceStep),
    };
  }

  /** Takes what was kept of an earlier run; the counts, ranges and usual values are restored beside it. */
  restore({ modelId, referenceStep, learnedStep, sinceSteps }: DriftRecord): void {
    this.#modelId = modelId;
    this.#referenceStep = referenceStep;
    this.#learnedStep = learnedStep;
    for (let group = 0; group < GROUP_COUNT; group++)
      this.#verdicts[group].restore(sinceSteps[group] ?? null);
  }
}

const SIGNAL_WORDS: Readonly<Record<SignalName, string>> = {
  prediction_error_rate: 'forecast error',
  distribution_shift: 'distribution shift',
  feature_drift: 'share of metrics that shifted',
  anomaly_rate: 'rate of anomalies',
};
const LEARNING =
  'What is usual is still being learned: a week after the first start, five days after a model was taken because of a drift.';

/** What a group's signals are, in words with their numbers. */
export function describeGroup({ group, score, signals }: GroupState): string {
  const who = group === FLEET ? 'The fleet' : `Profile ${GROUPS[group]}`;
  const parts = SIGNALS.flatMap((name) => {
    const signal = signals[name];
    return signal === null
      ? []
      : [`${SIGNAL_WORDS[name]} ${signal.value.toFixed(3)} above usual (limit ${signal.limit.toFixed(3)})`];
  });
  return `${who} scores ${score?.toFixed(2) ?? 'nothing'}: ${parts.join(', ')}.`;
}

function messageOf(status: DriftState['status'], groups: readonly GroupState[]): string {
  if (status === 'learning') return LEARNING;
  if (status === 'quiet') return 'The servers behave as they did when the reference was learned.';
  const drifting = groups.filter(({ sinceStep }) => sinceStep !== null);
  return `The servers no longer behave as they did. ${drifting.map(describeGroup).join(' ')}`;
}
