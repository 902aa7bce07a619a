/** The moments that are explained: when a failing server first stood above healthy in time to act. */
import { HEALTHY, levelOf } from '../../catalog/levels.ts';
import type { Server } from '../../fleet/types.ts';
import type { Assessor } from '../../risk/assessor.ts';
import { severityBlock } from '../../risk/assessor.ts';
import type { RiskAssessment, RiskView } from '../../risk/types.ts';
import { USEFUL } from '../backtest/leads.ts';
import { type Failures, failuresOf } from '../backtest/truth.ts';
import type { StepSpan } from '../datasets/windows.ts';
import { causesOf } from './causes.ts';
import type { DatasetFleet } from './datasetFleet.ts';
import type { SessionReruns } from './sessionReruns.ts';

/** Steps between the moments that are looked at. */
const STRIDE = 2;

export interface Case {
  readonly server: Server;
  readonly originStep: number;
  readonly kind: string;
  /** Families that are the true cause. */
  readonly causes: readonly string[];
}

/** Assessments of a fleet at one moment. */
export class MomentRisk implements RiskView {
  readonly #assessments = new Map<string, RiskAssessment>();

  assessmentOf(server: string): RiskAssessment | undefined {
    return this.#assessments.get(server);
  }

  assessments(): Iterable<RiskAssessment> {
    return this.#assessments.values();
  }

  activeAlerts(): readonly never[] {
    return [];
  }

  /** Assesses servers now. */
  static async of(
    servers: readonly Server[],
    fleet: DatasetFleet,
    reruns: SessionReruns,
    assessor: Assessor,
  ): Promise<MomentRisk> {
    const risk = new MomentRisk();
    await reruns.forecastServers(servers, (chunk) => {
      const severities = severityBlock(chunk.count);
      for (let row = 0; row < chunk.count; row++) {
        const server = fleet.byIndex(chunk.servers[row]);
        if (server === undefined) continue;
        risk.#assessments.set(server.name, assessor.assess(server, chunk, row, severities(row)));
      }
    });
    return risk;
  }
}

/** The first moment within the useful time before a failure at which its server stood above healthy. */
async function firstMoment(
  server: Server,
  failureStep: number,
  span: StepSpan,
  tools: { readonly fleet: DatasetFleet; readonly reruns: SessionReruns; readonly assessor: Assessor },
): Promise<number | null> {
  const { fleet, reruns, assessor } = tools;
  const first = Math.max(span.first, failureStep - USEFUL.last);
  for (let step = first; step <= Math.min(span.last, failureStep - USEFUL.first); step += STRIDE) {
    fleet.closedStep = step;
    if (!fleet.isWarm(server.index, step)) continue;
    const risk = await MomentRisk.of([server], fleet, reruns, assessor);
    if (levelOf(risk.assessmentOf(server.name)?.score ?? 0) > HEALTHY) return step;
  }
  return null;
}

export interface FoundCases {
  readonly cases: readonly Case[];
  /** Failures that break a metric and could be seen coming. */
  readonly failures: number;
}

/** Finds the cases of a data set, by time. */
export async function findCases(
  failures: Failures,
  span: StepSpan,
  tools: { readonly fleet: DatasetFleet; readonly reruns: SessionReruns; readonly assessor: Assessor },
): Promise<FoundCases> {
  const cases: Case[] = [];
  let seen = 0;
  for (const server of tools.fleet.servers()) {
    for (const { step, kind, hasPrecursor } of failuresOf(failures, server.name)) {
      const causes = causesOf(kind);
      if (causes === undefined || hasPrecursor === false || step < span.first || step > span.last) continue;
      seen++;
      const originStep = await firstMoment(server, step, span, tools);
      if (originStep !== null) cases.push({ server, originStep, kind, causes });
    }
  }
  return { cases: cases.sort((a, b) => a.originStep - b.originStep), failures: seen };
}
