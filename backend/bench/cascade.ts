/**
 * Servers that deviate together: found, leader right, false alarms, and what a look costs.
 *
 * Fleets are those of `argus generate`, with all their other incidents, or without what can fail (quiet), or with jobs
 * that many servers run at the same hour. ARGUS_CASCADE_SEEDS=tune takes the seeds the thresholds were chosen on; without it
 * the held-back ones are taken.
 */

import { CascadeDetector } from '../src/cascade/detector.ts';
import { LEARNING_DELAY_STEPS } from '../src/cascade/habits.ts';
import type { Cascade } from '../src/cascade/types.ts';
import { METRIC_COUNT } from '../src/catalog/metrics.ts';
import { WINDOW_STEPS } from '../src/catalog/time.ts';
import type { IncidentKind } from '../src/simulate/incidentKinds.ts';
import { INCIDENT_KINDS, INCIDENTS } from '../src/simulate/incidentKinds.ts';
import {
  type CascadeFleet,
  type CascadeFleetOptions,
  cascadeFleet,
  type TrueMember,
} from './support/cascadeFleet.ts';
import { usualValue } from './support/measuredFleet.ts';

const SERVERS = 300;
const DAYS = 28;
/** Cascades and alarms of these first days do not count: habits and rates are being learned. */
const LEARNING_DAYS = 3;
const LEAST_MEMBERS = 3;
/** Members have to show it at the same time for as long as a deviation has to last. */
const LEAST_STEPS_TOGETHER = 3;
/** A cascade may be said to begin a little after the last member got well. */
const SLACK_STEPS = 6;
const COST_SERVERS = [300, 1000, 10_000];
const COST_STEPS = 12;

const isTuning = process.env.ARGUS_CASCADE_SEEDS === 'tune';
const SEEDS = isTuning
  ? { cascades: [101, 102, 103, 901, 902, 1001, 1002], quiet: [201], calm: [202], jobs: [203] }
  : { cascades: [3001, 3002, 3003], quiet: [3011], calm: [3021], jobs: [3031] };

const FAILING: readonly IncidentKind[] = INCIDENT_KINDS.filter((kind) => INCIDENTS[kind].canFail);

interface Followed {
  readonly fleet: CascadeFleet;
  readonly said: readonly Cascade[];
}

function follow(options: CascadeFleetOptions): Followed {
  const fleet = cascadeFleet(options);
  const detector = new CascadeDetector();
  const said = new Map<string, Cascade>();
  const unmeasured = new Float32Array(fleet.servers.length * METRIC_COUNT).fill(Number.NaN);
  const kept: Float32Array[] = [];
  for (let step = fleet.firstStep; step < fleet.endStep; step++) {
    const rows = fleet.next(step);
    kept.push(rows);
    if (kept.length > LEARNING_DELAY_STEPS + 1) kept.shift();
    const earlier = kept.length > LEARNING_DELAY_STEPS ? kept[0] : unmeasured;
    for (const server of fleet.servers) {
      const at = server.index * METRIC_COUNT;
      detector.take(server, step, rows, at, earlier, at);
    }
    const { active, ended } = detector.finish(step);
    for (const cascade of [...active, ...ended]) said.set(cascade.id, cascade);
  }
  return { fleet, said: [...said.values()] };
}

/** Steps in which at least LEAST_MEMBERS of a cascade showed it. */
function stepsTogether(members: readonly TrueMember[]): number {
  const from = Math.min(...members.map(({ record }) => record.firstSymptomStep));
  const to = Math.max(...members.map(({ record }) => record.endStep));
  let together = 0;
  for (let step = from; step < to; step++) {
    const showing = members.filter(({ record }) => record.firstSymptomStep <= step && step < record.endStep);
    if (showing.length >= LEAST_MEMBERS) together++;
  }
  return together;
}

interface Counted {
  cascades: number;
  found: number;
  foundOfAll: number;
  all: number;
  leaderByOnset: number;
  leaderBySymptom: number;
  commonRack: number;
  confidence: number;
  falseAlarms: number;
  delays: number[];
}

