/** Begins trainings without a person, and takes a new model back that does worse in service than the old one did. */
import type { FastifyBaseLogger } from 'fastify';
import { zoneOffsetMs } from '../../catalog/calendar.ts';
import { type Clock, DAY_MS, HOUR_MS } from '../../catalog/time.ts';
import type { ForecastStage } from '../../forecast/stage.ts';
import {
  type CareState,
  type KnownCard,
  type NotedDrift,
  readCare,
  type ServiceWatch,
  writeCare,
} from './careFile.ts';
import type { TrainingConfig } from './config.ts';
import type { TrainingManager, TrainingWish } from './manager.ts';
import type { TrainingRecord } from './types.ts';

const DAY_MINUTES = 1440;
/** A model is judged in service once it is this old … */
const JUDGED_AFTER_MS = 6 * HOUR_MS;
/** … and no longer watched after this. */
const WATCHED_MS = DAY_MS;
/** Scored forecasts without which a card says nothing. */
const MIN_SCORED = 200;
const PERCENT = 100;

/** How a model does in service: its loss as a share of the best baseline's, over the last day. */
export interface ServiceCard {
  readonly scored: number;
  /** Mean over metrics and horizons; null where nothing can be compared. */
  readonly relativeLoss: number | null;
}

/** Why servers no longer behave as they did. */
export interface DriftReason {
  /** When that was detected. */
  readonly sinceMs: number;
  /** In a sentence, with the numbers. */
  readonly sentence: string;
}

export interface CaretakerOptions {
  readonly manager: Pick<TrainingManager, 'active' | 'records' | 'trigger' | 'noteRollback'>;
  readonly forecast: Pick<ForecastStage, 'modelName' | 'reload'>;
  /** The card of the model in use. */
  readonly card: () => ServiceCard;
  /** Null while servers behave as they did. */
  readonly drift: () => DriftReason | null;
  readonly clock: Clock;
  readonly config: TrainingConfig;
  readonly logger: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>;
  /** File of what is kept over a restart. */
  readonly path: string;
}

