/** The run: a world, an Argus, and a clock that jumps to the next step as soon as the last one is dealt with. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { STEP_MS, STEPS_AN_HOUR, stepOf, stepStartMs } from '../../src/catalog/time.ts';
import { DEFAULT_START_MS } from '../../src/simulate/datasetOptions.ts';
import type { Settings } from '../../test/app/support.ts';
import {
  ask,
  type ForecastAnswer,
  type HistoryStatusAnswer,
  mustAsk,
  type TrainingStatsAnswer,
  type TrainingStatusAnswer,
} from './answers.ts';
import { Argus } from './argus.ts';
import { errorsLogged } from './log.ts';
import { observe } from './observer.ts';
import { type SoakOptions, storyOf } from './options.ts';
import { requestOf, send } from './otlpDoor.ts';
import { RECORD_FILE, RecordFile, type RunLine, type SoakRecord } from './record.ts';
import { Scorer } from './scorer.ts';
import { World, type WorldServer } from './world.ts';

/** Steps close this long after their end (fleet.graceSeconds). */
const GRACE_MS = 30_000;
/** The Collector's request arrives a moment before the step is over. */
const BEFORE_END_MS = 500;
/** How often a training under way is looked at; the clock goes on with the time that passes meanwhile. */
const TRAINING_LOOK_MS = 500;
const HISTORY_START_MS = 120_000;
const HISTORY_LOOK_MS = 100;
/** Servers of each group whose forecasts the run scores itself. */
const SCORED_SERVERS = 20;
export const GROUPS = ['released', 'others'] as const;
type Group = (typeof GROUPS)[number];

/** Days of history kept: fewer than the run has, so that retention has something to do. */
const KEEP_DAYS = 10;
/** What differs from the defaults, and why. */
const SETTINGS: Settings = {
  // One client asks for everything.
  ARGUS_API__RATE_LIMITS__ENABLED: 'false',
  ARGUS_HISTORY__KEEP_DAYS: String(KEEP_DAYS),
  // A training has to be over while somebody waits for it.
  ARGUS_TRAINING__EPOCHS: '2',
  ARGUS_TRAINING__SAMPLES_PER_EPOCH: '10000',
  ARGUS_TRAINING__THREADS: '2',
  // One before the release, and none between: drift looks for what is usual anew after each model.
  ARGUS_TRAINING__EVERY_DAYS: '10',
};

const POSITION_FILE = 'position.json';
const LOG_FILE = 'argus.log';
const DATA_FOLDER = 'data';

export class Soak {
  readonly #options: SoakOptions;
  readonly #print: (line: string) => void;
  readonly #file: RecordFile;
  readonly #run: RunLine;
  readonly #world: World;
  readonly #scorers: ReadonlyMap<Group, Scorer>;
  readonly #knownTrainings: Set<string>;
  readonly #begunMs = performance.now();
  #cycleSeconds: number[] = [];
  #clockMs: number;

  private constructor(
    options: SoakOptions,
    print: (line: string) => void,
    file: RecordFile,
    run: RunLine,
    world: World,
    knownTrainings: readonly string[],
  ) {
    this.#options = options;
    this.#print = print;
    this.#file = file;
    this.#run = run;
    this.#world = world;
    this.#knownTrainings = new Set(knownTrainings);
    this.#clockMs = stepStartMs(run.firstStep);
    this.#scorers = new Map(GROUPS.map((group) => [group, new Scorer(scoredServers(world, group))]));
  }

  /** Begins a run in an emptied folder, or goes on with the one that is there. */
  static async run(options: SoakOptions, print: (line: string) => void): Promise<SoakRecord> {
    const file = new RecordFile(join(options.out, RECORD_FILE));
    const earlier = options.resume ? file.read() : undefined;
    if (earlier === undefined) {
      rmSync(options.out, { recursive: true, force: true });
      mkdirSync(options.out, { recursive: true });
    }
    const story = storyOf(options);
    const firstStep = stepOf(DEFAULT_START_MS);
    const world = new World({ ...story, firstStep, servers: options.servers, seed: options.seed });
    const run = earlier?.run ?? runLine(options, world, firstStep);
    if (earlier === undefined) file.add(run);
    const soak = new Soak(options, print, file, run, world, earlier?.trainings.map(keyOf) ?? []);
    await soak.#go(earlier === undefined ? firstStep : positionIn(options.out) + 1);
    const record = file.read();
    if (record === undefined) throw new Error(`The record in ${options.out} is gone.`);
    return record;
  }

