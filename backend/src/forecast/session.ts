/** One onnxruntime session of a forecast graph. Lives in a worker: a run blocks its thread. */

import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { CALENDAR_COUNT, CALENDAR_SIZE, PATCH_COUNT } from '../catalog/calendar.ts';
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { QUANTILE_COUNT, TARGET_COUNT } from '../catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../catalog/time.ts';
import type { ForecastBatch } from './batch.ts';
import { createBatch, FORECAST_SIZE, WINDOW_SIZE } from './batch.ts';
import type { Inspection, ProviderName, ProviderProblem, SessionSettings } from './protocol.ts';

// A provider that does not load is reported by us, once; onnxruntime would print it as well.
env.logLevel = 'fatal';
/** onnxruntime's own number for messages that end the process. */
const FATAL = 4;
const LINE = /[\r\n].*/s;
/** A message beyond this length is a dump, not a reason. */
const MESSAGE_LENGTH = 300;

export interface OpenedSession {
  readonly session: NetworkSession;
  readonly provider: ProviderName;
  /** Providers tried before and why they did not load. */
  readonly problems: readonly ProviderProblem[];
}

/**
 * Opens a graph with the first provider that loads and runs it.
 * @throws Error with the reasons of all providers where none does
 */
export async function openSession(graphPath: string, settings: SessionSettings): Promise<OpenedSession> {
  const problems: ProviderProblem[] = [];
  for (const provider of settings.providers) {
    try {
      const session = await createSession(graphPath, provider, settings);
      return { session, provider, problems };
    } catch (error) {
      problems.push({ provider, message: reasonOf(error) });
    }
  }
  throw new Error(problems.map(({ provider, message }) => `${provider}: ${message}`).join('; '));
}

async function createSession(
  graphPath: string,
  provider: ProviderName,
  settings: SessionSettings,
): Promise<NetworkSession> {
  const inner = await InferenceSession.create(graphPath, {
    executionProviders: [provider],
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: FATAL,
    // Fused skip and layer normalisation is slower on the CPU than the two apart.
    extra: { optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' } },
  });
  const session = new NetworkSession(inner);
  try {
    await session.warmUp(settings.warmUpServers);
  } catch (error) {
    await session.release();
    throw error;
  }
  return session;
}

/** The first line of an error: onnxruntime adds stacks and paths of its build after it. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(LINE, '').slice(0, MESSAGE_LENGTH);
}

export class NetworkSession {
  readonly #inner: InferenceSession;
  #window = new Float32Array(0);
  #calendar = new Float32Array(0);
  #quantiles = new Float32Array(0);

  constructor(inner: InferenceSession) {
    this.#inner = inner;
  }

  /** Runs the network on nothing, which makes onnxruntime take the memory it will need. */
  async warmUp(servers: number): Promise<void> {
    if (servers > 0) await this.forecast(createBatch(servers), servers);
  }

  /** Fills the batch's quantiles with what the network says of its first `count` servers. */
  async forecast(batch: ForecastBatch, count: number): Promise<void> {
    const length = count * FORECAST_SIZE;
    if (this.#quantiles.length < length) this.#quantiles = new Float32Array(length);
    const quantiles = this.#quantiles.subarray(0, length);
    const dims = [count, TARGET_COUNT, HORIZON_STEPS, QUANTILE_COUNT];
    // An output given memory of its own leaves no garbage of half a megabyte a run.
    await this.#inner.run(this.#inputs(batch, count), { quantiles: new Tensor('float32', quantiles, dims) });
    batch.quantiles.set(quantiles);
  }

  /** Attention and variable selection of the first `count` servers. */
  async inspect(batch: ForecastBatch, count: number): Promise<Inspection> {
    const outputs = await this.#inner.run(this.#inputs(batch, count), ['attention', 'variable_weights']);
    return {
      attention: Float32Array.from(floatsOf(outputs, 'attention')),
      variableWeights: Float32Array.from(floatsOf(outputs, 'variable_weights')),
    };
  }

  /** Frees the session. Nothing may run in it or be asked of it afterwards. */
  release(): Promise<void> {
    return this.#inner.release();
  }

  #inputs(batch: ForecastBatch, count: number): InferenceSession.FeedsType {
    // Not every build of onnxruntime takes tensors over shared memory, so they are copied to the thread's own.
    if (this.#window.length < count * WINDOW_SIZE) {
      this.#window = new Float32Array(count * WINDOW_SIZE);
      this.#calendar = new Float32Array(count * CALENDAR_SIZE);
    }
    const window = this.#window.subarray(0, count * WINDOW_SIZE);
    const calendar = this.#calendar.subarray(0, count * CALENDAR_SIZE);
    window.set(batch.window.subarray(0, window.length));
    calendar.set(batch.calendar.subarray(0, calendar.length));
    return {
      window: new Tensor('float32', window, [count, WINDOW_STEPS, METRIC_COUNT]),
      calendar: new Tensor('float32', calendar, [count, PATCH_COUNT, CALENDAR_COUNT]),
      profile: integerTensor(batch.profile, count),
      server: integerTensor(batch.server, count),
    };
  }
}

function integerTensor(values: Int32Array, count: number): Tensor {
  return new Tensor('int64', BigInt64Array.from(values.subarray(0, count), BigInt), [count]);
}

function floatsOf(outputs: InferenceSession.ReturnType, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`the graph's output '${name}' is not float32`);
  return data;
}
