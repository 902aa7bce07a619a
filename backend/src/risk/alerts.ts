import type { Cascade } from '../cascade/types.ts';
import type { Clock } from '../catalog/time.ts';
import { AlertBook } from './alertBook.ts';
import type { AlertLevelSettings } from './alertLevel.ts';
import type { AlertHistory, AlertLog } from './alertLog.ts';
import type { Departure } from './alertMessage.ts';
import type { RiskLogger } from './logger.ts';
import type { RiskMetrics } from './metrics.ts';
import { type Alert, type AlertEvent, isGrouped, type RiskAssessment } from './types.ts';

export type AlertEventListener = (event: AlertEvent) => void;

export interface AlertsDependencies {
  readonly clock: Clock;
  readonly logger: RiskLogger;
  readonly metrics: RiskMetrics;
  /** Null: alerts live in memory only. */
  readonly log: AlertLog | null;
  readonly history: Pick<AlertHistory, 'active' | 'events' | 'unannounced'>;
  readonly settings: AlertLevelSettings & { readonly historyEvents: number };
}

/**
 * Alerts from opening to resolution. Every event is on disk before a listener hears of it; where the disk refuses, it
 * is announced all the same and written later. An event whose announcement a crash cut off is announced again, under
 * the same id, before the next ones.
 */
export class Alerts {
  readonly #dependencies: AlertsDependencies;
  readonly #book: AlertBook;
  readonly #recent: AlertEvent[];
  readonly #listeners = new Set<AlertEventListener>();
  #missed: readonly AlertEvent[];
  #published: readonly Alert[];
  #queue: Promise<void> = Promise.resolve();

  constructor(dependencies: AlertsDependencies) {
    this.#dependencies = dependencies;
    this.#book = new AlertBook(dependencies.settings, dependencies.history);
    this.#recent = dependencies.history.events.slice(-dependencies.settings.historyEvents);
    this.#missed = dependencies.history.unannounced;
    this.#published = this.#book.active();
    this.#count();
  }

  /** Open alerts, highest score first; of the newest finished cycle. */
  active(): readonly Alert[] {
    return this.#published;
  }

  /** Newest events, oldest first, at most `historyEvents`. */
  recent(): readonly AlertEvent[] {
    return this.#recent;
  }

  /** @returns a function that ends the subscription */
  onEvent(listener: AlertEventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  serversWithAlert(): readonly string[] {
    return [...this.#book.servers()];
  }

  /**
   * Takes a finished cycle's assessments and the cascades that go on; resolves once the events are on disk and announced.
   * @param assessmentOf the newest assessment of a server, of this cycle or an earlier one
   */
  update(
    assessments: Iterable<RiskAssessment>,
    cascades: readonly Cascade[] = [],
    assessmentOf: (server: string) => RiskAssessment | undefined = () => undefined,
  ): Promise<void> {
    const nowMs = this.#dependencies.clock.now();
    const before = this.#book.active();
    const events: AlertEvent[] = [];
    for (const assessment of assessments) {
      const event = this.#book.assess(assessment, nowMs);
      if (event !== undefined) events.push(event);
    }
    events.push(...this.#book.followCascades(cascades, assessmentOf, nowMs));
    return this.#publish(events, before);
  }

  /** Forgets servers that went away, resolving their alerts. */
  depart(servers: ReadonlyMap<string, Departure>): Promise<void> {
    const nowMs = this.#dependencies.clock.now();
    const before = this.#book.active();
    const events: AlertEvent[] = [];
    for (const [server, departure] of servers) {
      const event = this.#book.depart(server, departure, nowMs);
      if (event !== undefined) events.push(event);
    }
    return events.length === 0 ? this.#queue : this.#publish(events, before);
  }

  /** Waits for events that are on their way to disk. */
  settled(): Promise<void> {
    return this.#queue;
  }

  #publish(events: readonly AlertEvent[], before: readonly Alert[]): Promise<void> {
    this.#queue = this.#queue.then(() => this.#storeAndAnnounce(events, before));
    return this.#queue;
  }

  async #storeAndAnnounce(events: readonly AlertEvent[], before: readonly Alert[]): Promise<void> {
    const stored = await this.#store(events, before);
    this.#published = this.#book.active();
    this.#remember(events);
    const announced = [...this.#missed, ...events];
    this.#missed = [];
    for (const event of announced) this.#announce(event);
    if (stored && announced.length > 0) await this.#markAnnounced();
    this.#count();
  }

  async #store(events: readonly AlertEvent[], before: readonly Alert[]): Promise<boolean> {
    const { log, clock, logger, metrics } = this.#dependencies;
    if (log === null) return false;
    try {
      await log.append(clock.now(), events, before);
      return true;
    } catch (error) {
      metrics.logErrors.inc();
      logger.error(
        { err: error, pending: log.pending },
        'Alert events could not be written; they are announced all the same and written later. Free disk space or check the permissions of the data directory.',
      );
      return false;
    }
  }

  async #markAnnounced(): Promise<void> {
    const { log, clock, metrics } = this.#dependencies;
    try {
      await log?.markAnnounced(clock.now());
    } catch {
      metrics.logErrors.inc();
    }
  }

  #announce(event: AlertEvent): void {
    if (!isGrouped(event.alert)) this.#dependencies.metrics.events.inc({ type: event.type });
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#dependencies.logger.error(
          { err: error, event: event.id },
          'A listener for alert events failed.',
        );
      }
    }
  }

  #remember(events: readonly AlertEvent[]): void {
    this.#recent.push(...events);
    const excess = this.#recent.length - this.#dependencies.settings.historyEvents;
    if (excess > 0) this.#recent.splice(0, excess);
  }

  #count(): void {
    const { metrics, log } = this.#dependencies;
    metrics.setActive(this.#published);
    metrics.logPending.set(log?.pending ?? 0);
    metrics.logDropped.inc(log?.takeDropped() ?? 0);
  }
}
