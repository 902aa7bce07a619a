import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { CALENDAR_COUNT, PATCH_COUNT } from '../catalog/calendar.ts';
import { METRIC_COUNT } from '../catalog/metrics.ts';
import { TARGET_COUNT } from '../catalog/targets.ts';
import { HORIZON_STEPS, WINDOW_STEPS } from '../catalog/time.ts';
import type { Manifest } from '../forecast/manifest.ts';
import { TrainingDivergedError } from './errors.ts';
import type { NetworkBatch } from './inputs.ts';
import type { OptimizerState } from './weights.ts';

export const TRAIN_GRAPH_FILE = 'train.onnx';

/** onnxruntime's own number for messages that are errors. */
const ERRORS_ONLY = 3;

export interface StepResult {
  /** Mean pinball loss in the network's scaled space. */
  readonly loss: number;
  /** Norm of the gradient before clipping. */
  readonly gradientNorm: number;
}

/** The training graph with its weights and moments: one call is one step of AdamW. */
export class Stepper {
  readonly #session: InferenceSession;
  readonly #noiseColumns: number;
  #state: OptimizerState;

  private constructor(session: InferenceSession, noiseColumns: number, state: OptimizerState) {
    this.#session = session;
    this.#noiseColumns = noiseColumns;
    this.#state = state;
  }

  /** @param folder the bundle whose train.onnx is run */
  static async open(
    folder: string,
    manifest: Manifest,
    state: OptimizerState,
    threads: number,
  ): Promise<Stepper> {
    const session = await InferenceSession.create(join(folder, TRAIN_GRAPH_FILE), {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: ERRORS_ONLY,
      // Fused skip and layer normalisation is slower on the CPU than the two apart.
      extra: { optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' } },
    });
    return new Stepper(session, manifest.training.noise_columns, state);
  }

  /** Weights and moments after the last step. */
  get state(): OptimizerState {
    return this.#state;
  }

  /**
   * @param step 1-based number of the optimizer's step, for its bias correction
   * @param noise [batch][noise columns], uniform in [0, 1)
   * @throws TrainingDivergedError
   */
  async run(batch: NetworkBatch, noise: Float32Array, rate: number, step: number): Promise<StepResult> {
    const { weights, firstMoment, secondMoment } = this.#state;
    const outputs = await this.#session.run({
      ...batchTensors(batch),
      ...(this.#noiseColumns > 0 && {
        noise: new Tensor('float32', noise, [batch.count, this.#noiseColumns]),
      }),
      parameters: vector(weights),
      first_moment: vector(firstMoment),
      second_moment: vector(secondMoment),
      learning_rate: scalar(rate),
      step: scalar(step),
    });
    const values = (name: string): Float32Array => outputs[name].data as Float32Array;
    const result = { loss: values('loss')[0], gradientNorm: values('gradient_norm')[0] };
    if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm)) {
      throw new TrainingDivergedError(step);
    }
    this.#state = {
      weights: values('parameters_out'),
      firstMoment: values('first_moment_out'),
      secondMoment: values('second_moment_out'),
    };
    return result;
  }

  close(): Promise<void> {
    return this.#session.release();
  }
}

function batchTensors({
  count,
  window,
  calendar,
  profile,
  server,
  actual,
}: NetworkBatch): Record<string, Tensor> {
  return {
    window: new Tensor('float32', window, [count, WINDOW_STEPS, METRIC_COUNT]),
    calendar: new Tensor('float32', calendar, [count, PATCH_COUNT, CALENDAR_COUNT]),
    profile: new Tensor('int64', BigInt64Array.from(profile, BigInt), [count]),
    server: new Tensor('int64', BigInt64Array.from(server, BigInt), [count]),
    actual: new Tensor('float32', actual, [count, TARGET_COUNT, HORIZON_STEPS]),
  };
}

function vector(values: Float32Array): Tensor {
  return new Tensor('float32', values, [values.length]);
}

function scalar(value: number): Tensor {
  return new Tensor('float32', Float32Array.of(value), []);
}
