import type { DataFrame } from '@grafana/data';
import type { Fleet, FleetServer } from '../../data/fleet';
import { FLEET_FIELD } from '../../shared/frames';
import { LEVELS } from '../../shared/levels';
import * as show from './fieldConfigs';
import { numbers, table, words } from './table';

function levelName({ alert }: FleetServer): string | null {
  return LEVELS.find(({ name }) => name === alert.level)?.name ?? null;
}

/** One table, a row a server, those at most risk first. */
export function fleetFrame(refId: string, { servers, timestamp }: Fleet): DataFrame {
  const columns = [
    words<FleetServer>(FLEET_FIELD.server, show.SERVER, ({ name }) => name),
    words<FleetServer>(FLEET_FIELD.profile, show.PROFILE, ({ profile }) => profile),
    words<FleetServer>(FLEET_FIELD.level, show.LEVEL, levelName),
    numbers<FleetServer>(FLEET_FIELD.risk, show.RISK, (server) => server.risk_score),
    words<FleetServer>(FLEET_FIELD.mode, show.MODE, ({ mode }) => mode),
    numbers<FleetServer>(
      FLEET_FIELD.probability30m,
      show.probability('Fails within 30 min'),
      (server) => server.failure_probability_30m,
    ),
    numbers<FleetServer>(
      FLEET_FIELD.probability8h,
      show.probability('Fails within 8 h'),
      (server) => server.failure_probability_8h,
    ),
    numbers<FleetServer>(
      FLEET_FIELD.timeToBreach,
      show.seconds('Time to breach'),
      (server) => server.time_to_breach?.seconds,
    ),
    words<FleetServer>(
      FLEET_FIELD.breachMetric,
      show.metric('Breach of'),
      (server) => server.time_to_breach?.metric,
    ),
    words<FleetServer>(
      FLEET_FIELD.breachThreshold,
      show.THRESHOLD,
      (server) => server.time_to_breach?.threshold,
    ),
    words<FleetServer>(FLEET_FIELD.cause, show.text('Cause'), ({ cause }) => cause),
    words<FleetServer>(FLEET_FIELD.reason, show.text('Why not scored'), ({ reason }) => reason),
  ];
  return table(
    { refId, name: 'Fleet', argus: { argus: 'fleet', asOfMs: Date.parse(timestamp) } },
    columns,
    servers,
  );
}
