import type { ChunkPlace } from './source.ts';
import type { ValidationScore } from './validation.ts';

/** Where a run stands within an epoch. */
export interface StepReport {
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  readonly epochs: number;
  /** Mean training loss of the epoch so far, in the network's scaled space. */
  readonly loss: number;
  readonly samplesPerSecond: number;
  readonly secondsLeft: number;
  /** Where data is read chunk by chunk. */
  readonly place?: ChunkPlace;
}

/** What an epoch came to. */
export interface EpochReport {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly samplesPerSecond: number;
  readonly validation: ValidationScore;
  readonly isBest: boolean;
}

/** Hears how a training goes. */
export interface TrainingReporter {
  note(text: string): void;
  step(report: StepReport): void;
  epoch(report: EpochReport): void;
}

/** What the terminal reporter needs of an output stream. */
interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR_WIDTH = 24;
/** A bar is drawn at most this often; a log line appears at most this often where there is no terminal. */
const BAR_MS = 200;
const LINE_MS = 15_000;

/** A progress bar on a terminal; plain lines elsewhere; one line of JSON after each epoch in either. */
export function terminalReporter(
  output: Output,
  now: () => number = () => performance.now(),
): TrainingReporter {
  const isTerminal = output.isTTY === true;
  let lastMs = Number.NEGATIVE_INFINITY;
  const line = (text: string): void => {
    output.write(isTerminal ? `\r\x1b[K${text}\n` : `${text}\n`);
  };
  return {
    note: line,
    step(report) {
      if (now() - lastMs < (isTerminal ? BAR_MS : LINE_MS)) return;
      lastMs = now();
      if (isTerminal) output.write(`\r\x1b[K${progressText(report).slice(0, (output.columns ?? 120) - 1)}`);
      else line(progressText(report));
    },
    epoch: (report) => line(JSON.stringify(report)),
  };
}

/** One line: bar, epoch, chunk where there are chunks, loss, speed, time left. */
export function progressText(report: StepReport): string {
  const filled = Math.round((BAR_WIDTH * report.step) / report.totalSteps);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  const loss = report.loss.toFixed(4);
  const speed = report.samplesPerSecond.toFixed(0);
  const chunk = report.place === undefined ? '' : ` chunk ${report.place.chunk}/${report.place.chunks}`;
  return `${bar} epoch ${report.epoch}/${report.epochs}${chunk} step ${report.step}/${report.totalSteps} loss ${loss} ${speed} samples/s, ${durationText(report.secondsLeft)} left`;
}

function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

/** Says nothing; for tests and for callers that only want the result. */
export const silentReporter: TrainingReporter = { note: () => {}, step: () => {}, epoch: () => {} };
