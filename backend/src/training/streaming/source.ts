import { type Drawable, SourceOrigins } from '../datasets/sampler.ts';
import { refuseStill, stillMetrics } from '../datasets/still.ts';
import { detach, type StepSpan, splitByTime } from '../datasets/windows.ts';
import { StreamingOptionsError } from '../errors.ts';
import {
  describe,
  describeSplit,
  nameOf,
  needWindows,
  noteSize,
  readAndNote,
  unseenSet,
} from '../heldBack.ts';
import type { TrainingSettings } from '../options.ts';
import type { TrainingReporter } from '../reporter.ts';
import type { ChunkPlace, TrainingSource } from '../source.ts';
import { scoredSet, type ValidationSet } from '../validation.ts';
import { ChunkReader } from './chunkReader.ts';
import { ChunkStream } from './chunkStream.ts';
import { type ChunkList, findChunks, surveyChunks } from './chunks.ts';
import { drawHeldBack } from './heldBackWindows.ts';
import { StepPlan } from './stepPlan.ts';

/** Data that is read chunk by chunk in each pass; of it only what the newest chunk's windows need is held. */
export class StreamingSource implements TrainingSource {
  readonly validation: readonly ValidationSet[];
  readonly description: readonly Readonly<Record<string, unknown>>[];
  readonly #reader: ChunkReader;
  readonly #stream: ChunkStream;
  readonly #plan: StepPlan;
  readonly #path: string;
  readonly #train: StepSpan;
  /** What the newest chunk offers, and its position. */
  #offer: { readonly position: number; readonly origins: Drawable } | undefined;

  private constructor(
    reader: ChunkReader,
    stream: ChunkStream,
    plan: StepPlan,
    path: string,
    train: StepSpan,
    heldBack: Pick<TrainingSource, 'validation' | 'description'>,
  ) {
    this.#reader = reader;
    this.#stream = stream;
    this.#plan = plan;
    this.#path = path;
    this.#train = train;
    this.validation = heldBack.validation;
    this.description = heldBack.description;
  }

  /**
   * Looks through the chunks, splits their time as in standard mode, and draws the windows to validate on.
   * @param stepsPerEpoch steps of one pass
   * @throws the data errors of errors.ts, StreamingOptionsError
   */
  static async open(
    settings: TrainingSettings,
    stepsPerEpoch: number,
    reporter: TrainingReporter,
  ): Promise<StreamingSource> {
    if (settings.data.length !== 1) throw new StreamingOptionsError(settings.data.length);
    const [{ path, timeZone = 'UTC' }] = settings.data;
    const found = await findChunks(path);
    const reader = await ChunkReader.open(found.format);
    try {
      const list = await surveyChunks(reader, found);
      noteChunks(list, reporter);
      refuseStill([list], settings.allowStill);
      const split = splitByTime(list, settings.validationShare);
      const plan = new StepPlan(list, split.train, stepsPerEpoch);
      reporter.note(`${plan.origins} origins a server to train on, in ${plan.chunks} chunks.`);
      const stream = new ChunkStream(reader, list, timeZone);
      const heldBack = await holdBack(stream, list, split, settings, reporter);
      return new StreamingSource(reader, stream, plan, path, split.train, heldBack);
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** Steps held now. */
  get heldSteps(): number {
    return this.#stream.heldSteps;
  }

  /** Bytes of rows held now. */
  get heldBytes(): number {
    return this.#stream.heldBytes;
  }

  async windowsFor(step: number): Promise<Drawable> {
    const position = this.#plan.chunkOf(step);
    if (this.#offer?.position === position) return this.#offer.origins;
    const servers = await this.#stream.advanceTo(position);
    const data = { path: this.#path, servers };
    const origins = new SourceOrigins({ data, weight: 1, span: this.#train });
    this.#offer = { position, origins };
    return origins;
  }

  placeOf(step: number): ChunkPlace {
    return { chunk: this.#plan.chunkOf(step) + 1, chunks: this.#plan.chunks };
  }

  isSavePoint(step: number): boolean {
    return this.#plan.isSavePoint(step);
  }

  close(): void {
    this.#reader.close();
  }
}

function noteChunks(list: ChunkList, reporter: TrainingReporter): void {
  noteSize(list, list.servers, reporter);
  const still = stillMetrics(list.extents).map(({ name }) => name);
  if (still.length > 0) reporter.note(`${nameOf(list.path)}: Never moves: ${still.join(', ')}.`);
}

/** The windows to validate on, and what is written about the data. */
async function holdBack(
  stream: ChunkStream,
  list: ChunkList,
  split: { readonly train: StepSpan; readonly validation: StepSpan },
  settings: TrainingSettings,
  reporter: TrainingReporter,
): Promise<Pick<TrainingSource, 'validation' | 'description'>> {
  const { validationWindows: limit, seed, unseen } = settings;
  const samples = await drawHeldBack(stream, list, split.validation, limit, seed);
  const validation = [needWindows(list.path, scoredSet(nameOf(list.path), samples))];
  const chunks = { chunks: list.chunks.length, rows: list.rows };
  const description = [{ ...describe(list, list.servers), ...chunks, ...describeSplit(split) }];
  if (unseen === undefined) return { validation, description };
  const data = await readAndNote(unseen, 'UTC', reporter);
  const set = unseenSet(data, split.train.last, limit);
  // The data set itself must not be held for as long as the run takes.
  validation.push({ ...set, samples: set.samples.map(detach) });
  const unseenDescription = { ...describe(data, data.servers.length), weight: 0 };
  return { validation, description: [...description, unseenDescription] };
}
