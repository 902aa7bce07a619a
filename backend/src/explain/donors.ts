/** Real windows that stand for "as it is in calmer times": absent groups of metrics are filled from them. */
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { CONTEXT_STEPS, WINDOW_STEPS } from '../catalog/time.ts';
import type { FleetView, Server } from '../fleet/types.ts';
import { WINDOW_SIZE } from '../forecast/batch.ts';
import type { RiskView } from '../risk/types.ts';
import { measuredMetrics, measuredRows } from './families.ts';
import { type Subject, scoresOfWindows } from './subject.ts';

export interface Donor {
  /** The server's own earlier hours, a server of its profile, or one of another profile where there is none. */
  readonly kind: 'own' | 'profile' | 'fleet';
  readonly serverName: string;
  /** First step of the stretch, and the step after its last. */
  readonly fromStep: number;
  readonly toStep: number;
  /** [WINDOW_STEPS][METRIC_COUNT]; NaN where the explained server does not measure the metric. */
  readonly window: Float32Array;
  /** Risk the model gives the explained server with this window. */
  readonly risk: number;
}

type Candidate = Omit<Donor, 'risk'>;

/** First rows of the server's own stretches of 8 hours, all before the newest 8 hours. */
const OWN_STARTS = [0, 24, 48, 72, 96] as const;
/** Other servers that are tried. */
const OTHERS_TRIED = 8;
/** Share of the rows that must be measured for a stretch to stand for anything. */
const LEAST_MEASURED = 0.5;
/** A donor that is "calmer" has at most this share of the server's risk. */
const CALM_SHARE = 0.5;
/** Below it nothing is the matter: a flat, healthy server stays there (docs/risk.md). */
const CALM_RISK = 20;
/** From there on donors so many points apart are not equally calm. */
const RISK_STEP = 10;
/** While a cycle runs, some servers are a step ahead of others: that is no reason not to compare them. */
const STEPS_APART = 1;
const HALF = 2;

/** The stretch of CONTEXT_STEPS rows from `start`, three times: a whole day like it. */
function repeated(window: Float32Array, start: number): Float32Array {
  const out = new Float32Array(WINDOW_SIZE);
  const stretch = window.subarray(start * METRIC_COUNT, (start + CONTEXT_STEPS) * METRIC_COUNT);
  for (let at = 0; at < out.length; at += stretch.length) out.set(stretch, at);
  return out;
}

/** Whether a window holds enough of every metric that matters for the server. */
function holdsEnough(window: Float32Array, metrics: readonly number[]): boolean {
  return metrics.every((metric) => measuredRows(window, metric) >= LEAST_MEASURED * WINDOW_STEPS);
}

function ownCandidates({ inputs }: Subject, metrics: readonly number[]): readonly Candidate[] {
  const { server, window, originStep } = inputs;
  const first = originStep - WINDOW_STEPS + 1;
  return OWN_STARTS.flatMap((start) => {
    const stretch = repeated(window, start);
    if (!holdsEnough(stretch, metrics)) return [];
    const fromStep = first + start;
    return [
      {
        kind: 'own' as const,
        serverName: server.name,
        fromStep,
        toStep: fromStep + CONTEXT_STEPS,
        window: stretch,
      },
    ];
  });
}

/** How far from calm a risk is, in classes: within one the order is fixed, so that noise does not exchange donors. */
function unrestOf(risk: number): number {
  return risk < CALM_RISK ? 0 : Math.floor(risk / RISK_STEP);
}

interface Other {
  readonly server: Server;
  readonly isForeign: boolean;
  readonly unrest: number;
  /** Whether its name comes before that of the explained server. */
  readonly isBefore: boolean;
}

/** Those of the same profile first, then the calmest; of those the ones whose names follow that of the explained server. */
function byCalm(a: Other, b: Other): number {
  return (
    Number(a.isForeign) - Number(b.isForeign) ||
    a.unrest - b.unrest ||
    Number(a.isBefore) - Number(b.isBefore) ||
    (a.server.name < b.server.name ? -1 : 1)
  );
}