/** Minutes since midnight of HH:MM. */
function minutesOf(text: string): number {
  const [hours, minutes] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

/** Whether a time lies in the hours in which no training begins by itself; they may go over midnight. */
export function isQuiet(quiet: TrainingConfig['quietHours'], timeMs: number): boolean {
  if (quiet === undefined) return false;
  const localMs = timeMs + zoneOffsetMs(quiet.timeZone, timeMs);
  const minute = ((Math.floor(localMs / 60_000) % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
  const [start, end] = [minutesOf(quiet.start), minutesOf(quiet.end)];
  return start <= end ? minute >= start && minute < end : minute >= start || minute < end;
}

export class Caretaker {
  readonly #with: CaretakerOptions;
  readonly #firstMs: number;
  #watch: ServiceWatch | null;
  #drift: NotedDrift | null;
  /** The newest card that said something, and whose it was. */
  #known: KnownCard | null;
  #nextLookMs = 0;
  #looking: Promise<void> | null = null;

  private constructor(options: CaretakerOptions, { firstMs, watch, known, drift }: CareState) {
    this.#with = options;
    this.#firstMs = firstMs;
    this.#watch = watch;
    this.#known = known;
    this.#drift = drift;
  }

  static async open(options: CaretakerOptions): Promise<Caretaker> {
    const kept = await readCare(options.path);
    const fresh: CareState = { firstMs: options.clock.now(), watch: null, known: null, drift: null };
    const caretaker = new Caretaker(options, kept ?? fresh);
    if (kept === null) {
      await caretaker
        .#keep()
        .catch((error) => options.logger.error({ err: error }, 'the care for the model cannot be kept'));
    }
    return caretaker;
  }

  /** To be called after each forecast cycle; looks once an hour, and does not keep the caller. */
  cycleEnded(): void {
    const nowMs = this.#with.clock.now();
    if (nowMs < this.#nextLookMs || this.#looking !== null) return;
    this.#nextLookMs = nowMs + HOUR_MS;
    this.#looking = this.look()
      .catch((error) => this.#with.logger.error({ err: error }, 'the care for the model failed'))
      .finally(() => {
        this.#looking = null;
      });
  }

  /** Waits for a look that is under way. */
  async settled(): Promise<void> {
    await this.#looking;
  }

  async look(): Promise<void> {
    await this.#followModel();
    await this.#judge();
    await this.#followDrift();
    await this.#trainIfDue();
  }

  /** Notices a change of the model; one that a training brought is watched. */
  async #followModel(): Promise<void> {
    const { forecast, card, clock } = this.#with;
    const model = forecast.modelName();
    if (this.#watch !== null && this.#watch.model !== model) await this.#setWatch(null);
    const taken = this.#newestTaken();
    const isNew = taken?.model === model && this.#known !== null && this.#known.model !== model;
    if (isNew && taken.model !== null && taken.compared_with === this.#known?.model) {
      await this.#setWatch({
        trainingId: taken.training_id,
        model: taken.model,
        previous: taken.compared_with,
        lossBefore: this.#known.relativeLoss,
        sinceMs: clock.now(),
      });
    }
    const { scored, relativeLoss } = card();
    if (model !== null && this.#watch === null && scored >= MIN_SCORED && relativeLoss !== null) {
      this.#known = { model, relativeLoss };
      await this.#keep();
    }
  }

  async #judge(): Promise<void> {
    const { clock, card, config, forecast, logger, manager } = this.#with;
    const watch = this.#watch;
    if (watch === null || clock.now() - watch.sinceMs < JUDGED_AFTER_MS) return;
    const { scored, relativeLoss } = card();
    const change = relativeLoss === null ? 0 : (relativeLoss / watch.lossBefore - 1) * PERCENT;
    const isKnown = scored >= MIN_SCORED && relativeLoss !== null;
    const figures = `in service its loss is ${relativeLoss?.toFixed(4)} of the best baseline's on ${Math.round(scored)} scored forecasts, that of ${watch.previous} was ${watch.lossBefore.toFixed(4)} (${change > 0 ? '+' : ''}${change.toFixed(1)} %)`;
    if (isKnown && change > config.rollbackPercent) {
      const reason = `Taken back: ${figures}, more than ${config.rollbackPercent} % worse.`;
      await forecast.reload(watch.previous);
      await manager.noteRollback(watch.trainingId, watch.previous, reason);
      logger.warn({ model: watch.model, previous: watch.previous }, reason);
      await this.#setWatch(null);
    } else if (clock.now() - watch.sinceMs >= WATCHED_MS) {
      logger.info(
        { model: watch.model },
        isKnown
          ? `The new model stays: ${figures}.`
          : 'The new model stays: too few forecasts could be scored to judge it.',
      );
      await this.#setWatch(null);
    }
  }

  /**
   * Notes a drift until a training has learned from it. It may end before that by itself, when what is new has become
   * usual to the watch; the model knows no more of it than before.
   */
  async #followDrift(): Promise<void> {
    const { clock, config, manager } = this.#with;
    const noted = this.#drift;
    if (noted !== null && (!config.onDrift || hasLearned(manager.records, noted))) this.#drift = null;
    const seen = config.onDrift ? this.#with.drift() : null;
    if (this.#drift === null && seen !== null) this.#drift = { ...seen, notedMs: clock.now() };
    if (this.#drift !== noted) await this.#keep();
  }

  async #trainIfDue(): Promise<void> {
    const { clock, config, manager } = this.#with;
    const nowMs = clock.now();
    if (manager.active !== null || this.#watch !== null || isQuiet(config.quietHours, nowMs)) return;
    const last = manager.records.at(-1);
    const restedMs = nowMs - (last === undefined ? this.#firstMs : Date.parse(last.finished_at));
    const cooldownMs = config.cooldownHours * HOUR_MS;
    if (this.#drift !== null) {
      // One by schedule would not do meanwhile: its model could not know the new, but would make it pass for usual.
      const { sinceMs, sentence } = this.#drift;
      const isSettled = nowMs - sinceMs >= config.driftSettleDays * DAY_MS;
      if (isSettled && (last === undefined || restedMs >= cooldownMs))
        await this.#train({ trigger: 'drift', cause: sentence, changedMs: sinceMs });
    } else if (config.everyDays > 0 && restedMs >= Math.max(config.everyDays * DAY_MS, cooldownMs)) {
      await this.#train({ trigger: 'schedule' });
    }
  }

  async #train(wish: TrainingWish): Promise<void> {
    const { manager, logger } = this.#with;
    try {
      await manager.trigger(wish);
    } catch (error) {
      // Too little history, no model, or the history is down: it is tried again in an hour.
      const { code, message } = error as Error & { readonly code?: string };
      if (code?.startsWith('ARGUS_') !== true) throw error;
      logger.info({ code, trigger: wish.trigger }, `A training that is due waits: ${message}`);
    }
  }

  #newestTaken(): TrainingRecord | undefined {
    return this.#with.manager.records.findLast(({ outcome }) => outcome === 'taken');
  }

  async #setWatch(watch: ServiceWatch | null): Promise<void> {
    this.#watch = watch;
    this.#known = null;
    await this.#keep();
  }

  #keep(): Promise<void> {
    return writeCare(this.#with.path, {
      firstMs: this.#firstMs,
      watch: this.#watch,
      known: this.#known,
      drift: this.#drift,
    });
  }
}

/** Whether a training that a drift began has come to a model since it was noted. */
function hasLearned(records: readonly TrainingRecord[], { notedMs }: NotedDrift): boolean {
  return records.some(
    ({ trigger, outcome, started_at }) =>
      trigger === 'drift' &&
      (outcome === 'taken' || outcome === 'rejected') &&
      Date.parse(started_at) >= notedMs,
  );
}
