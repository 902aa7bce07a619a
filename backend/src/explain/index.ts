/** Builds the explanation stage: why a server has its risk, and what would be if something were different. */

import type { FastifyPluginAsync } from 'fastify';
import type { Registry } from 'prom-client';
import { InvalidInput } from '../catalog/invalidInput.ts';
import { profileIndex } from '../catalog/profiles.ts';
import type { Clock } from '../catalog/time.ts';
import { findServer } from '../fleet/findServer.ts';
import type { FleetView, Server } from '../fleet/types.ts';
import { usesNetwork } from '../forecast/rerun.ts';
import type { ForecastStage } from '../forecast/stage.ts';
import type { RiskEngine } from '../risk/engine.ts';
import type { ExplainConfig } from './config.ts';
import { ExplanationDesk } from './desk.ts';
import { ExplainNotReadyError } from './errors.ts';
import { Explainer, type HeatSource } from './explainer.ts';
import { measuredMetrics } from './families.ts';
import { GradientHost, type GradientModel, NoGradientError } from './gradientHost.ts';
import { heatAnswer, integratedGradients } from './gradients.ts';
import { FastList } from './list.ts';
import { createExplainMetrics } from './metrics.ts';
import { ProfileRanges } from './ranges.ts';
import { explainRoutes } from './routes.ts';
import type { ExplainMethod, ExplanationAnswer, WhatIfAnswer, WhatIfBody } from './schemas.ts';
import type { Subject } from './subject.ts';
import { reasonAgainst, requireReady, type SubjectSources, subjectOf } from './subjects.ts';
import { answerWhatIf, type Skipped } from './whatIf.ts';
import { readChanges } from './whatIfChanges.ts';

/** Servers of a profile that a what-if answers for. */
const PROFILE_SERVERS = 20;
const RETRY_AFTER_SECONDS = 60;

export interface ExplainStageOptions {
  readonly fleet: FleetView;
  readonly forecast: ForecastStage;
  readonly risk: RiskEngine;
  readonly clock: Clock;
  readonly config: ExplainConfig;
  readonly registry: Registry;
  /** The gradient thread; tests give one that fails. */
  readonly gradients?: GradientHost;
}

export interface ExplainStage {
  readonly routes: FastifyPluginAsync;
  /** Computes a full explanation now, past queue and cache; for benches and evaluation. */
  explain(server: Server, method: ExplainMethod, signal: AbortSignal): Promise<ExplanationAnswer>;
  /** Cancels what is under way and ends the gradient thread. */
  close(): Promise<void>;
}

/**
 * The picture by hour: left out while the gradient graph loads, which takes seconds, while it draws another, and where
 * there is none.
 */
function heatSource(gradients: GradientHost): HeatSource {
  return async (subject, donor) => {
    const { inputs } = subject;
    if (!usesNetwork(inputs)) return null;
    if (!gradients.isReady) {
      gradients.load().catch(() => undefined);
      return null;
    }
    if (gradients.isBusy) return null;
    try {
      const attribution = await integratedGradients(subject, donor.window, gradients);
      return heatAnswer(attribution, inputs.originStep, measuredMetrics(inputs.window));
    } catch (error) {
      if (error instanceof NoGradientError) return null;
      throw error;
    }
  };
}

/** Servers of a profile, those at most risk first, and those that cannot be answered for. */
function profileSubjects(
  sources: SubjectSources,
  profile: number,
  signal: AbortSignal,
): { readonly subjects: readonly Subject[]; readonly skipped: readonly Skipped[] } {
  const skipped: Skipped[] = [];
  const ready: Server[] = [];
  for (const server of sources.fleet.servers()) {
    if (server.profile !== profile) continue;
    const reason = reasonAgainst(sources, server);
    if (reason === null) ready.push(server);
    else if (skipped.length < PROFILE_SERVERS) skipped.push({ server_name: server.name, reason });
  }
  const scoreOf = ({ name }: Server): number => sources.risk.assessmentOf(name)?.score ?? 0;
  const chosen = ready.sort((a, b) => scoreOf(b) - scoreOf(a)).slice(0, PROFILE_SERVERS);
  return { subjects: chosen.map((server) => subjectOf(sources, server, signal)), skipped };
}

function issue(loc: readonly string[], msg: string): InvalidInput {
  return new InvalidInput([{ loc, msg, type: 'value_error' }]);
}

interface WhatIfTools {
  readonly sources: SubjectSources;
  readonly clock: Clock;
  readonly ranges: ProfileRanges;
}

function serversOfProfile(fleet: FleetView, profile: number): number {
  let count = 0;
  for (const server of fleet.servers()) if (server.profile === profile) count++;
  return count;
}

/** Answers POST /what-if. */
async function whatIf(
  { server, profile, changes }: WhatIfBody,
  signal: AbortSignal,
  { sources, clock, ranges }: WhatIfTools,
): Promise<WhatIfAnswer> {
  if ((server === undefined) === (profile === undefined)) {
    throw issue(['body', 'server'], "give either 'server' or 'profile'");
  }
  const read = readChanges(changes);
  const dependencies = {
    clock,
    ranges,
    serversOf: (of: number) => serversOfProfile(sources.fleet, of),
    modeOf: (index: number) => sources.forecast.modeOf(index),
  };
  if (server !== undefined) {
    const known = findServer(sources.fleet, server);
    requireReady(sources, known);
    return answerWhatIf([subjectOf(sources, known, signal)], read, [], dependencies);
  }
  const { subjects, skipped } = profileSubjects(sources, profileIndex(profile ?? ''), signal);
  if (subjects.length === 0) {
    const why = skipped[0]?.reason ?? 'No server of the fleet has it.';
    const message = `No server of the profile '${profile}' has a forecast to change. ${why}`;
    throw Object.assign(new ExplainNotReadyError(message), { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  return answerWhatIf(subjects, read, skipped, dependencies);
}

function modelOf(forecast: ForecastStage): GradientModel | null {
  const { id, path } = forecast.status();
  return id === null || path === null ? null : { id, folder: path };
}

/** Builds the stage; threads start when they are first needed. */
export function createExplainStage(options: ExplainStageOptions): ExplainStage {
  const { fleet, forecast, risk, clock, config } = options;
  const metrics = createExplainMetrics(options.registry);
  const sources: SubjectSources = { fleet, forecast: forecast.view, reruns: forecast.reruns, risk };
  const gradients = options.gradients ?? new GradientHost(() => modelOf(forecast));
  const ranges = new ProfileRanges(fleet);
  const explainer = new Explainer({
    fleet,
    clock,
    forecast: forecast.view,
    risk,
    ranges,
    config,
    heat: heatSource(gradients),
  });
  const desk = new ExplanationDesk({
    sources,
    metrics,
    queueLimit: config.queueLimit,
    cacheEntries: config.cacheEntries,
    compute: (subject, method) => explainer.explain(subject, method),
    modelId: () => forecast.status().id,
  });
  const list = new FastList({ sources, fleet, risk, clock, gradients });
  const unsubscribe = fleet.onServerLeft((server) => {
    desk.forget(server);
    list.forget(server);
  });
  return {
    routes: async (app) => {
      await app.register(explainRoutes, {
        desk,
        sources,
        metrics,
        list: (filter, signal) => list.answer(filter, signal),
        whatIf: (body, signal) => whatIf(body, signal, { sources, clock, ranges }),
      });
    },
    explain: (server, method, signal) => explainer.explain(subjectOf(sources, server, signal), method),
    async close() {
      unsubscribe();
      await desk.close();
      await gradients.close();
    },
  };
}