const newCount = (): Counted => ({
  cascades: 0,
  found: 0,
  foundOfAll: 0,
  all: 0,
  leaderByOnset: 0,
  leaderBySymptom: 0,
  commonRack: 0,
  confidence: 0,
  falseAlarms: 0,
  delays: [],
});

type StepName = 'onsetStep' | 'firstSymptomStep';

function isFirst(members: readonly TrueMember[], slot: number | undefined, by: StepName): boolean {
  const first = Math.min(...members.map(({ record }) => record[by]));
  return members.some((member) => member.slot === slot && member.record[by] === first);
}

/** What was said of a true cascade: the alarm that has most of its members, at least two and half of those it names. */
function matching(members: readonly TrueMember[], { fleet, said }: Followed): Cascade | undefined {
  const slots = new Map(fleet.servers.map(({ name, index }) => [name, index]));
  const hits = (cascade: Cascade) =>
    members.filter(
      ({ slot, record }) =>
        cascade.members.some(({ server }) => slots.get(server) === slot) &&
        record.onsetStep <= cascade.detectedStep &&
        cascade.beganStep <= record.endStep + SLACK_STEPS,
    ).length;
  return said
    .filter((cascade) => hits(cascade) >= Math.max(2, cascade.members.length / 2))
    .sort((a, b) => hits(b) - hits(a))[0];
}

function count(followed: Followed, into: Counted): void {
  const { fleet, said } = followed;
  const slots = new Map(fleet.servers.map(({ name, index }) => [name, index]));
  const countsFrom = fleet.firstStep + LEARNING_DAYS * WINDOW_STEPS;
  const explained = new Set<Cascade>();
  for (const group of fleet.truth()) {
    const answer = matching(group, followed);
    if (answer !== undefined) explained.add(answer);
    const visible = group.filter(({ record }) => record.hasPrecursor);
    if (visible.length < LEAST_MEMBERS || group[0].record.onsetStep < countsFrom) continue;
    into.all++;
    if (answer !== undefined) into.foundOfAll++;
    const showing = visible.filter(({ slot }) => fleet.showsCascades(slot));
    if (showing.length < LEAST_MEMBERS || stepsTogether(showing) < LEAST_STEPS_TOGETHER) continue;
    into.cascades++;
    if (answer === undefined) continue;
    into.found++;
    const leader = slots.get(answer.leader.server);
    if (isFirst(visible, leader, 'onsetStep')) into.leaderByOnset++;
    if (isFirst(visible, leader, 'firstSymptomStep')) into.leaderBySymptom++;
    if (answer.common.key === 'rack') into.commonRack++;
    into.confidence += answer.leader.confidence;
    const symptoms = showing.map(({ record }) => record.firstSymptomStep).sort((a, b) => a - b);
    into.delays.push(answer.detectedStep - symptoms[LEAST_MEMBERS - 1]);
  }
  into.falseAlarms += said.filter(
    (cascade) => !explained.has(cascade) && cascade.detectedStep >= countsFrom,
  ).length;
}

const share = (part: number, whole: number) => Number((part / whole).toFixed(3));
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];

function countAll(seeds: readonly number[], options: Omit<CascadeFleetOptions, 'seed' | 'servers' | 'days'>) {
  const counted = newCount();
  for (const seed of seeds) count(follow({ seed, servers: SERVERS, days: DAYS, ...options }), counted);
  return { counted, weeks: (seeds.length * (DAYS - LEARNING_DAYS)) / 7 };
}

