/** Builds the cascade stage: looks for servers that deviate together each time a step closes. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { WINDOW_STEPS } from '../catalog/time.ts';
import type { FleetView } from '../fleet/types.ts';
import type { CascadeConfig } from './config.ts';
import { membershipInWords } from './describe.ts';
import { CascadeDetector } from './detector.ts';
import { LEARNING_DELAY_STEPS, STEPS_TO_KNOW } from './habits.ts';
import { CascadeMetrics } from './metrics.ts';
import type { Cascade, CascadeView, Member, Membership, ObservedServer } from './types.ts';

/** Time after which others get their turn on the main thread. */
const TURN_MS = 5;
const NEWEST_ROW = (WINDOW_STEPS - 1) * METRIC_COUNT;
const LEARNED_ROW = (WINDOW_STEPS - 1 - LEARNING_DELAY_STEPS) * METRIC_COUNT;
/** A member counts half from the first, and in full where it deviates by this many spreads. */
const HALF = 0.5;
const FULL_Z = 8;
const LEAST_Z = 2;
/** A member that is back within its habits while the others are not. */
const CALM_SEVERITY = 0.25;

export interface CascadeStageOptions {
  readonly fleet: FleetView;
  readonly config: CascadeConfig;
  readonly registry: Registry;
  readonly logger: Pick<Logger, 'info' | 'error'>;
}

export interface CascadeStage extends CascadeView {
  /** Goes on with cascades of an earlier run; call it before the first step closes. */
  resume(cascades: readonly Cascade[]): void;
  /** Resolves when the newest closed step has been looked at; never rejects. */
  settled(): Promise<void>;
  /** Ends the subscriptions and waits for what is under way. */
  close(): Promise<void>;
}

function severityOf({ z, deviating }: Member): number {
  if (!deviating) return CALM_SEVERITY;
  return HALF + (1 - HALF) * Math.min(1, Math.max(0, (z - LEAST_Z) / (FULL_Z - LEAST_Z)));
}

/** Who is in which cascade; a server in several counts to the one that hits it hardest. */
function membershipsOf(cascades: readonly Cascade[]): ReadonlyMap<string, Membership> {
  const memberships = new Map<string, Membership>();
  for (const cascade of cascades) {
    for (const member of cascade.members) {
      const severity = severityOf(member);
      const known = memberships.get(member.server);
      if (known !== undefined && known.severity >= severity) continue;
      memberships.set(member.server, {
        cascade: cascade.id,
        leader: cascade.leader.server,
        severity,
        reason: membershipInWords(cascade),
      });
    }
  }
  return memberships;
}

/** Builds the stage. A step is looked at in slices, before the forecasts that start from it are ready. */
export function createCascadeStage({ fleet, config, registry, logger }: CascadeStageOptions): CascadeStage {
  const detector = new CascadeDetector();
  const metrics = new CascadeMetrics(registry);
  const window = new Float32Array(WINDOW_STEPS * METRIC_COUNT);
  let active: readonly Cascade[] = [];
  let memberships: ReadonlyMap<string, Membership> = new Map();
  let seenStep = -1;
  let watched = 0;
  let work: Promise<void> = Promise.resolve();

  /** A past that arrives after the first look, as by a backfill, is learned once there is enough of it. */
  const hasUnlearnedPast = (server: ObservedServer, step: number): boolean =>
    !detector.knows(server) &&
    fleet.measuredSteps(server.index, step) >= STEPS_TO_KNOW + LEARNING_DELAY_STEPS;
  const takeServers = async (step: number): Promise<void> => {
    let turnMs = performance.now();
    for (const server of [...fleet.servers()]) {
      if (performance.now() - turnMs > TURN_MS) {
        await nextTurn();
        turnMs = performance.now();
      }
      // It may have left meanwhile.
      if (fleet.byIndex(server.index) !== server) continue;
      fleet.copyWindow(server.index, step, window, 0);
      if (!detector.has(server) || hasUnlearnedPast(server, step)) detector.learnDay(server, step, window);
      else detector.take(server, step, window, NEWEST_ROW, window, LEARNED_ROW);
    }
  };
  const look = async (step: number): Promise<void> => {
    // An older step comes after a clock was set back, and is looked at; the same one brings nothing.
    if (step === seenStep) return;
    seenStep = step;
    const startedMs = performance.now();
    await takeServers(step);
    const before = new Set(active.map(({ id }) => id));
    active = detector.finish(step).active;
    memberships = membershipsOf(active);
    watched = detector.known;
    for (const cascade of active) {
      if (before.has(cascade.id)) continue;
      metrics.detected();
      logger.info({ cascade: cascade.id, members: cascade.members.length }, 'servers deviate together');
    }
    metrics.update(active, watched, (performance.now() - startedMs) / 1000);
  };
  const onStep = (step: number): void => {
    work = work
      .then(() => look(step))
      .catch((error) =>
        logger.error({ err: error }, 'the look for cascades failed; the next step is looked at'),
      );
  };
  const unsubscribe = config.enabled
    ? [fleet.onStepClosed(onStep), fleet.onServerLeft(({ index }) => detector.forget(index))]
    : [];
  return {
    active: () => active,
    membershipOf: (server) => memberships.get(server),
    get reasonUnready() {
      if (!config.enabled) return 'The look for cascades is switched off (cascade.enabled).';
      return watched > 0
        ? null
        : 'No server has been measured for a day yet: what they usually do is not known.';
    },
    resume: (cascades) => detector.resume(cascades),
    settled: () => work,
    async close() {
      for (const end of unsubscribe) end();
      await work;
    },
  };
}
