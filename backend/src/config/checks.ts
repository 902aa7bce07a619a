/** Mistakes that the schema cannot see: values that do not fit the world or each other. */
import { isIP } from 'node:net';
import { holidaysOn, isTimeZone } from '../catalog/calendar.ts';
import { PROFILES } from '../catalog/profiles.ts';
import { patternProblems, placeProblems } from '../fleet/places.ts';
import { riskConfigProblems } from '../risk/config.ts';
import type { Mistake } from './problem.ts';
import type { Config } from './schema.ts';

const MINUTES_PER_HOUR = 60;
const PROFILE_NAMES = PROFILES.map(({ name }) => name);
const ADDRESS_RANGES = ['loopback', 'linklocal', 'uniquelocal'];

function fleetMistakes({ fleet }: Config): Mistake[] {
  const patterns = fleet.profilePatterns.flatMap(({ pattern }, i) =>
    patternProblems(['profilePatterns', i, 'pattern'], pattern),
  );
  const mistakes: Mistake[] = [...patterns, ...placeProblems(fleet)].map((problem) => ({
    ...problem,
    path: ['fleet', ...problem.path],
  }));
  if (fleet.removeAfterHours * MINUTES_PER_HOUR < fleet.staleAfterMinutes) {
    mistakes.push({
      path: ['fleet', 'removeAfterHours'],
      message: 'is shorter than staleAfterMinutes',
      remedy: 'A server has to be stale before it leaves; raise this or lower that.',
    });
  }
  return mistakes;
}

function trainingMistakes({ training }: Config): Mistake[] {
  const zone = training.quietHours?.timeZone;
  if (zone === undefined || isTimeZone(zone)) return [];
  return [
    {
      path: ['training', 'quietHours', 'timeZone'],
      message: `"${zone}" is no time zone this machine knows`,
      remedy: 'Use an IANA name such as Europe/Berlin.',
    },
  ];
}

function forecastMistakes({ forecast }: Config): Mistake[] {
  return forecast.holidays.flatMap((date, i) => {
    try {
      holidaysOn([date]);
      return [];
    } catch {
      const message = `"${date}" is not a date`;
      return [{ path: ['forecast', 'holidays', i], message, remedy: 'Write dates as YYYY-MM-DD.' }];
    }
  });
}

function riskMistakes({ risk }: Config): Mistake[] {
  return riskConfigProblems(risk, PROFILE_NAMES).map(({ path, message }) => ({
    path: ['risk', ...path.split('/').map((step) => (/^\d+$/.test(step) ? Number(step) : step))],
    message: message.replace(/\.$/, ''),
    remedy: 'docs/configuration.md describes this setting.',
  }));
}

function isAddressRange(text: string): boolean {
  const [address, bits] = text.split('/');
  const family = isIP(address);
  if (family === 0) return ADDRESS_RANGES.includes(text);
  return bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function apiMistakes({ api }: Config): Mistake[] {
  return api.trustedProxies.flatMap((proxy, i) => {
    if (isAddressRange(proxy)) return [];
    const message = `"${proxy}" is no address or range`;
    return [{ path: ['api', 'trustedProxies', i], message, remedy: 'Write it like 10.0.0.1 or 10.0.0.0/8.' }];
  });
}

/** Two listeners cannot share an address; the system would say so only after everything else has started. */
function listenerMistakes({ api, ingest }: Config): Mistake[] {
  const listeners = [
    { path: ['ingest', 'otlp', 'grpc', 'port'], ...ingest.otlp.grpc },
    { path: ['ingest', 'otlp', 'http', 'port'], ...ingest.otlp.http },
    { path: ['api', 'port'], host: api.host, port: api.port },
  ];
  return listeners.flatMap(({ path, host, port }, i) => {
    const other = listeners
      .slice(0, i)
      .find((earlier) => port !== 0 && earlier.host === host && earlier.port === port);
    if (other === undefined) return [];
    const message = `${host}:${port} is taken by ${other.path.slice(0, -1).join('.')} already`;
    return [{ path, message, remedy: 'Give each its own port.' }];
  });
}

/** Mistakes of a configuration whose shape is right; one function for each stage that has such. */
export function deeperMistakes(config: Config): readonly Mistake[] {
  const checks = [
    fleetMistakes,
    forecastMistakes,
    trainingMistakes,
    riskMistakes,
    apiMistakes,
    listenerMistakes,
  ];
  return checks.flatMap((find) => find(config));
}
