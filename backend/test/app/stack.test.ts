/**
 * The whole chain in the real programs: Collector (agent and gateway), two instances of Argus, Prometheus, Alertmanager,
 * and what befalls such a chain. `npm run e2e:stack` tells it as it happens.
 */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { COLLECTOR, reasonWithout } from '../otelCollector/support.ts';
import { firingAlerts, query, reasonWithoutMonitoring } from './stack/monitoring.ts';
import {
  ALERT,
  checkWhole,
  createStack,
  firing,
  HISTORY_HOURS,
  HISTORY_STEPS,
  HOST,
  holderOf,
  resolved,
  SERVERS,
  type Stack,
  secondsBetween,
  secondsSince,
  sendFleet,
} from './stack/stack.ts';
import { eventually, sampleSum } from './support.ts';

const LATECOMERS = { servers: 4, fromServer: 300 };
/** Reports of the machine that its instance misses while it is away. */
const MISSED = 4;
const CRITICAL_SCORE = 80;
const NEEDED = ['host_metrics', 'load_balancing', 'prometheus_remote_write', 'otlp_grpc', 'file_storage'];

const skip = reasonWithout(COLLECTOR, NEEDED) || reasonWithoutMonitoring();

async function sharesAndAlerts(t: TestContext, stack: Stack): Promise<void> {
  const { story, shards, prometheus } = stack;
  const startMs = Date.now();
  const fleet = sendFleet(t, stack, {});
  const { points } = await fleet.historySent;
  // From here on the agent is the only one that reports: what arrives can be counted.
  await fleet.stop();
  story.tell(
    `${SERVERS} simulated servers sent ${HISTORY_HOURS} hours through the gateway: ${points} points`,
  );

  const [a, b] = await eventually('all servers, each in one instance', async () => {
    const seen = await Promise.all(shards.map((shard) => shard.servers()));
    return seen[0].size + seen[1].size === SERVERS + 1 ? seen : undefined;
  });
  assert.ok(a.size > 0 && b.size > 0, `${a.size} and ${b.size} servers`);
  assert.deepEqual(
    [...a.keys()].filter((name) => b.has(name)),
    [],
  );
  story.tell(
    `${shards[0].name} has ${a.size} of the ${SERVERS + 1} servers, ${shards[1].name} ${b.size}, none has both`,
  );

  const worst = await eventually('a critical server in Prometheus', async () => {
    const scores = await query(prometheus, `argus_risk_score >= ${CRITICAL_SCORE}`);
    const all = await query(prometheus, 'count(argus_risk_score)');
    return scores.length > 0 && all[0]?.value === SERVERS ? scores : undefined;
  });
  story.tell(
    `Prometheus sees ${worst.map(({ labels }) => labels.server).join(', ')} at ${CRITICAL_SCORE} or more`,
  );
  for (const { labels } of worst) {
    const { server } = labels;
    const notice = await eventually(`the notice of ${server}`, () =>
      firing(stack, { alertname: ALERT, server }),
    );
    const isSoon =
      (await query(prometheus, `argus:time_to_critical_seconds:min{server="${server}"} < 3600`)).length > 0;
    assert.equal(notice.labels.severity, 'critical');
    assert.equal(notice.labels.lead, isSoon ? 'now' : 'later', server);
    assert.equal(notice.route, isSoon ? 'page' : 'ticket', server);
    assert.equal(notice.labels.profile, labels.profile);
    assert.match(notice.annotations.runbook, /^docs\/runbooks\/servers\.md#/);
    const after = secondsBetween(startMs, notice.atMs);
    story.tell(`${notice.route}: "${notice.annotations.summary}", ${after} s after its first report left`);
  }
  assert.ok(
    stack.pager.notices.some(({ route }) => route === 'page'),
    'nobody was paged',
  );
}

async function agentDelivers(stack: Stack): Promise<void> {
  const { story, agent } = stack;
  const holder = await eventually(`an instance that has ${HOST}`, () => holderOf(stack, HOST));
  await holder.kill();
  const atKill = agent.reports();
  const sinceMs = Date.now();
  story.tell(`${holder.name}, which has ${HOST}, is killed (−9)`);
  await eventually('reports to be missed', () => (agent.reports() >= atKill + MISSED ? true : undefined));
  await agent.stop('SIGKILL');
  await agent.start();
  story.tell(
    `the agent is killed and started again; ${agent.reports() - atKill} reports wait in its queue on disk`,
  );
  const instance = holder.rest;
  const down = await eventually('the page that Argus is down', () =>
    firing(stack, { alertname: 'ArgusDown', instance }, { sinceMs, route: 'page' }),
  );
  story.tell(`page: "${down.annotations.summary}", ${secondsBetween(sinceMs, down.atMs)} s after the kill`);

  const before = (await stack.shards[holder === stack.shards[0] ? 1 : 0].servers()).size;
  await holder.start();
  const restartedMs = Date.now();
  await eventually('every report since the kill', async () => {
    const arrived = sampleSum(
      await holder.metrics(),
      'argus_ingest_requests_total',
      'transport="grpc",code="OK"',
    );
    // One may be on its way to either while they are counted.
    return arrived >= agent.reports() - atKill - 1 && arrived > MISSED ? true : undefined;
  });
  const servers = await holder.servers();
  assert.equal(servers.size + before, SERVERS + 1);
  for (const { name } of servers.values()) {
    if (name !== HOST) await checkWhole(holder, name);
  }
  story.tell(
    `${holder.name} is back; ${agent.reports() - atKill} reports since the kill are in ${secondsSince(restartedMs)} s later, and its window is whole`,
  );
}

async function gatewayRestarts(t: TestContext, stack: Stack): Promise<void> {
  const { story, gateway, prometheus } = stack;
  await gateway.stop('SIGKILL');
  story.tell(`the gateway is killed (−9); ${LATECOMERS.servers} more servers begin to report meanwhile`);
  const fleet = sendFleet(t, stack, { ...LATECOMERS, scenario: 'healthy' });
  await sleep(1000);
  await gateway.start();
  await story.timed(
    fleet.historySent,
    (took) => `the gateway is back; what was refused arrived within ${took} s`,
  );
  await eventually('all of them', async () => {
    const all = await Promise.all(stack.shards.map((shard) => shard.servers()));
    return all[0].size + all[1].size === SERVERS + 1 + LATECOMERS.servers ? true : undefined;
  });
  for (const shard of stack.shards)
    for (const name of (await shard.servers()).keys()) if (name !== HOST) await checkWhole(shard, name);
  story.tell('no window has a gap');
  // The gateway writes to Prometheus on its own time, and what it holds for that does not survive it.
  const steps = 'count_over_time(system_cpu_load_average_1m[8h])';
  await eventually('the past of all servers in Prometheus', async () => {
    const whole = await query(prometheus, `count(${steps} >= ${HISTORY_STEPS - 2})`);
    return whole[0]?.value >= SERVERS + LATECOMERS.servers ? true : undefined;
  });
}

async function prometheusRestarts(stack: Stack): Promise<void> {
  const { story, prometheus } = stack;
  const critical = async () =>
    (await firingAlerts(prometheus, ALERT))
      .map(({ server, lead }) => `${server} ${lead}`)
      .sort()
      .join();
  const before = await eventually('alerts', async () => (await critical()) || undefined);
  const sinceMs = Date.now();
  await prometheus.stop();
  await prometheus.start();
  const took = secondsSince(sinceMs);
  await eventually('the same alerts', async () => ((await critical()) === before ? true : undefined));
  story.tell(
    `Prometheus was restarted (${took} s); the same alerts fire again after ${secondsSince(sinceMs)} s`,
  );
}

async function shardIsLost(t: TestContext, stack: Stack): Promise<void> {
  const { story, shards, gateway, prometheus } = stack;
  const paged = stack.pager.notices.find(
    ({ route, labels }) => route === 'page' && labels.server !== undefined,
  );
  const worst = paged?.labels.server ?? '';
  const lost = await holderOf(stack, worst);
  assert.ok(lost, worst);
  const heir = shards[lost === shards[0] ? 1 : 0];
  const orphans = [...(await lost.servers()).values()]
    .filter(({ mode }) => mode !== 'warming_up')
    .map(({ name }) => name);
  await lost.kill();
  gateway.shards = [heir.otlpGrpc];
  await gateway.stop();
  await gateway.start();
  const sinceMs = Date.now();
  story.tell(
    `${lost.name} is lost with ${orphans.length} servers, among them ${worst}; the gateway is told of ${heir.name} only`,
  );
  // They go on reporting; the past they sent went to the lost one, and to Prometheus.
  const present = { historyHours: 0, intervalSeconds: 1 };
  const fleets = [present, { ...LATECOMERS, scenario: 'healthy', ...present } as const].map((settings) =>
    sendFleet(t, stack, settings),
  );
  await eventually('the heir to forecast them all', async () => {
    const servers = await heir.servers();
    return orphans.every((name) => servers.get(name)?.mode === 'model') ? true : undefined;
  });
  story.tell(`${heir.name} forecasts them ${secondsSince(sinceMs)} s later`);
  // Prometheus is asked for the newest hours first, and four of them are enough for a forecast.
  const fewest = await eventually('the whole past of them all', async () => {
    const details = await Promise.all(orphans.map((name) => heir.detail(name)));
    const least = Math.min(...details.map((detail) => detail?.measured_steps ?? 0));
    return least >= HISTORY_STEPS - 2 ? least : undefined;
  });
  story.tell(
    `after ${secondsSince(sinceMs)} s it has their past: ${fewest} or more of ${HISTORY_STEPS} steps of each, from Prometheus`,
  );
  const [score] = await eventually('the score of the worst of them in Prometheus', async () => {
    const scores = await query(prometheus, `argus_risk_score{server="${worst}",instance="${heir.rest}"}`);
    return scores.length > 0 ? scores : undefined;
  });
  assert.ok(score.value >= CRITICAL_SCORE, `${score.value}`);
  const again = await eventually(`the alert of ${worst}`, async () =>
    (await firingAlerts(prometheus, ALERT)).find(({ server }) => server === worst),
  );
  story.tell(
    `${worst} is at ${score.value.toFixed(0)} and its alert (lead ${again.lead}) fires ${secondsSince(sinceMs)} s after the loss`,
  );
  await Promise.all(fleets.map((fleet) => fleet.stop()));
}

/** For whoever has to find out why a chapter failed, perhaps on another machine. */
async function tellState({ story, shards, gateway, prometheus }: Stack): Promise<void> {
  for (const shard of shards) story.tell(await shard.report());
  story.tell(`gateway:\n${gateway.stderr()}`);
  story.tell(`Prometheus:\n${prometheus.stderr()}`);
}

it('servers are watched, alerted on and paged for through the real stack, whatever part of it fails', {
  skip,
}, async (t) => {
  const stack = await createStack(t);
  const chapter = async (name: string, tell: (inner: TestContext) => Promise<void>) => {
    let finished = false;
    await t.test(name, async () => {
      try {
        // What it starts belongs to the whole stack, not to the chapter.
        await tell(t);
        finished = true;
      } finally {
        if (!finished) await tellState(stack);
      }
    });
    assert.ok(finished, `${name}: failed`);
  };
  await chapter(
    'each server is in one instance, and each alert takes the route of its level and lead',
    (inner) => sharesAndAlerts(inner, stack),
  );
  await chapter(
    'what the agent could not deliver arrives when Argus is back, also after a kill of the agent',
    () => agentDelivers(stack),
  );
  await chapter('a killed gateway loses nothing', (inner) => gatewayRestarts(inner, stack));
  await chapter('a restart of Prometheus ends no alert', () => prometheusRestarts(stack));
  await chapter("a lost instance's servers are taken over with their past", (inner) =>
    shardIsLost(inner, stack),
  );
  assert.deepEqual(resolved(stack), []);
  stack.story.tell('in all of this nobody was told that a critical alert had ended');
});
