/** The chain from the agent to the pager, and what can be seen of it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { simulateFleet } from '../../../src/simulate/live/fleet.ts';
import type { FleetOptions } from '../../../src/simulate/live/options.ts';
import { eventually, type ForecastAnswer, stopAfter } from '../support.ts';
import { type Agent, type AgentOptions, createAgent, createGateway, type Gateway } from './collectors.ts';
import { createAlertmanager, createPrometheus, type Restartable, type Waits } from './monitoring.ts';
import { type Notice, type Pager, startPager } from './pager.ts';
import { createShards, type Shard } from './shards.ts';
import { Story } from './story.ts';

/** Name of this machine in Argus. */
export const HOST = 'this-machine';
export const SERVERS = 12;
export const HISTORY_HOURS = 6;
export const HISTORY_STEPS = HISTORY_HOURS * 12;
/** The alert that the chain is watched by. */
export const ALERT = 'ArgusServerCritical';

export interface Stack {
  readonly story: Story;
  readonly pager: Pager;
  readonly alertmanager: Restartable;
  readonly prometheus: Restartable;
  readonly shards: readonly [Shard, Shard];
  readonly gateway: Gateway;
  readonly gatewayKey: string;
  readonly agent: Agent;
}

export interface StackOptions {
  readonly waits?: Waits;
  /** Another machine than this one. */
  readonly agent?: Pick<AgentOptions, 'hostName' | 'hostRoot'>;
}

/** Starts every part of the chain, Argus before those that send to it. */
export async function createStack(
  t: TestContext,
  { waits = 'shortest', agent: machine = { hostName: HOST } }: StackOptions = {},
): Promise<Stack> {
  const story = new Story(t);
  const pager = await startPager(t);
  const alertmanager = await createAlertmanager(t, pager.address, waits);
  let prometheusUrl = '';
  const { shards, keys } = await createShards(t, () => prometheusUrl);
  const prometheus = await createPrometheus(t, {
    targets: shards.map(({ rest }) => rest),
    readKey: keys.read,
    alertmanagerUrl: alertmanager.url,
    waits,
  });
  prometheusUrl = prometheus.url;
  const gatewayKey = randomBytes(16).toString('hex');
  const gateway = await createGateway(t, {
    shards: shards.map(({ otlpGrpc }) => otlpGrpc),
    ingestKey: keys.ingest,
    gatewayKey,
    prometheusUrl,
  });
  const agent = await createAgent(t, { endpoint: gateway.otlpGrpc, key: gatewayKey, waits, ...machine });
  const start = async () => {
    await Promise.all([alertmanager, prometheus, ...shards].map((part) => part.start()));
    await gateway.start();
    await agent.start();
  };
  await story.timed(
    start(),
    (seconds) => `Alertmanager, Prometheus, two instances of Argus, gateway and agent are up (${seconds} s)`,
  );
  return { story, pager, alertmanager, prometheus, shards, gateway, gatewayKey, agent };
}

/** Simulated servers that send their past, then their present, through the gateway. */
export function sendFleet(
  t: TestContext,
  { gateway, gatewayKey, story }: Stack,
  settings: Partial<FleetOptions>,
) {
  const fleet = simulateFleet(
    {
      endpoint: gateway.otlpGrpc,
      apiKey: gatewayKey,
      servers: SERVERS,
      scenario: 'mixed',
      historyHours: HISTORY_HOURS,
      intervalSeconds: 300,
      ...settings,
    },
    { print: (line) => story.tell(`   the fleet: ${line}`) },
  );
  return stopAfter(t, fleet);
}

/** Which of the instances has a server. */
export async function holderOf({ shards }: Stack, server: string): Promise<Shard | undefined> {
  for (const shard of shards) if ((await shard.servers()).has(server)) return shard;
  return undefined;
}

/** The first notice that an alert fires, by its labels and perhaps its route. */
export function firing(
  { pager }: Stack,
  labels: Readonly<Record<string, string>>,
  { sinceMs = 0, route }: { readonly sinceMs?: number; readonly route?: string } = {},
): Notice | undefined {
  return pager.notices.find(
    (notice) =>
      notice.status === 'firing' &&
      notice.atMs >= sinceMs &&
      (route === undefined || notice.route === route) &&
      Object.entries(labels).every(([name, value]) => notice.labels[name] === value),
  );
}

/** Asserts that what a server's instance has of it comes to reach over the whole history, without a gap. */
export async function checkWhole(shard: Shard, server: string): Promise<void> {
  const steps = await eventually(`the whole window of ${server}`, async () => {
    const forecast = await shard.ask<ForecastAnswer>(`/servers/${server}/forecast?history=true`);
    const values = forecast?.history?.targets.load_average ?? [];
    const first = values.findIndex((value) => value !== null);
    const within = values.slice(first, values.findLastIndex((value) => value !== null) + 1);
    // The step under way is not closed, the one before it not always; a newcomer's first forecast starts one step back.
    return within.length >= HISTORY_STEPS - 2 ? within : undefined;
  });
  assert.ok(!steps.includes(null), `${server}: a gap at ${steps.indexOf(null)} of ${steps.length} steps`);
}

/** Notices that a server's critical alert has ended. */
export const resolved = ({ pager }: Stack): readonly Notice[] =>
  pager.notices.filter(({ status, labels }) => status === 'resolved' && labels.alertname === ALERT);

export const secondsBetween = (fromMs: number, toMs: number): string => ((toMs - fromMs) / 1000).toFixed(1);
export const secondsSince = (ms: number): string => secondsBetween(ms, Date.now());