/** Calm servers, those of the same profile first. One pass: a fleet may have thousands. */
function calmServers({ inputs, signal }: Subject, fleet: FleetView, risk: RiskView): readonly Server[] {
  signal.throwIfAborted();
  const { server, originStep } = inputs;
  const calmest: Other[] = [];
  for (const assessment of risk.assessments()) {
    if (Math.abs(assessment.originStep - originStep) > STEPS_APART) continue;
    if (assessment.server === server.name) continue;
    const other = fleet.byName(assessment.server);
    if (other === undefined) continue;
    const candidate: Other = {
      server: other,
      isForeign: assessment.profile !== server.profile,
      unrest: unrestOf(assessment.score),
      isBefore: other.name < server.name,
    };
    const last = calmest.at(-1);
    const isFull = calmest.length === OTHERS_TRIED;
    if (isFull && last !== undefined && byCalm(candidate, last) > 0) continue;
    const place = calmest.findIndex((one) => byCalm(candidate, one) < 0);
    calmest.splice(place < 0 ? calmest.length : place, 0, candidate);
    if (isFull) calmest.pop();
  }
  return calmest.map((one) => one.server);
}

/** Blanks metrics the explained server does not measure: it must not be compared by what it has not. */
function blankOthers(window: Float32Array, metrics: readonly number[]): void {
  for (let metric = 0; metric < METRIC_COUNT; metric++) {
    if (metrics.includes(metric)) continue;
    for (let row = 0; row < WINDOW_STEPS; row++) window[row * METRIC_COUNT + metric] = Number.NaN;
  }
}

function otherCandidates(
  subject: Subject,
  fleet: FleetView,
  risk: RiskView,
  metrics: readonly number[],
): readonly Candidate[] {
  const { server, originStep } = subject.inputs;
  return calmServers(subject, fleet, risk).flatMap((other) => {
    const window = new Float32Array(WINDOW_SIZE);
    fleet.copyWindow(other.index, originStep, window, 0);
    if (!holdsEnough(window, metrics)) return [];
    blankOthers(window, metrics);
    return [
      {
        kind: other.profile === server.profile ? ('profile' as const) : ('fleet' as const),
        serverName: other.name,
        fromStep: originStep - WINDOW_STEPS + 1,
        toStep: originStep + 1,
        window,
      },
    ];
  });
}

/** Calmest first; those equally calm keep their order. */
const byUnrest = (a: Donor, b: Donor): number => unrestOf(a.risk) - unrestOf(b.risk);

/**
 * Chooses: calm stretches of the server itself for up to half of the places, then calm servers of its profile; where
 * there is too little of either, the calmest of what is left.
 */
function choose(candidates: readonly Donor[], wanted: number, risk: number): readonly Donor[] {
  const sorted = [...candidates].sort(byUnrest);
  const calm = sorted.filter((donor) => donor.risk <= CALM_SHARE * risk);
  const own = calm.filter(({ kind }) => kind === 'own');
  const others = calm.filter(({ kind }) => kind === 'profile');
  const chosen = own.slice(0, Math.ceil(wanted / HALF));
  chosen.push(...others.slice(0, wanted - chosen.length));
  for (const donor of sorted) {
    if (chosen.length >= wanted) break;
    // What is no calmer than the server explains nothing; a single donor is better than none.
    if (!chosen.includes(donor) && (donor.risk < risk || chosen.length === 0)) chosen.push(donor);
  }
  return chosen;
}

/**
 * Donors for an explanation, each tried by the model.
 * @param wanted how many, at least 1
 * @returns fewer, or none, where too little has been measured
 */
export async function findDonors(
  subject: Subject,
  fleet: FleetView,
  risk: RiskView,
  wanted: number,
): Promise<readonly Donor[]> {
  const metrics = measuredMetrics(subject.inputs.window).filter(
    (metric) => measuredRows(subject.inputs.window, metric) >= CONTEXT_STEPS / HALF,
  );
  const candidates = [...ownCandidates(subject, metrics), ...otherCandidates(subject, fleet, risk, metrics)];
  if (candidates.length === 0) return [];
  const scores = await scoresOfWindows(
    subject,
    candidates.map(({ window }) => window),
  );
  const tried = candidates.map((candidate, i) => ({ ...candidate, risk: scores[i] }));
  return choose(tried, wanted, subject.assessment.score);
}
