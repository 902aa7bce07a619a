import { createHash } from 'node:crypto';
import type { Cascade } from '../cascade/types.ts';
import { HEALTHY, LEVELS } from '../catalog/levels.ts';
import {
  type AlertLevelSettings,
  type AlertTrack,
  createTrack,
  followScore,
  levelName,
} from './alertLevel.ts';
import type { AlertHistory } from './alertLog.ts';
import {
  activeMessage,
  type Departure,
  departedMessage,
  leadSecondsOf,
  resolvedMessage,
} from './alertMessage.ts';
import { cascadeAlert, endedCascadeAlert } from './cascadeAlert.ts';
import type { Alert, AlertEvent, AlertEventType, RiskAssessment } from './types.ts';

const ID_DIGITS = 16;

function alertId(server: string, originStep: number): string {
  return createHash('sha256').update(`${originStep}\n${server}`).digest('hex').slice(0, ID_DIGITS);
}

function rankOf(alert: Alert): number {
  return LEVELS.findIndex((level) => level.name === alert.level);
}

function typeOf(before: number, after: number): AlertEventType {
  if (before === HEALTHY) return 'opened';
  if (after === HEALTHY) return 'resolved';
  return after > before ? 'escalated' : 'deescalated';
}

/** The open alerts in memory, and the rules by which they open and close. Knows nothing of disks and listeners. */
export class AlertBook {
  readonly #settings: AlertLevelSettings;
  readonly #active = new Map<string, Alert>();
  readonly #tracks = new Map<string, AlertTrack>();
  /** By the cascade's id. */
  readonly #cascades = new Map<string, Alert>();

  constructor(settings: AlertLevelSettings, history: Pick<AlertHistory, 'active'>) {
    this.#settings = settings;
    for (const alert of history.active) {
      if (alert.kind === 'cascade') {
        this.#cascades.set(alert.id, alert);
        continue;
      }
      this.#active.set(alert.server, alert);
      this.#tracks.set(alert.server, createTrack(rankOf(alert), Number.NEGATIVE_INFINITY));
    }
  }

  /** Open alerts, highest score first. */
  active(): readonly Alert[] {
    return [...this.#active.values(), ...this.#cascades.values()].sort((a, b) => b.score - a.score);
  }

  servers(): Iterable<string> {
    return this.#active.keys();
  }

  /**
   * Takes one server's newest assessment.
   * @returns the event it causes, if any
   */
  assess(assessment: RiskAssessment, nowMs: number): AlertEvent | undefined {
    const track = this.#trackOf(assessment.server);
    const before = track.level;
    const after = followScore(track, assessment.originStep, assessment.score, this.#settings);
    if (before === HEALTHY && after === HEALTHY) return undefined;
    const alert = this.#alertAt(after, assessment, nowMs);
    if (after === HEALTHY) this.#active.delete(alert.server);
    else this.#active.set(alert.server, alert);
    if (before === after) return undefined;
    return this.#event(typeOf(before, after), before, alert, nowMs, assessment.originStep);
  }

  /**
   * Lets the alerts about cascades follow those that go on; each is one alert, however many servers it has.
   * @param assessmentOf the newest assessment of a server
   * @returns the events it causes
   */
  followCascades(
    cascades: readonly Cascade[],
    assessmentOf: (server: string) => RiskAssessment | undefined,
    nowMs: number,
  ): readonly AlertEvent[] {
    const events: AlertEvent[] = [];
    const going = new Set(cascades.map(({ id }) => id));
    for (const alert of this.#cascades.values()) {
      if (going.has(alert.id)) continue;
      this.#cascades.delete(alert.id);
      events.push(this.#event('resolved', rankOf(alert), endedCascadeAlert(alert, nowMs), nowMs, nowMs));
    }
    for (const cascade of cascades) {
      const known = this.#cascades.get(cascade.id);
      const alert = cascadeAlert(cascade, known, assessmentOf, nowMs);
      this.#cascades.set(alert.id, alert);
      const before = known === undefined ? HEALTHY : rankOf(known);
      const after = rankOf(alert);
      if (before === after) continue;
      events.push(this.#event(typeOf(before, after), before, alert, nowMs, cascade.updatedStep));
    }
    return events;
  }

  /**
   * Ends what is known of a server that went away.
   * @returns the event where it had an alert
   */
  depart(server: string, departure: Departure, nowMs: number): AlertEvent | undefined {
    const alert = this.#active.get(server);
    this.#tracks.delete(server);
    if (alert === undefined) return undefined;
    this.#active.delete(server);
    const openSeconds = (nowMs - alert.openedAtMs) / 1000;
    const ended: Alert = {
      ...alert,
      level: levelName(HEALTHY),
      updatedAtMs: nowMs,
      resolvedAtMs: nowMs,
      leadSeconds: null,
      message: departedMessage(openSeconds, departure),
    };
    return this.#event('resolved', rankOf(alert), ended, nowMs, nowMs);
  }

  #trackOf(server: string): AlertTrack {
    const known = this.#tracks.get(server);
    if (known !== undefined) return known;
    const track = createTrack(HEALTHY, Number.NEGATIVE_INFINITY);
    this.#tracks.set(server, track);
    return track;
  }

  #alertAt(level: number, assessment: RiskAssessment, nowMs: number): Alert {
    const known = this.#active.get(assessment.server);
    const openedAtMs = known?.openedAtMs ?? nowMs;
    const isOver = level === HEALTHY;
    return {
      id: known?.id ?? alertId(assessment.server, assessment.originStep),
      kind: 'server',
      server: assessment.server,
      profile: assessment.profile,
      level: levelName(level),
      score: assessment.score,
      openedAtMs,
      updatedAtMs: nowMs,
      resolvedAtMs: isOver ? nowMs : null,
      message: isOver
        ? resolvedMessage((nowMs - openedAtMs) / 1000, assessment)
        : activeMessage(level, assessment),
      leadSeconds: isOver ? null : leadSecondsOf(assessment),
      causeTarget: assessment.causeTarget,
      // While a cascade goes on it speaks for its members; an alert that outlasts it is on its own again.
      cascade: assessment.cascade?.cascade ?? (isOver ? (known?.cascade ?? null) : null),
      group: null,
    };
  }

  #event(type: AlertEventType, before: number, alert: Alert, atMs: number, mark: number): AlertEvent {
    return { id: `${alert.id}-${mark}-${type}`, type, atMs, previousLevel: levelName(before), alert };
  }
}
