/** The simulated fleet of a soak run: ordinary servers, a software release on some profiles, and one cascade. */
import type { ProfileName } from '../../src/catalog/profiles.ts';
import type { Batching } from '../../src/simulate/load.ts';
import { nameServer } from '../../src/simulate/names.ts';
import { RandomStream } from '../../src/simulate/random.ts';
import { SimulatedServer } from '../../src/simulate/server.ts';
import type { Story } from './options.ts';

/** Steps simulated before the first that is sent, so that no state still shows how it started. */
const WARM_UP_STEPS = 288;
/** Profiles that get the release: half of a fleet of any size. */
export const RELEASED_PROFILES: readonly ProfileName[] = ['database', 'web_api', 'etl'];
/**
 * From the release on these servers collect work for 2 h 40 min and do it in the next 2 h 40 min. A day holds four and a
 * half such periods, so "the same time yesterday" is always the opposite.
 */
const RELEASE_PERIOD_STEPS = 64;
const COLLECTING_SHARE = 0.08;
/** The release is rolled out over an hour. */
const ROLL_OUT_STEPS = 12;
/** Servers that stand together and share a switch. */
export const RACK_SERVERS = 12;
const CASCADE_RACK = 0;
/** The members follow the leader within this time: 5 to 30 minutes. */
const CASCADE_LAG_STEPS: readonly [number, number] = [1, 6];
const ZONES = ['zone-a', 'zone-b', 'zone-c'];

export interface WorldOptions extends Story {
  readonly servers: number;
  readonly seed: number;
  readonly firstStep: number;
}

export interface WorldServer {
  readonly name: string;
  readonly profile: ProfileName;
  readonly rack: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly isReleased: boolean;
  /** Steps after the cascade's first at which this server is drawn in; null where it is not. */
  readonly cascadeLag: number | null;
  readonly simulated: SimulatedServer;
}

export class World {
  readonly servers: readonly WorldServer[];

  constructor(options: WorldOptions) {
    this.servers = Array.from({ length: options.servers }, (_, index) => createServer(index, options));
    for (let step = options.firstStep - WARM_UP_STEPS; step < options.firstStep; step++) {
      for (const { simulated } of this.servers) simulated.step(step);
    }
  }

  /**
   * Moves on to a step; steps must come one after the other.
   * @returns the servers that measured anything in it; their rows hold what
   */
  step(step: number): readonly WorldServer[] {
    return this.servers.filter(({ simulated }) => simulated.step(step).measured);
  }
}

function createServer(index: number, options: WorldOptions): WorldServer {
  const { seed, firstStep } = options;
  const { number, name, profile } = nameServer(index);
  const random = new RandomStream(seed, `soak ${number}`);
  const batching = RELEASED_PROFILES.includes(profile) ? releaseOf(random, options) : undefined;
  const rackNumber = Math.floor(index / RACK_SERVERS);
  const cascadeLag = rackNumber === CASCADE_RACK ? lagOf(index, random) : null;
  const simulated = new SimulatedServer({
    seed,
    number,
    name,
    profile,
    firstStep: firstStep - WARM_UP_STEPS,
    cascadeOnsets: new Set(cascadeLag === null ? [] : [firstStep + options.cascadeStep + cascadeLag]),
    regimeChangeStep: Number.POSITIVE_INFINITY,
    ...(batching === undefined ? {} : { batching }),
  });
  const rack = `rack-${String(rackNumber + 1).padStart(2, '0')}`;
  return {
    name,
    profile,
    rack,
    isReleased: batching !== undefined,
    cascadeLag,
    simulated,
    attributes: {
      'host.name': name,
      'argus.profile': profile,
      'argus.timezone': simulated.traits.timeZone,
      'cloud.availability_zone': ZONES[rackNumber % ZONES.length],
      rack,
    },
  };
}

function releaseOf(random: RandomStream, { firstStep, releaseStep }: WorldOptions): Batching {
  return {
    fromStep: firstStep + releaseStep + random.integer([0, ROLL_OUT_STEPS]),
    periodSteps: RELEASE_PERIOD_STEPS,
    phaseSteps: random.integer([0, RELEASE_PERIOD_STEPS - 1]),
    collectingShare: COLLECTING_SHARE,
  };
}

/** The first server of the rack leads. */
function lagOf(index: number, random: RandomStream): number {
  return index % RACK_SERVERS === 0 ? 0 : random.integer(CASCADE_LAG_STEPS);
}
