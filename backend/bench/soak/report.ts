/** The report of a run as a page: what was promised and found, figures before, during and after, and pictures. */

import { increase, mean } from '../support/statistics.ts';
import type { Claim } from './claims.ts';
import { bytesOnDisk } from './claims.ts';
import { type Findings, hourOf, type PhaseFigures } from './findings.ts';
import type { HourLine, SoakRecord, TrainingLine } from './record.ts';

const HOURS_A_DAY = 24;
const PICTURES: readonly (readonly [file: string, text: string])[] = [
  [
    'accuracy.svg',
    'Accuracy: the forecasts as they were given out, scored by the run itself once they had come true',
  ],
  ['cpu-loss.svg', 'Loss of CPU forecasts beside that of two baselines'],
  ['drift.svg', 'Drift score and signals'],
  ['alerts.svg', 'Open alerts'],
  ['memory.svg', 'Memory'],
  ['disk.svg', 'Disk'],
  ['cycle.svg', 'Time of a step'],
];

export interface ReportContext {
  readonly record: SoakRecord;
  readonly findings: Findings;
  readonly claims: readonly Claim[];
  /** Path of the folder with the pictures, as the page names it. */
  readonly pictures: string;
}

export function renderReport({ record, findings, claims, pictures }: ReportContext): string {
  const { run } = record;
  return `${[
    '# Soak run',
    '',
    `Written by \`npm run soak -- --servers ${run.servers} --days ${run.days} --seed ${run.seed}\` on ${run.begun.slice(0, 10)}. Every figure as measured.`,
    '',
    ...storyOf(record),
    '## What was promised, and what was found',
    '',
    '| promise | found | held |',
    '|---|---|---|',
    ...claims.map(({ text, found, holds }) => `| ${text} | ${cell(found)} | ${holds ? 'yes' : '**no**'} |`),
    '',
    '## Before, during, after',
    '',
    ...phaseTable(findings.phases),
    '',
    '## Trainings',
    '',
    ...trainingTable(record),
    '',
    ...cascadeText(record, findings),
    ...machineText(record),
    '## Pictures',
    '',
    ...PICTURES.flatMap(([file, text]) => [`![${text}](${pictures}/${file})`, '']),
    ...howText(record),
  ].join('\n')}\n`;
}

function storyOf({ run, end }: SoakRecord): readonly string[] {
  const seconds = end?.elapsedSeconds ?? Number.NaN;
  return [
    `A fleet of ${run.servers} simulated servers lives through ${run.days} days in ${(seconds / 60).toFixed(0)} minutes, watched by a whole Argus: the`,
    'network on its workers, the history in its process, trainings in theirs, everything on disk, all of it under a clock that',
    'jumps to the next step as soon as the last one is dealt with. Ordinary incidents, restarts, outages and gaps happen all the time, and twice',
    'something larger:',
    '',
    `- **Day ${day(run.releaseStep / 12)}: a release.** ${run.releasedServers.length} servers (databases, web APIs, ETL) get software that collects work for 2 h 40 min and does it in the`,
    '  next 2 h 40 min, each on its own beat. A day holds four and a half such periods, so the same time yesterday is always the',
    '  opposite. Argus is not told.',
    `- **Day ${day(run.cascadeStep / 12)}: a cascade.** The ${run.cascadeServers.length} servers of one rack are drawn into trouble within half an hour, ${run.cascadeLeader} first.`,
    '',
  ];
}

function phaseTable(phases: readonly PhaseFigures[]): readonly string[] {
  if (phases.length === 0) return ['The run is too short for them.'];
  const row = (text: string, value: (one: PhaseFigures) => string) =>
    `| ${text} | ${phases.map(value).join(' | ')} |`;
  return [
    `| | ${phases.map(({ phase }) => `${phase.name} (day ${day(phase.fromHour)} to ${day(phase.toHour)})`).join(' | ')} |`,
    `|---|${phases.map(() => '---|').join('')}`,
    row("released servers: pinball loss as a share of the best baseline's", (one) => three(one.relativeLoss)),
    row('… CPU used: pinball loss, percentage points', (one) => two(one.cpuLoss)),
    row('… the best baseline’s', (one) => two(one.cpuBaselineLoss)),
    row('… CPU used: mean absolute error of the median, percentage points', (one) => two(one.cpuError)),
    row('… share of what came within the 80 % band', (one) => three(one.coverage)),
    row("other servers: pinball loss as a share of the best baseline's", (one) =>
      three(one.othersRelativeLoss),
    ),
    row('report card at the end: loss of the network, all servers', (one) => three(one.cardLoss)),
    '',
    '"During" begins a day after the release, when no window holds the old world any more, and ends when the first new model is',
    'taken; "after" begins when the last one is. All but the last row are forecasts as they were given out (bands corrected,',
    'baselines standing in where they were better), all 8 hours of them, of 20 servers of each kind.',
  ];
}

function trainingTable({ trainings }: SoakRecord): readonly string[] {
  if (trainings.length === 0) return ['None.'];
  const row = (one: TrainingLine) =>
    `| ${one.startedHour.toFixed(1)} (day ${day(one.startedHour)}) | ${one.trigger} | ${one.outcome} | ${three(one.lossOld)} | ${three(one.lossNew)} | ${cell(one.reason)} |`;
  return [
    '| begun at hour | by | outcome | loss old | loss new | in words |',
    '|---|---|---|---|---|---|',
    ...trainings.map(row),
  ];
}

function cascadeText(
  { run }: SoakRecord,
  { staged, ofRelease, otherCascades, cascadeHour }: Findings,
): readonly string[] {
  const all = [
    ...staged.map((one) => ({ ...one, what: 'the staged one' })),
    ...ofRelease.map((one) => ({ ...one, what: 'servers with the release' })),
    ...otherCascades.map((one) => ({ ...one, what: 'other' })),
  ];
  if (all.length === 0) return [];
  return [
    '## Cascades',
    '',
    '| what | began at hour | detected | leader | members | of the staged | what they share |',
    '|---|---|---|---|---|---|---|',
    ...all.map((one) => {
      const inside = one.members.filter((name) => run.cascadeServers.includes(name)).length;
      return `| ${one.what} | ${hourOf(one.startedAt, run.firstStep).toFixed(1)} | ${hourOf(one.detectedAt, run.firstStep).toFixed(1)} | ${one.leader} | ${one.members.length} | ${inside} | ${cell(one.common)} |`;
    }),
    '',
    `It was staged at hour ${cascadeHour.toFixed(1)}; its symptoms grow from nothing, so the first ones show later.`,
    '',
  ];
}

function machineText({ run, hours, end }: SoakRecord): readonly string[] {
  const last = hours.slice(-HOURS_A_DAY);
  if (last.length === 0) return [];
  const megabytes = (bytes: readonly number[]) => `${(mean(bytes) / 1e6).toFixed(0)} MB`;
  const memory = (name: string) => megabytes(last.flatMap((line) => line.memory[name] ?? []));
  const final = last[last.length - 1];
  const swap = hours.findIndex((line, i) => i > 0 && line.model !== hours[i - 1].model);
  return [
    '## The machine',
    '',
    `${run.cores} cores, Node ${run.node}. ${((end?.elapsedSeconds ?? 0) / 60).toFixed(0)} minutes; a step took ${(1000 * mean(hours.map((line) => line.meanCycleSeconds))).toFixed(0)} ms on average.`,
    `On the last day Argus held ${memory('argus')}, the history process ${memory('history')}; on disk lay ${megabytes(last.map(bytesOnDisk))} beside models, ${final.historyFiles} files of history over ${final.historyDays} days.`,
    ...(swap < HOURS_A_DAY ? [] : [swapText(hours.slice(swap - HOURS_A_DAY, swap))]),
    `${increase(hours.map(({ alerts }) => alerts.opened))} alerts were opened, ${increase(hours.map(({ alerts }) => alerts.resolved))} resolved.`,
    '',
  ];
}

/** Memory taken for a new network beside the old one is not all given back: that is a step, not a slope. */
function swapText(before: readonly HourLine[]): string {
  const level = (lines: readonly HourLine[]) =>
    (mean(lines.flatMap(({ memory }) => memory.argus ?? [])) / 1e6).toFixed(0);
  return `On the day before the first new model Argus had held ${level(before)} MB: a change of the model takes memory for two networks, and not all of it is given back.`;
}

function howText({ run }: SoakRecord): readonly string[] {
  return [
    '## How it is done',
    '',
    `Measurements go through the real door (OTLP over HTTP, one request a step). Settings are the defaults but for a history of ${run.keepDays} days, so`,
    'that retention has something to remove, and trainings every 10 days with an eighth of the samples, so that they end while somebody',
    'waits. While a training runs the clock goes on with the time that really passes. The record is a line of JSON for everything that was seen (`record.jsonl`, written as it goes); a run that',
    'was broken off goes on with `--resume`. Where a promise is not kept the command ends with exit code 1.',
  ];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function day(hour: number): string {
  return String(Math.round((hour / HOURS_A_DAY) * 10) / 10);
}

function two(value: number | null): string {
  return value === null ? '' : value.toFixed(2);
}

function three(value: number | null): string {
  return value === null ? '' : value.toFixed(3);
}
