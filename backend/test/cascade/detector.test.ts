import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CascadeDetector } from '../../src/cascade/detector.ts';
import type { Cascade } from '../../src/cascade/types.ts';
import { METRIC } from '../../src/catalog/metrics.ts';
import { WINDOW_STEPS } from '../../src/catalog/time.ts';
import { FIRST_STEP, failingTogether, NOON_OF_DAY_3, run, serversOf } from './support.ts';

const SERVERS = serversOf(40);
const RACK = SERVERS.slice(10, 15).map(({ name }) => name);
const RACK_SORTED = [...RACK].sort();
const DAYS = 3;

function only(seen: ReadonlyMap<string, Cascade>): Cascade {
  assert.equal(seen.size, 1, `${seen.size} cascades`);
  return [...seen.values()][0];
}

const namesOf = ({ members }: Cascade) => members.map(({ server }) => server).sort();

describe('servers of one rack that fail one after the other', () => {
  const { seen, active } = run({
    servers: SERVERS,
    days: DAYS,
    course: failingTogether(RACK, NOON_OF_DAY_3, 2),
  });
  const cascade = only(seen);

  it('are one cascade of exactly these', () => assert.deepEqual(namesOf(cascade), RACK_SORTED));

  it('are found within an hour, and over once nobody deviates', () => {
    assert.ok(cascade.detectedStep - NOON_OF_DAY_3 <= 12, `${cascade.detectedStep - NOON_OF_DAY_3} steps`);
    assert.deepEqual(active, []);
    assert.ok(cascade.updatedStep < FIRST_STEP + DAYS * WINDOW_STEPS - 1);
  });

  it('have the first of them as their leader, ten minutes ahead', () => {
    assert.equal(cascade.leader.server, RACK[0]);
    assert.ok(cascade.leader.leadSteps >= 1 && cascade.leader.leadSteps <= 3, `${cascade.leader.leadSteps}`);
    assert.ok(cascade.leader.confidence > 0.5 && cascade.leader.confidence <= 1);
    assert.ok(Math.abs(cascade.beganStep - NOON_OF_DAY_3) <= 1);
  });

  it('have the rack in common', () => {
    const { kind, key, value, inside, outside, pValue } = cascade.common;
    assert.deepEqual({ kind, key, value }, { kind: 'attribute', key: 'rack', value: 'rack-2' });
    assert.equal(inside, 1);
    assert.equal(outside, 0);
    assert.ok(pValue < 1e-4);
  });

  it('are told with what they show, all beyond two spreads and alike in course', () => {
    assert.equal(cascade.channels[0].channel.direction, 'up');
    for (const { z, correlation } of cascade.members) {
      assert.ok(z > 2);
      assert.ok(correlation > 0.7);
    }
  });
});

describe('a server of another rack that falters by itself shortly before', () => {
  const stranger = SERVERS[27].name;
  const alone = failingTogether([stranger], NOON_OF_DAY_3 - 4, 0);
  const rack = failingTogether(RACK, NOON_OF_DAY_3, 2);
  const { seen } = run({
    servers: SERVERS,
    days: DAYS,
    course: (...step) => {
      alone(...step);
      rack(...step);
    },
  });

  it('is no member, and does not lead', () => {
    const cascade = only(seen);
    assert.deepEqual(namesOf(cascade), RACK_SORTED);
    assert.equal(cascade.leader.server, RACK[0]);
  });
});

describe('no cascade', () => {
  it('is seen in a fleet that does what it does every day', () => {
    assert.equal(run({ servers: SERVERS, days: 5 }).seen.size, 0);
  });

  it('is a job that many servers run every night, once a night of it has been seen', () => {
    const { seen } = run({
      servers: SERVERS,
      days: 5,
      course: ({ index }, step, row) => {
        const ofDay = step % WINDOW_STEPS;
        if (index % 2 === 0 || ofDay < 24 + (index % 5) || ofDay >= 40) return;
        row[METRIC.netOut] += 60;
        row[METRIC.cpuIdle] -= 25;
      },
    });
    assert.equal(seen.size, 0);
  });

  it('is two servers, however alike', () => {
    const course = failingTogether(RACK.slice(0, 2), NOON_OF_DAY_3, 1);
    assert.equal(run({ servers: SERVERS, days: DAYS, course }).seen.size, 0);
  });

  it('are servers of different racks that deviate hours apart', () => {
    const names = [2, 11, 23, 34].map((index) => SERVERS[index].name);
    const course = failingTogether(names, NOON_OF_DAY_3, 36);
    assert.equal(run({ servers: SERVERS, days: DAYS, course }).seen.size, 0);
  });

  it('is said before anybody is known', () => {
    const course = failingTogether(RACK, FIRST_STEP + 60, 1);
    assert.equal(run({ servers: SERVERS, days: 0.5, course }).seen.size, 0);
  });
});

describe('a whole fleet that deviates at once', () => {
  const names = SERVERS.map(({ name }) => name);
  const { seen } = run({
    servers: SERVERS,
    days: DAYS,
    course: failingTogether(names, NOON_OF_DAY_3, 0),
  });

  it('is one cascade, with the fleet in common', () => {
    const cascade = only(seen);
    assert.ok(cascade.members.length >= 0.9 * SERVERS.length, `${cascade.members.length}`);
    assert.equal(cascade.common.kind, 'fleet');
  });
});

