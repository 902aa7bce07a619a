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

interface Calm {
  readonly other: Server;
  readonly score: number;
  readonly isForeign: boolean;
}

function isCalmer(a: Calm, b: Calm): boolean {
  return a.isForeign === b.isForeign ? a.score < b.score : b.isForeign;
}

/** Servers with the lowest scores, those of the same profile first. One pass: a fleet may have thousands. */
function calmServers({ inputs, signal }: Subject, fleet: FleetView, risk: RiskView): readonly Server[] {
  signal.throwIfAborted();
  const { server, originStep } = inputs;
  const calmest: Calm[] = [];
  for (const assessment of risk.assessments()) {
    if (assessment.originStep !== originStep || assessment.server === server.name) continue;
    const isForeign = assessment.profile !== server.profile;
    const last = calmest.at(-1);
    const isFull = calmest.length === OTHERS_TRIED;
    const other = fleet.byName(assessment.server);
    if (other === undefined) continue;
    const candidate = { other, score: assessment.score, isForeign };
    if (isFull && last !== undefined && !isCalmer(candidate, last)) continue;
    const place = calmest.findIndex((one) => isCalmer(candidate, one));
    calmest.splice(place < 0 ? calmest.length : place, 0, candidate);
    if (isFull) calmest.pop();
  }
  return calmest.map(({ other }) => other);
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

/** Calmest first; donors within a point of each other keep their order, so that noise does not exchange them. */
const byRisk = (a: Donor, b: Donor): number => Math.round(a.risk) - Math.round(b.risk);

/**
 * Chooses: calm stretches of the server itself for up to half of the places, then calm servers of its profile; where
 * there is too little of either, the calmest of what is left.
 */
function choose(candidates: readonly Donor[], wanted: number, risk: number): readonly Donor[] {
  const calm = candidates.filter((donor) => donor.risk <= CALM_SHARE * risk);
  const own = calm.filter(({ kind }) => kind === 'own').sort(byRisk);
  const others = calm.filter(({ kind }) => kind === 'profile').sort(byRisk);
  const chosen = own.slice(0, Math.ceil(wanted / HALF));
  chosen.push(...others.slice(0, wanted - chosen.length));
  for (const donor of [...candidates].sort(byRisk)) {
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
