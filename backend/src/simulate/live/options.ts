import { SimulationOptionError } from '../errors.ts';

export const PROTOCOLS = ['grpc', 'http/protobuf', 'http/json'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export const SCENARIOS = ['healthy', 'degrading', 'critical', 'cascade', 'recovery', 'mixed'] as const;
export type Scenario = (typeof SCENARIOS)[number];

export interface EndpointOptions {
  /** Where OTLP is received: `host:port` or a URL. For HTTP, `/v1/metrics` is added where there is no path. */
  readonly endpoint: string;
  readonly protocol?: Protocol;
  /** Sent as `x-api-key`; empty = none. */
  readonly apiKey?: string;
}

export interface FleetOptions extends EndpointOptions {
  readonly servers: number;
  readonly seed?: number;
  readonly scenario?: Scenario;
  /** Past that is sent first, hours; the step that is under way is part of it. */
  readonly historyHours?: number;
  /** Replays the past this many times faster than real time instead of sending it at once; 0 = at once. */
  readonly speed?: number;
  /** Seconds between the live points of a server. */
  readonly intervalSeconds?: number;
  /** Number of the first server: other numbers are other servers. */
  readonly fromServer?: number;
}

export interface HostOptions extends EndpointOptions {
  readonly intervalSeconds?: number;
}

const MAX_SERVERS = 20_000;
const MAX_HISTORY_HOURS = 24 * 14;
const MAX_SPEED = 1_000_000;
export const DEFAULT_INTERVAL_SECONDS = 15;

function check(valid: boolean, message: string): void {
  if (!valid) throw new SimulationOptionError(message);
}

const isWhole = (value: number, low: number, high: number) =>
  Number.isSafeInteger(value) && value >= low && value <= high;

function urlOf(endpoint: string, protocol: Protocol): string {
  const given = /^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint) ? endpoint : `http://${endpoint}`;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new SimulationOptionError(
      `--endpoint is '${endpoint}'; it must be host:port or an http(s) URL, such as 127.0.0.1:4317.`,
    );
  }
  if (protocol !== 'grpc' && url.pathname === '/') url.pathname = '/v1/metrics';
  return protocol === 'grpc' ? url.origin : url.href;
}

/**
 * Fills in the defaults; the endpoint becomes the URL the exporter wants.
 * @throws ARGUS_SIMULATE_OPTION naming the option and what it may be
 */
export function checkEndpointOptions(options: EndpointOptions): Required<EndpointOptions> {
  const { endpoint, protocol = 'grpc', apiKey = '' } = options;
  check(
    PROTOCOLS.includes(protocol),
    `--protocol is '${protocol}'; it must be one of ${PROTOCOLS.join(', ')}.`,
  );
  check(/^[\x20-\x7e]*$/.test(apiKey), '--api-key holds characters that cannot stand in a header.');
  return { endpoint: urlOf(endpoint, protocol), protocol, apiKey };
}

function checkInterval(intervalSeconds: number): void {
  check(
    intervalSeconds >= 1 && intervalSeconds <= 300,
    `--interval is ${intervalSeconds}; it must be from 1 to 300 seconds.`,
  );
}

/**
 * Fills in the defaults.
 * @throws ARGUS_SIMULATE_OPTION naming the option and what it may be
 */
export function checkFleetOptions(options: FleetOptions): Required<FleetOptions> {
  const complete: Required<FleetOptions> = {
    seed: 1,
    scenario: 'mixed',
    historyHours: 24,
    speed: 0,
    intervalSeconds: DEFAULT_INTERVAL_SECONDS,
    fromServer: 0,
    ...options,
    ...checkEndpointOptions(options),
  };
  const { servers, seed, scenario, historyHours, speed, intervalSeconds, fromServer } = complete;
  check(
    isWhole(servers, 1, MAX_SERVERS),
    `--servers is ${servers}; it must be a whole number from 1 to ${MAX_SERVERS}.`,
  );
  check(
    isWhole(seed, 0, Number.MAX_SAFE_INTEGER),
    `--seed is ${seed}; it must be a whole number of at least 0.`,
  );
  check(
    SCENARIOS.includes(scenario),
    `--scenario is '${scenario}'; it must be one of ${SCENARIOS.join(', ')}.`,
  );
  check(
    historyHours >= 0 && historyHours <= MAX_HISTORY_HOURS,
    `--history is ${historyHours} h; it must be from 0h to ${MAX_HISTORY_HOURS}h.`,
  );
  check(
    speed === 0 || (speed >= 1 && speed <= MAX_SPEED),
    `--speed is ${speed}; it must be from 1 to ${MAX_SPEED}, or left out to send the past at once.`,
  );
  checkInterval(intervalSeconds);
  check(
    isWhole(fromServer, 0, 1e9),
    `--from-server is ${fromServer}; it must be a whole number of at least 0.`,
  );
  return complete;
}

/**
 * Fills in the defaults.
 * @throws ARGUS_SIMULATE_OPTION naming the option and what it may be
 */
export function checkHostOptions(options: HostOptions): Required<HostOptions> {
  const { intervalSeconds = DEFAULT_INTERVAL_SECONDS } = options;
  checkInterval(intervalSeconds);
  return { ...checkEndpointOptions(options), intervalSeconds };
}