describe('what is missing', () => {
  it('costs a server without the leading metric its part in that metric, not in the cascade', () => {
    const fails = failingTogether(RACK, NOON_OF_DAY_3, 1);
    const { seen } = run({
      servers: SERVERS,
      days: DAYS,
      course: (server, step, row) => {
        fails(server, step, row);
        if (server.name === RACK[1]) row[METRIC.backCloseWait] = Number.NaN;
      },
    });
    const cascade = only(seen);
    assert.ok(namesOf(cascade).includes(RACK[1]));
  });

  it('does not make one: gaps of NaN, also of a whole rack at once', () => {
    const { seen } = run({
      servers: SERVERS,
      days: DAYS,
      course: (server, step, row) => {
        const isSilent = RACK.includes(server.name) && step >= NOON_OF_DAY_3 && step < NOON_OF_DAY_3 + 20;
        if (isSilent || (server.index * 7 + step) % 31 === 0) row.fill(Number.NaN);
      },
    });
    assert.equal(seen.size, 0);
  });

  it('leaves a cascade standing when a member leaves, and ends it when all have', () => {
    const fails = failingTogether(RACK, NOON_OF_DAY_3, 1, 200);
    const sizes = new Map<number, number>();
    const { active } = run({
      servers: SERVERS,
      days: DAYS,
      course: fails,
      afterStep: (detector, step, now) => {
        if (step === NOON_OF_DAY_3 + 24) detector.forget(10);
        if (step === NOON_OF_DAY_3 + 30) for (const slot of [11, 12, 13, 14]) detector.forget(slot);
        sizes.set(step - NOON_OF_DAY_3, now[0]?.members.length ?? 0);
      },
    });
    assert.deepEqual(
      [24, 25, 30, 31].map((step) => sizes.get(step)),
      [5, 4, 4, 0],
    );
    assert.deepEqual(active, []);
  });

  it('ends a cascade whose members all leave as soon as it is found', () => {
    const { seen, active } = run({
      servers: SERVERS,
      days: DAYS,
      course: failingTogether(RACK, NOON_OF_DAY_3, 1, 200),
      afterStep: (detector, _, now) => {
        if (now.length > 0) for (const slot of [10, 11, 12, 13, 14]) detector.forget(slot);
      },
    });
    assert.deepEqual(active, []);
    for (const { beganStep, leader } of seen.values()) {
      assert.ok(Number.isFinite(beganStep));
      assert.ok(Number.isFinite(leader.leadSteps));
    }
  });

  it('is not counted: a slot given to a newcomer starts from nothing', () => {
    const detector = new CascadeDetector();
    run({ servers: SERVERS, days: 1.5, detector });
    assert.ok(detector.known > 0);
    const [first] = SERVERS;
    detector.forget(first.index);
    assert.equal(detector.has(first), false);
    assert.equal(detector.knows({ ...first, name: 'newcomer' }), false);
  });
});

describe('what must not matter', () => {
  const course = failingTogether(RACK, NOON_OF_DAY_3, 2);
  const reference = only(run({ servers: SERVERS, days: DAYS, course }).seen);

  it('the order and the slots of the servers', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...SERVERS.keys()], { minLength: SERVERS.length }), (order) => {
        const moved = order.map((from, index) => ({ ...SERVERS[from], index }));
        const cascade = only(run({ servers: moved, days: DAYS, course }).seen);
        assert.deepEqual(cascade, reference);
      }),
      { numRuns: 3 },
    );
  });

  it('the unit of a metric, where its spread is above the least one', () => {
    fc.assert(
      fc.property(fc.constantFrom(2, 8, 64), (factor) => {
        const scaled = run({
          servers: SERVERS,
          days: DAYS,
          // Powers of two leave the mantissas as they are.
          course: (server, step, row) => {
            course(server, step, row);
            row[METRIC.netOut] *= factor;
            row[METRIC.netIn] *= factor;
          },
        });
        assert.deepEqual(only(scaled.seen), reference);
      }),
      { numRuns: 3 },
    );
  });
});

describe('after a restart', () => {
  it('a cascade is followed further under its id, from what a window tells', () => {
    const fails = failingTogether(RACK, NOON_OF_DAY_3, 1, 200);
    const before = run({ servers: SERVERS, days: 2.7, course: fails });
    const [cascade] = before.active;
    assert.ok(cascade !== undefined);
    const detector = new CascadeDetector();
    detector.resume([JSON.parse(JSON.stringify(cascade))]);
    run({ servers: SERVERS, days: 0.01, detector });
    // The servers are there again, so the cascade is too.
    const [resumed] = detector.finish(FIRST_STEP + 10).active;
    assert.equal(resumed.id, cascade.id);
    assert.deepEqual(namesOf(resumed), namesOf(cascade));
    assert.equal(resumed.leader.server, cascade.leader.server);
  });

  it('a cascade whose servers did not come back is ended', () => {
    const { active } = run({
      servers: SERVERS,
      days: 2.7,
      course: failingTogether(RACK, NOON_OF_DAY_3, 1, 200),
    });
    const detector = new CascadeDetector();
    detector.resume(active);
    const ended = [1, 2, 3].flatMap((i) => detector.finish(FIRST_STEP + i).ended);
    assert.deepEqual(
      ended.map(({ id }) => id),
      active.map(({ id }) => id),
    );
  });
});
