import { join } from 'node:path';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { Manifest } from '../forecast/manifest.ts';
import { TrainingDivergedError } from './errors.ts';
import { actualTensor, inputTensors, type NetworkBatch } from './inputs.ts';
import { openGraph } from './runtime.ts';
import type { OptimizerState } from './weights.ts';

export const TRAIN_GRAPH_FILE = 'train.onnx';

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
    const session = await openGraph(join(folder, TRAIN_GRAPH_FILE), threads);
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
      ...inputTensors(batch),
      actual: actualTensor(batch),
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

function vector(values: Float32Array): Tensor {
  return new Tensor('float32', values, [values.length]);
}

function scalar(value: number): Tensor {
  return new Tensor('float32', Float32Array.of(value), []);
}
