/** `argus simulate`: a simulated fleet, or this very machine, sends OTLP through the real SDK and exporters. */
import { parseArgs } from 'node:util';
import { type FleetHandle, simulateFleet } from '../simulate/live/fleet.ts';
import { type HostHandle, startHostMetrics } from '../simulate/live/host.ts';
import {
  DEFAULT_INTERVAL_SECONDS,
  PROTOCOLS,
  type Protocol,
  SCENARIOS,
  type Scenario,
} from '../simulate/live/options.ts';
import type { Command } from './index.ts';
import {
  choiceOption,
  durationOption,
  integerOption,
  numberOption,
  UsageError,
  untilAskedToStop,
} from './terminal.ts';

const DEFAULT_SERVERS = 40;
const SECONDS_AN_HOUR = 3600;

interface Sender {
  readonly finished: Promise<void>;
  stop(): Promise<void>;
}

/** Runs until asked to stop, or until a sender is refused for good. */
async function runUntilStopped(senders: readonly Sender[]): Promise<void> {
  try {
    await Promise.race([untilAskedToStop(), ...senders.map((sender) => sender.finished)]);
  } finally {
    await Promise.all(senders.map((sender) => sender.stop()));
  }
}

function announceHistory(fleet: FleetHandle): void {
  fleet.historySent.then(
    ({ servers, points }) =>
      process.stderr.write(`The past of ${servers} servers is in: ${points} points. Live now.\n`),
    () => {}, // `finished` rejects too, and ends the command
  );
}

export const command: Command = {
  usage: `argus simulate --endpoint URL [--protocol ${PROTOCOLS.join('|')}] [--api-key KEY] [--interval ${DEFAULT_INTERVAL_SECONDS}]
               [--servers ${DEFAULT_SERVERS}] [--history 24h] [--speed X] [--seed 1] [--from-server K]
               [--scenario ${SCENARIOS.join('|')}] [--host]

Sends what a Collector's hostmetrics receiver would send: the past first, then a point every interval. --speed replays
the past X times faster than real time instead. --host sends this machine's own metrics; alone, nothing else.`,

  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        endpoint: { type: 'string' },
        protocol: { type: 'string', default: 'grpc' },
        'api-key': { type: 'string' },
        interval: { type: 'string' },
        servers: { type: 'string' },
        history: { type: 'string', default: '24h' },
        speed: { type: 'string' },
        seed: { type: 'string' },
        'from-server': { type: 'string' },
        scenario: { type: 'string', default: 'mixed' },
        host: { type: 'boolean', default: false },
      },
    });
    if (values.endpoint === undefined)
      throw new UsageError('simulate needs --endpoint, such as 127.0.0.1:4317.');
    const apiKey = values['api-key'] ?? process.env.ARGUS_API_KEY;
    const target = {
      endpoint: values.endpoint,
      protocol: choiceOption<Protocol>('protocol', values.protocol, PROTOCOLS),
      intervalSeconds: numberOption('interval', values.interval, DEFAULT_INTERVAL_SECONDS, 1),
      ...(apiKey === undefined ? {} : { apiKey }),
    };
    const host: HostHandle[] = values.host ? [startHostMetrics(target)] : [];
    const servers = integerOption('servers', values.servers, values.host ? 0 : DEFAULT_SERVERS);
    const fleet: FleetHandle[] = [];
    if (servers > 0) {
      fleet.push(
        simulateFleet({
          ...target,
          servers,
          seed: integerOption('seed', values.seed, 1),
          fromServer: integerOption('from-server', values['from-server'], 0),
          scenario: choiceOption<Scenario>('scenario', values.scenario, SCENARIOS),
          historyHours: durationOption('history', values.history) / SECONDS_AN_HOUR,
          speed: numberOption('speed', values.speed, 0),
        }),
      );
    }
    fleet.forEach(announceHistory);
    if (host.length + fleet.length === 0)
      throw new UsageError('There is nothing to send: give --servers or --host.');
    await runUntilStopped([...host, ...fleet]);
    return 0;
  },
};