  async #go(fromStep: number): Promise<void> {
    const { out } = this.#options;
    for (let step = this.#run.firstStep; step < fromStep; step++) this.#live(step);
    this.#clockMs = stepStartMs(fromStep) + GRACE_MS;
    const argus = await Argus.start({
      nowMs: this.#clockMs,
      dataDir: join(out, DATA_FOLDER),
      settings: SETTINGS,
      logFile: join(out, LOG_FILE),
    });
    try {
      await historyReady(argus.addresses.rest);
      await this.#steps(argus, fromStep);
      await argus.stop();
    } finally {
      argus.kill();
    }
    this.#file.add({
      kind: 'end',
      elapsedSeconds: this.#elapsedSeconds(),
      errorsLogged: errorsLogged(join(out, LOG_FILE)),
    });
  }

  async #steps(argus: Argus, fromStep: number): Promise<void> {
    const endStep = this.#run.firstStep + this.#run.steps;
    let next = requestOf(this.#live(fromStep), fromStep);
    for (let step = fromStep; step < endStep; step++) {
      await this.#waitFor(argus, stepStartMs(step + 1) - BEFORE_END_MS);
      await send(argus.addresses.otlpHttp, next);
      await this.#waitFor(argus, stepStartMs(step + 1) + GRACE_MS);
      const settled = argus.advance(this.#clockMs);
      // The next step is made while Argus is busy with this one.
      if (step + 1 < endStep) next = requestOf(this.#live(step + 1), step + 1);
      this.#cycleSeconds.push(await settled);
      if ((step + 1) % STEPS_AN_HOUR === 0) await this.#hourEnded(argus, step);
      writePosition(this.#options.out, step);
    }
  }

  /** Moves the world on to a step. @returns the servers that measured something */
  #live(step: number): readonly WorldServer[] {
    const measured = this.#world.step(step);
    const rows = new Map(measured.map(({ name, simulated }) => [name, simulated.row]));
    for (const scorer of this.#scorers.values()) scorer.measured(step, rows);
    return measured;
  }

  /**
   * Moves the clock on to a time: in one jump where nothing is under way, and with the time that really passes while a
   * training runs, which takes as long here as it would in service.
   */
  async #waitFor(argus: Argus, untilMs: number): Promise<void> {
    while (this.#clockMs < untilMs && (await this.#isTraining(argus))) {
      const from = performance.now();
      await sleep(TRAINING_LOOK_MS);
      this.#clockMs = Math.min(untilMs, this.#clockMs + performance.now() - from);
      argus.setClock(this.#clockMs);
    }
    this.#clockMs = untilMs;
    argus.setClock(untilMs);
  }

  async #isTraining({ addresses }: Argus): Promise<boolean> {
    return (await mustAsk<TrainingStatusAnswer>(addresses.rest, '/admin/training-status')).training_active;
  }

  async #hourEnded(argus: Argus, step: number): Promise<void> {
    const { firstStep } = this.#run;
    const { rest } = argus.addresses;
    const own = {
      hour: (step + 1 - firstStep) / STEPS_AN_HOUR,
      step,
      elapsedSeconds: this.#elapsedSeconds(),
      meanCycleSeconds: this.#cycleSeconds.reduce((sum, one) => sum + one, 0) / this.#cycleSeconds.length,
      maxCycleSeconds: Math.max(...this.#cycleSeconds),
    };
    this.#cycleSeconds = [];
    const line = await observe({ rest, pid: argus.pid, dataDir: join(this.#options.out, DATA_FOLDER) }, own);
    this.#file.add(line);
    await this.#noteTrainings(rest);
    await this.#score(rest, step);
    const { card, drift, alerts } = line;
    this.#print(
      `hour ${own.hour}: ${own.meanCycleSeconds.toFixed(2)} s a step, loss ${card.relativeLoss?.toFixed(3) ?? '-'}, drift ${drift?.status ?? '-'} ${drift?.score?.toFixed(2) ?? ''}, ${alerts.active} alerts, ${line.model}`,
    );
  }

  async #noteTrainings(rest: string): Promise<void> {
    const stats = await ask<TrainingStatsAnswer>(rest, '/admin/training-stats');
    const startMs = stepStartMs(this.#run.firstStep);
    const hourOf = (time: string) => (Date.parse(time) - startMs) / (STEPS_AN_HOUR * STEP_MS);
    for (const one of stats?.trainings.toReversed() ?? []) {
      const line = {
        kind: 'training',
        id: one.training_id,
        hour: hourOf(one.finished_at),
        startedHour: hourOf(one.started_at),
        trigger: one.trigger,
        cause: one.cause ?? null,
        outcome: one.outcome,
        reason: one.reason,
        model: one.model,
        lossOld: one.comparison?.loss_old ?? null,
        lossNew: one.comparison?.loss_new ?? null,
      } as const;
      if (this.#knownTrainings.has(keyOf(line))) continue;
      this.#knownTrainings.add(keyOf(line));
      this.#file.add(line);
      this.#print(`training (${one.trigger}) ${one.outcome}: ${one.reason}`);
    }
  }

  async #score(rest: string, step: number): Promise<void> {
    for (const [group, scorer] of this.#scorers) {
      const forecasts = new Map<string, ForecastAnswer>();
      for (const name of scorer.servers) {
        const answer = await ask<ForecastAnswer>(rest, `/servers/${encodeURIComponent(name)}/forecast`);
        if (answer !== null) forecasts.set(name, answer);
      }
      scorer.given(step, forecasts);
      for (const { origin, targets } of scorer.due(step)) {
        const hour = (origin + 1 - this.#run.firstStep) / STEPS_AN_HOUR;
        this.#file.add({ kind: 'accuracy', hour, group, targets });
      }
    }
  }

  #elapsedSeconds(): number {
    return (performance.now() - this.#begunMs) / 1000;
  }
}

/** The history's process starts beside Argus; steps that take no time would be over before it is there. */
async function historyReady(rest: string): Promise<void> {
  for (let waited = 0; waited < HISTORY_START_MS; waited += HISTORY_LOOK_MS) {
    if ((await mustAsk<HistoryStatusAnswer>(rest, '/historical/status')).healthy) return;
    await sleep(HISTORY_LOOK_MS);
  }
  throw new Error(`The history has not started in ${HISTORY_START_MS / 1000} s.`);
}

/** A training that was taken and rolled back has two entries. */
function keyOf({ id, outcome }: { readonly id: string; readonly outcome: string }): string {
  return `${id} ${outcome}`;
}

/** Under another name first: a run that is broken off leaves a whole file. */
function writePosition(out: string, step: number): void {
  const path = join(out, POSITION_FILE);
  writeFileSync(`${path}.part`, JSON.stringify({ step }));
  renameSync(`${path}.part`, path);
}

function positionIn(out: string): number {
  return (JSON.parse(readFileSync(join(out, POSITION_FILE), 'utf8')) as { readonly step: number }).step;
}

/** Evenly over the fleet, without those of the cascade: that is another story. */
function scoredServers({ servers }: World, group: Group): readonly string[] {
  const members = servers.filter(
    ({ isReleased, cascadeLag }) => isReleased === (group === 'released') && cascadeLag === null,
  );
  const pool: readonly WorldServer[] = members.length > 0 ? members : servers;
  const count = Math.min(SCORED_SERVERS, pool.length);
  return Array.from({ length: count }, (_, i) => pool[Math.floor((i * pool.length) / count)].name);
}

function runLine(options: SoakOptions, world: World, firstStep: number): RunLine {
  const story = storyOf(options);
  const inCascade = world.servers.filter(({ cascadeLag }) => cascadeLag !== null);
  return {
    kind: 'run',
    servers: options.servers,
    days: options.days,
    seed: options.seed,
    firstStep,
    ...story,
    releasedServers: world.servers.flatMap(({ name, isReleased }) => (isReleased ? [name] : [])),
    cascadeServers: inCascade.map(({ name }) => name),
    cascadeLeader: inCascade.find(({ cascadeLag }) => cascadeLag === 0)?.name ?? '',
    keepDays: KEEP_DAYS,
    begun: new Date().toISOString(),
    cores: availableParallelism(),
    node: process.version,
  };
}