function cascadeFigures(seeds: readonly number[], attributes: boolean) {
  const { counted, weeks } = countAll(seeds, { attributes, sharedJobs: false });
  const { found } = counted;
  return {
    cascades: counted.cascades,
    found: share(found, counted.cascades),
    found_of_all_with_three_visible: share(counted.foundOfAll, counted.all),
    all_with_three_visible: counted.all,
    leader_right: share(counted.leaderByOnset, found),
    leader_first_to_show: share(counted.leaderBySymptom, found),
    mean_confidence: share(counted.confidence, found),
    rack_named: share(counted.commonRack, found),
    median_delay_minutes: 5 * median(counted.delays),
    false_per_week: share(counted.falseAlarms, weeks),
  };
}

function falsePerWeek(
  seeds: readonly number[],
  withoutKinds: readonly IncidentKind[],
  sharedJobs: boolean,
  attributes: boolean,
) {
  const { counted, weeks } = countAll(seeds, { withoutKinds, sharedJobs, attributes });
  return { weeks: Number(weeks.toFixed(1)), false_per_week: share(counted.falseAlarms, weeks) };
}

/** Time and memory of a look, on servers with daily cycles and noise. */
function costOf(servers: number) {
  const observed = Array.from({ length: servers }, (_, index) => ({
    index,
    name: `host${String(index).padStart(5, '0')}.example.net`,
    profile: index % 7,
    attributes: new Map([
      ['rack', `rack-${Math.floor(index / 20)}`],
      ['cloud.availability_zone', `zone-${index % 3}`],
    ]),
  }));
  const window = new Float32Array(WINDOW_STEPS * METRIC_COUNT);
  const detector = new CascadeDetector();
  const before = process.memoryUsage();
  const lastStep = WINDOW_STEPS * 20_000;
  const fill = (slot: number, last: number) => {
    for (let row = 0; row < WINDOW_STEPS; row++) {
      for (let metric = 0; metric < METRIC_COUNT; metric++) {
        window[row * METRIC_COUNT + metric] = usualValue(slot, metric, last - WINDOW_STEPS + 1 + row);
      }
    }
  };
  for (const server of observed) {
    fill(server.index, lastStep);
    detector.learnDay(server, lastStep, window);
  }
  const times: number[] = [];
  for (let step = lastStep + 1; step <= lastStep + COST_STEPS; step++) {
    let spent = 0;
    for (const server of observed) {
      for (const ago of [0, LEARNING_DELAY_STEPS]) {
        for (let metric = 0; metric < METRIC_COUNT; metric++) {
          window[ago * METRIC_COUNT + metric] = usualValue(server.index, metric, step - ago);
        }
      }
      // One server in fifty deviates, so that there is something to search.
      if (server.index % 50 === 0) window[METRIC_COUNT - 2] = window[METRIC_COUNT - 2] * 8 + 20;
      const started = performance.now();
      detector.take(server, step, window, 0, window, LEARNING_DELAY_STEPS * METRIC_COUNT);
      spent += performance.now() - started;
    }
    const started = performance.now();
    detector.finish(step);
    times.push(spent + performance.now() - started);
  }
  const after = process.memoryUsage();
  const grown = after.arrayBuffers - before.arrayBuffers;
  return {
    servers,
    median_ms: Number(median(times).toFixed(1)),
    most_ms: Number(Math.max(...times).toFixed(1)),
    arrays_mb: Number((grown / 1e6).toFixed(1)),
  };
}

const started = performance.now();
console.log(
  JSON.stringify({
    bench: 'cascade',
    seeds: isTuning ? 'tune' : 'final',
    servers: SERVERS,
    with_attributes: cascadeFigures(SEEDS.cascades, true),
    without_attributes: cascadeFigures(SEEDS.cascades.slice(0, 1), false),
    no_cascades: falsePerWeek(SEEDS.quiet, ['cascade'], false, true),
    quiet: falsePerWeek(SEEDS.calm, FAILING, false, true),
    quiet_shared_jobs: falsePerWeek(SEEDS.jobs, FAILING, true, true),
    quiet_shared_jobs_without_attributes: falsePerWeek(SEEDS.jobs, FAILING, true, false),
    cost: COST_SERVERS.map(costOf),
    bench_seconds: Math.round((performance.now() - started) / 1000),
  }),
);
