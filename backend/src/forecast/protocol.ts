/** What the pool and its workers say to each other. */

import type { ForecastBatch } from './batch.ts';

export interface SessionSettings {
  /** Providers in the order they are tried, `cpu` last. */
  readonly providers: readonly ProviderName[];
  readonly threads: number;
  /** Servers of the run that warms a session up; 0 for none. */
  readonly warmUpServers: number;
}

export type ProviderName = 'cuda' | 'webgpu' | 'cpu';

/** A provider that was tried and did not load. */
export interface ProviderProblem {
  readonly provider: ProviderName;
  readonly message: string;
}

/** Makes a session of the graph under a generation's number, beside those that are there. */
export interface LoadRequest {
  readonly kind: 'load';
  readonly id: number;
  readonly generation: number;
  readonly graphPath: string;
  readonly settings: SessionSettings;
}

export interface ForecastRequest {
  readonly kind: 'forecast';
  readonly id: number;
  readonly generation: number;
  readonly batch: ForecastBatch;
  readonly count: number;
  /** False leaves the network's numbers as they are, for the golden check. */
  readonly finish: boolean;
}

export interface InspectRequest {
  readonly kind: 'inspect';
  readonly id: number;
  readonly generation: number;
  readonly batch: ForecastBatch;
  readonly count: number;
}

export type WorkerRequest =
  | LoadRequest
  | ForecastRequest
  | InspectRequest
  /** Frees a session; runs asked for earlier come first. */
  | { readonly kind: 'release'; readonly generation: number }
  /** Frees all sessions and ends the thread; runs asked for earlier come first. */
  | { readonly kind: 'close' };

/** The network's own diagnostics; they are no attributions. */
export interface Inspection {
  /** [count][12][24], horizon patch × context and horizon patch. */
  readonly attention: Float32Array;
  /** [count][12][METRIC_COUNT], variable selection of the context. */
  readonly variableWeights: Float32Array;
}

export interface LoadedReply {
  readonly kind: 'loaded';
  readonly id: number;
  readonly provider: ProviderName;
  readonly problems: readonly ProviderProblem[];
}

export interface ForecastReply {
  readonly kind: 'forecast';
  readonly id: number;
  /** Time in the network, without waiting. */
  readonly seconds: number;
}

export interface InspectReply extends Inspection {
  readonly kind: 'inspect';
  readonly id: number;
}

export type WorkerReply =
  | LoadedReply
  | ForecastReply
  | InspectReply
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
