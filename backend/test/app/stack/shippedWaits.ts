/**
 * How long it takes from a change on a machine to the webhook, with every wait as the configurations ship it. Takes about
 * ten minutes, so that it is no part of npm test: `npm run e2e:stack -- --shipped-waits`.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { nameServer } from '../../../src/simulate/names.ts';
import { COLLECTOR, reasonWithout } from '../../otelCollector/support.ts';
import { eventually } from '../support.ts';
import { startFakeMachine } from './fakeMachine.ts';
import { query, reasonWithoutMonitoring } from './monitoring.ts';
import { ALERT, createStack, firing, holderOf, secondsBetween, secondsSince, sendFleet } from './stack.ts';

const MINUTE_MS = 60_000;
const LONGEST_MS = 20 * MINUTE_MS;
const FULL = 0.99;
const CRITICAL_SCORE = 80;
/** One of the simulated servers lends its past to the machine. */
const SERVER = nameServer(0).name;

it('a memory that fills up reaches the pager with the waits as they are shipped', {
  skip: reasonWithout(COLLECTOR, ['host_metrics', 'load_balancing']) || reasonWithoutMonitoring(),
  timeout: 2 * LONGEST_MS,
}, async (t) => {
  const machine = startFakeMachine(t, 0.5);
  const stack = await createStack(t, {
    waits: 'shipped',
    agent: { hostName: SERVER, hostRoot: machine.root },
  });
  const { story, prometheus } = stack;
  const fleet = sendFleet(t, stack, { servers: 1, scenario: 'healthy' });
  await fleet.historySent;
  await fleet.stop();
  const holder = await eventually('a forecast of the machine', async () => {
    const shard = await holderOf(stack, SERVER);
    return (await shard?.detail(SERVER))?.mode === 'model' ? shard : undefined;
  });
  const { risk_score: before, metrics } = (await holder.detail(SERVER)) ?? {};
  assert.ok(before != null && before < CRITICAL_SCORE, `risk ${before}`);
  machine.useMemory((metrics?.mem_used_pct.value ?? 50) / 100);
  const reported = stack.agent.reports();
  await eventually(
    'two reports of the agent',
    () => (stack.agent.reports() >= reported + 2 ? true : undefined),
    LONGEST_MS,
  );

  machine.useMemory(FULL);
  const changedMs = Date.now();
  const intoStep = ((changedMs / 1000) % 300).toFixed(0);
  story.tell(
    `${SERVER}, risk ${before.toFixed(0)}, now uses ${FULL * 100}% of its memory, ${intoStep} s into a step`,
  );
  const within = async <T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> => {
    const seen = await eventually(what, look, LONGEST_MS);
    story.tell(`${what}: ${secondsSince(changedMs)} s after the change`);
    return seen;
  };
  await within('Argus holds it to be critical', async () => {
    const score = (await holder.detail(SERVER))?.risk_score;
    return score != null && score >= CRITICAL_SCORE ? score : undefined;
  });
  const asks = (expression: string) => async () => {
    const samples = await query(prometheus, expression);
    return samples.length > 0 ? samples : undefined;
  };
  const ofServer = `server="${SERVER}"`;
  await within('Prometheus has scraped it', asks(`argus_risk_score{${ofServer}} >= ${CRITICAL_SCORE}`));
  await within('the rule is pending', asks(`ALERTS{alertname="${ALERT}",${ofServer}}`));
  await within('the rule fires', asks(`ALERTS{alertname="${ALERT}",alertstate="firing",${ofServer}}`));
  const notice = await within('the webhook is called', () =>
    firing(stack, { alertname: ALERT, server: SERVER }),
  );
  assert.equal(notice.route, 'page');
  story.tell(
    `page: "${notice.annotations.summary}", ${secondsBetween(changedMs, notice.atMs)} s after the change`,
  );
});
