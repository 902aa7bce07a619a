/** Finds what is to be explained, or says in a sentence why there is nothing to. */
import { STEP_SECONDS } from '../catalog/time.ts';
import { shortened } from '../fleet/findServer.ts';
import type { FleetView, Server } from '../fleet/types.ts';
import type { ForecastReruns } from '../forecast/rerun.ts';
import type { ForecastView } from '../forecast/types.ts';
import type { Assessor } from '../risk/assessor.ts';
import type { RiskView } from '../risk/types.ts';
import { ExplainNotReadyError } from './errors.ts';
import type { Subject } from './subject.ts';

/** What is not there now may be there after the next cycle, a step at most. */
const RETRY_AFTER_SECONDS = STEP_SECONDS;
/** A first forecast that is under way takes seconds. */
const SOON_SECONDS = 5;
const UNDER_WAY = 'The first forecast is being computed; ask again in a few seconds.';

export interface SubjectSources {
  readonly fleet: FleetView;
  readonly forecast: ForecastView;
  readonly reruns: ForecastReruns;
  readonly risk: RiskView & { readonly assessor: Assessor };
}

/** Why a server cannot be explained now, with what to do; null where it can. */
export function reasonAgainst({ fleet, forecast, risk }: SubjectSources, server: Server): string | null {
  if (fleet.isStale(server.index)) {
    return 'Stale: no measurement has arrived for a while. Check that the server still sends its metrics.';
  }
  const reason = forecast.reasonWithout(server.index);
  if (reason !== null) return reason;
  return risk.assessmentOf(server.name) === undefined ? UNDER_WAY : null;
}

/** @throws ExplainNotReadyError */
export function requireReady(sources: SubjectSources, server: Server): void {
  const reason = reasonAgainst(sources, server);
  if (reason === null) return;
  const message = `There is nothing to explain about "${shortened(server.name)}" now. ${reason}`;
  const retryAfterSeconds = reason === UNDER_WAY ? SOON_SECONDS : RETRY_AFTER_SECONDS;
  throw Object.assign(new ExplainNotReadyError(message), { retryAfterSeconds });
}

/**
 * The server as an explanation sees it.
 * @throws ExplainNotReadyError
 */
export function subjectOf(sources: SubjectSources, server: Server, signal: AbortSignal): Subject {
  requireReady(sources, server);
  const inputs = sources.reruns.inputsOf(server.index);
  const assessment = sources.risk.assessmentOf(server.name);
  if (inputs === undefined || assessment === undefined) {
    throw Object.assign(new ExplainNotReadyError(UNDER_WAY), { retryAfterSeconds: SOON_SECONDS });
  }
  return { inputs, assessment, reruns: sources.reruns, assessor: sources.risk.assessor, signal };
}
