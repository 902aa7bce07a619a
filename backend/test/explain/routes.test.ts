import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { METRIC } from '../../src/catalog/metrics.ts';
import { profileIndex } from '../../src/catalog/profiles.ts';
import { buildScene, LEAKING, LEAKING_NAME, leakingFleet, type Scene } from './support.ts';

/** Explains nothing in less time than this. */
const A_WHILE_MS = 30;

async function whatIf({ app }: Scene, payload: object | string) {
  const answer = await app.inject({
    method: 'POST',
    url: '/what-if',
    payload,
    headers: { 'content-type': 'application/json' },
  });
  return { status: answer.statusCode, body: answer.json() };
}

/** The leaking server's disk fills as well, so that neither alone brings the risk down. */
function fullFleet() {
  const fleet = leakingFleet();
  const { value } = fleet;
  fleet.value = (server, metric, step) =>
    server === LEAKING && metric === METRIC.diskUsage
      ? 90 - (fleet.closedStep - step) / 400
      : value(server, metric, step);
  return fleet;
}

const SLASHED = 'rack1/host 7%';

/** Beside the databases: servers that have nothing to explain, and one with a name that is hard to ask for. */
function troublesomeFleet() {
  const fleet = leakingFleet();
  fleet.add(10, { name: 'young', measured: 3 });
  fleet.add(11, { name: 'silent', stale: true });
  fleet.add(12, { name: 'empty' });
  fleet.add(13, { name: SLASHED, profile: profileIndex('database') });
  const { value } = fleet;
  fleet.value = (server, metric, step) =>
    server === 12 && metric !== METRIC.uptimeDays ? Number.NaN : value(server, metric, step);
  return fleet;
}

/** Its servers that are not answered for, with the status and why. */
const UNEXPLAINED: readonly (readonly [string, number, RegExp])[] = [
  ['nobody', 404, /No server named "nobody" is watched; GET \/servers/],
  ['young', 503, /Warming up: 3 of 48 steps/],
  ['silent', 503, /Stale: .* Check that the server still sends/],
  ['empty', 503, /Nothing to forecast/],
];

async function outcome({ registry }: Scene, name: string): Promise<number> {
  const metric = await registry.getSingleMetric('argus_explain_requests_total')?.get();
  return metric?.values.find(({ labels }) => labels.outcome === name)?.value ?? 0;
}

describe('GET /explain/{server}', () => {
  it('answers the fields of existing clients and the new ones, and the second time from memory', async (t) => {
    const scene = await buildScene(t);
    const first = await scene.app.inject(`/explain/${LEAKING_NAME}`);
    assert.equal(first.statusCode, 200);
    const body = first.json();
    assert.equal(body.server_name, LEAKING_NAME);
    assert.equal(body.prediction.alert_level, body.risk.level);
    assert.match(body.shap.top_features[0].stars, /^★+☆*$/);
    assert.equal(body.shap.top_features[0].stars.length, 5);
    assert.ok(Array.isArray(body.attention.focus_periods) && body.attention.analysis.length > 0);
    for (const key of ['scenario', 'impact', 'recommendation', 'action']) {
      assert.equal(typeof body.counterfactuals[0][key], 'string');
    }
    const second = await scene.app.inject(`/explain/${LEAKING_NAME}`);
    assert.deepEqual(second.json(), body);
    assert.equal(await outcome(scene, 'computed'), 1);
    assert.equal(await outcome(scene, 'cached'), 1);
  });

  it('enumerates every coalition for who asks for that, and gives it to others as well', async (t) => {
    const scene = await buildScene(t);
    const sampled = (await scene.app.inject(`/explain/${LEAKING_NAME}`)).json();
    assert.equal(sampled.shap.method, 'sampled');
    const exact = (await scene.app.inject(`/explain/${LEAKING_NAME}?method=exact`)).json();
    assert.equal(exact.shap.method, 'exact');
    assert.equal((await scene.app.inject(`/explain/${LEAKING_NAME}`)).json().shap.method, 'exact');
    assert.equal(await outcome(scene, 'computed'), 2);
    assert.equal((await scene.app.inject(`/explain/${LEAKING_NAME}?method=guess`)).statusCode, 422);
  });

  it('computes anew after the next cycle', async (t) => {
    const scene = await buildScene(t);
    await scene.app.inject(`/explain/${LEAKING_NAME}`);
    scene.fleet.closedStep++;
    await scene.forecast.runCycle(scene.fleet.closedStep);
    await scene.app.inject(`/explain/${LEAKING_NAME}`);
    assert.equal(await outcome(scene, 'computed'), 2);
  });

  it('computes once for many that ask at the same time', async (t) => {
    const scene = await buildScene(t);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => scene.app.inject(`/explain/${LEAKING_NAME}`)),
    );
    assert.deepEqual(new Set(answers.map(({ statusCode }) => statusCode)), new Set([200]));
    assert.equal(await outcome(scene, 'computed'), 1);
  });

  it('answers 202 with a place to ask again where the wait is over, and has it there later', async (t) => {
    const scene = await buildScene(t);
    const pending = await scene.app.inject(`/explain/${LEAKING_NAME}?wait=0`);
    assert.equal(pending.statusCode, 202);
    const { status, poll, retry_after_seconds: seconds } = pending.json();
    assert.equal(status, 'running');
    assert.equal(poll, `/explain/${LEAKING_NAME}`);
    assert.equal(pending.headers.location, poll);
    assert.equal(pending.headers['retry-after'], String(seconds));
    assert.equal((await scene.app.inject(poll)).statusCode, 200);
    assert.equal(await outcome(scene, 'computed'), 1);
    const preferred = await scene.app.inject({
      url: '/explain/ppdb001',
      headers: { prefer: 'respond-async' },
    });
    assert.equal(preferred.statusCode, 202);
  });

  it('refuses what is beyond the queue with 503 and Retry-After', async (t) => {
    const scene = await buildScene(t, { config: { queueLimit: 1 } });
    const answers = await Promise.all(
      [0, 1, 2, 3].map((index) => scene.app.inject(`/explain/ppdb00${index}?wait=0`)),
    );
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      [202, 202, 503, 503],
    );
    assert.equal(answers[3].json().code, 'ARGUS_EXPLAIN_BUSY');
    assert.ok(Number(answers[3].headers['retry-after']) >= 1);
    assert.match(answers[3].json().detail, /Ask again in \d+ seconds/);
  });

  it('is cancelled when the client leaves', async (t) => {
    const scene = await buildScene(t, { config: { runs: 16_384, donors: 16 } });
    await scene.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = scene.app.server.address() as AddressInfo;
    const arrived = once(scene.app.server, 'request');
    const request = get({ port, path: `/explain/${LEAKING_NAME}` });
    request.on('error', () => undefined);
    await arrived;
    await sleep(A_WHILE_MS);
    request.destroy();
    await new Promise((resolve) => request.once('close', resolve));
    for (let tries = 0; tries < 200 && (await outcome(scene, 'cancelled')) === 0; tries++) await sleep(20);
    assert.equal(await outcome(scene, 'cancelled'), 1);
    assert.equal(await outcome(scene, 'computed'), 0);
  });

  it('says of every server it cannot explain why, and what to do', async (t) => {
    const scene = await buildScene(t, { fleet: troublesomeFleet() });
    for (const [name, status, sentence] of UNEXPLAINED) {
      const answer = await scene.app.inject(`/explain/${name}`);
      assert.equal(answer.statusCode, status, name);
      assert.match(answer.json().detail, sentence);
      if (status === 503) assert.ok(Number(answer.headers['retry-after']) > 0);
    }
    const slashed = await scene.app.inject(`/explain/${encodeURIComponent(SLASHED)}`);
    assert.equal(slashed.statusCode, 200);
    assert.equal(slashed.json().server_name, SLASHED);
    assert.equal((await scene.app.inject(`/explain/${'x'.repeat(5000)}`)).statusCode, 414);
  });

  it('refuses a wait that is none', async (t) => {
    const scene = await buildScene(t);
    for (const wait of ['-1', '31', 'soon', 'NaN']) {
      const answer = await scene.app.inject(`/explain/${LEAKING_NAME}?wait=${wait}`);
      assert.equal(answer.statusCode, 422, wait);
      assert.deepEqual(answer.json().detail[0].loc, ['query', 'wait']);
    }
  });

  it('waits for the first forecast with a 503', async (t) => {
    const scene = await buildScene(t, { forecastFirst: false });
    const answer = await scene.app.inject(`/explain/${LEAKING_NAME}`);
    assert.equal(answer.statusCode, 503);
    assert.equal(answer.json().code, 'ARGUS_EXPLAIN_NOT_READY');
  });
});

describe('GET /explain', () => {
  it('lists the servers at risk by the parts of the score where there is no gradient', async (t) => {
    const scene = await buildScene(t);
    const { count, total, explanations } = (await scene.app.inject('/explain')).json();
    assert.deepEqual([count, total], [1, 1]);
    assert.equal(explanations[0].server_name, LEAKING_NAME);
    assert.equal(explanations[0].shap.method, 'risk_parts');
    assert.equal(explanations[0].shap.top_features[0].feature, 'mem_used_pct');
    assert.match(explanations[0].reason, /no gradient/);
    assert.match(explanations[0].sentence, /Restart or roll back/);
  });

  it('filters and refuses as it says', async (t) => {
    const scene = await buildScene(t);
    assert.equal((await scene.app.inject('/explain?server=api')).json().count, 0);
    assert.equal((await scene.app.inject('/explain?level=critical')).json().count, 0);
    assert.equal((await scene.app.inject('/explain?limit=51')).statusCode, 422);
    assert.equal((await scene.app.inject('/explain?level=healthy')).statusCode, 422);
  });
});

describe('POST /what-if', () => {
  it('answers with forecast and risk before and after', async (t) => {
    const scene = await buildScene(t);
    const { status, body } = await whatIf(scene, {
      server: LEAKING_NAME,
      changes: [{ kind: 'cap', metric: 'mem_used_pct', at: 70 }],
    });
    assert.equal(status, 200);
    const [{ before, after }] = body.servers;
    assert.ok(before.risk_score >= 50 && after.risk_score < before.risk_score);
    assert.ok(Math.max(...after.forecast.mem_used_pct.p90) <= 70);
    assert.equal(after.forecast.mem_used_pct.p50.length, 96);
    assert.match(body.summary, /would fall from \d+ \(\w+\) to \d+ \(\w+\)\.$/);
    assert.match(body.assumptions[0], /Memory used has been at most 70 %/);
    const served = scene.risk.assessmentOf(LEAKING_NAME)?.score ?? Number.NaN;
    assert.ok(Math.abs(before.risk_score - served) < 0.05);
  });

  it('holds the past alone where a metric was held, and the hours ahead as well where it is capped', async (t) => {
    const scene = await buildScene(t);
    const ask = (kind: string) =>
      whatIf(scene, { server: LEAKING_NAME, changes: [{ kind, metric: 'mem_used_pct', at: 70 }] });
    const [held, capped] = [await ask('held'), await ask('cap')].map(({ body }) => body);
    assert.ok(Math.max(...held.servers[0].after.forecast.mem_used_pct.p90) > 70);
    assert.ok(Math.max(...capped.servers[0].after.forecast.mem_used_pct.p90) <= 70);
    assert.match(held.assumptions[0], /at most 70 % for the last 8 hours; nothing holds it in the next 8\.$/);
  });

  it('gives every counterfactual exactly the risk that its card promises', async (t) => {
    const silent = { logger: { info: () => {}, warn: () => {}, error: () => {} } };
    const scenes: readonly [string, Scene, number][] = [
      ['memory', await buildScene(t), 1],
      ['memory and disk', await buildScene(t, { fleet: fullFleet() }), 2],
      ['baselines', await buildScene(t, { modelFolder: '/nonexistent', forecast: silent }), 1],
    ];
    for (const [what, scene, changes] of scenes) {
      const explained = (await scene.app.inject(`/explain/${LEAKING_NAME}`)).json();
      assert.ok(explained.counterfactuals.length > 0, what);
      assert.equal(explained.counterfactuals[0].what_if.length, changes, what);
      for (const { what_if, scenario, risk_after, level_after, risk_before } of explained.counterfactuals) {
        const { status, body } = await whatIf(scene, { server: LEAKING_NAME, changes: what_if });
        assert.equal(status, 200, what);
        const [{ before, after }] = body.servers;
        assert.equal(after.risk_score, risk_after, `${what}: ${scenario}`);
        assert.equal(after.alert_level, level_after);
        assert.ok(Math.abs(before.risk_score - risk_before) < 0.05);
        assert.deepEqual(
          body.warnings.map(({ code }: { code: string }) => code),
          what === 'baselines' ? ['baseline'] : [],
        );
      }
    }
  });

  it('warns where the question leaves what the profile has shown', async (t) => {
    const scene = await buildScene(t);
    const { body } = await whatIf(scene, {
      server: 'ppdb001',
      changes: [{ kind: 'load', percent: 200 }],
    });
    const warning = body.warnings.find(({ metric }: { metric: string }) => metric === 'cpu_used_pct');
    assert.equal(warning.code, 'outside_seen_range');
    assert.ok(warning.value > warning.range[1]);
    assert.match(warning.message, /^CPU used would reach .* the answer is a guess there\.$/);
    assert.ok(body.servers[0].after.risk_score > body.servers[0].before.risk_score);
    const modest = await whatIf(scene, { server: 'ppdb001', changes: [{ kind: 'load', percent: 1 }] });
    assert.equal(modest.body.servers[0].after.forecast.mem_used_pct.p50.length, 96);
  });

  it('spreads the load of a profile over one server more', async (t) => {
    const scene = await buildScene(t);
    const { status, body } = await whatIf(scene, {
      profile: 'database',
      changes: [{ kind: 'spread', add: 1, of: 2 }],
    });
    assert.equal(status, 200);
    assert.equal(body.servers.length, 6);
    assert.equal(body.servers[0].server_name, LEAKING_NAME);
    assert.match(body.assumptions[0], /2 servers is shared evenly by 3: .* 33 % less/);
    const calm = body.servers[3];
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const ratio = mean(calm.after.forecast.cpu_used_pct.p50) / mean(calm.before.forecast.cpu_used_pct.p50);
    assert.ok(ratio > 0.6 && ratio < 0.75, `ratio ${ratio}`);
  });

  it('leaves a job out that ran yesterday within the hours ahead, and says where there was none', async (t) => {
    const fleet = leakingFleet();
    const origin = fleet.closedStep;
    const { value } = fleet;
    // Yesterday, two hours after the present time of day, an hour of 80 % CPU.
    const isJob = (step: number) => step > origin - 288 + 24 && step <= origin - 288 + 36;
    fleet.value = (server, metric, step) => {
      if (server !== 1 || !isJob(step)) return value(server, metric, step);
      return metric === METRIC.cpuIdle ? 20 : metric === METRIC.cpuUser ? 70 : value(server, metric, step);
    };
    const scene = await buildScene(t, { fleet });
    const local = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/Berlin',
      hour: '2-digit',
      minute: '2-digit',
    });
    const at = local.format((origin - 288 + 25) * 300_000);
    const changes = [{ kind: 'skip_job', at, minutes: 60 }];
    const { status, body } = await whatIf(scene, { server: 'ppdb001', changes });
    assert.equal(status, 200);
    const peak = (outlook: { forecast: { cpu_used_pct: { p90: number[] } } }) =>
      Math.max(...outlook.forecast.cpu_used_pct.p90.slice(22, 38));
    const [{ before, after }] = body.servers;
    assert.ok(peak(after) < peak(before), `${peak(before)} before, ${peak(after)} after`);
    assert.deepEqual(body.warnings, []);
    const without = await whatIf(scene, { server: 'ppdb002', changes });
    assert.equal(without.body.warnings[0].code, 'no_job_seen');
    const past = local.format((origin - 30) * 300_000);
    const late = await whatIf(scene, { server: 'ppdb001', changes: [{ kind: 'skip_job', at: past }] });
    assert.equal(late.body.warnings[0].code, 'beyond_horizon');
  });

  it('warns where a change has no effect or was held back', async (t) => {
    const fleet = leakingFleet();
    const { value } = fleet;
    fleet.value = (server, metric, step) =>
      metric === METRIC.swapUsed ? Number.NaN : value(server, metric, step);
    const scene = await buildScene(t, { fleet });
    const { body } = await whatIf(scene, {
      server: 'ppdb001',
      changes: [
        { kind: 'cap', metric: 'swap_used_pct', at: 10 },
        { kind: 'shift', metric: 'disk_usage_pct', by: -90 },
      ],
    });
    const codes = body.warnings.map(({ code }: { code: string }) => code);
    assert.ok(codes.includes('not_measured') && codes.includes('clipped'));
    assert.equal(body.servers[0].before.forecast.swap_used_pct, undefined);
  });

  it('names each mistake of a request by its place', async (t) => {
    const scene = await buildScene(t);
    const load = { kind: 'load', percent: 30 };
    const server = LEAKING_NAME;
    const cases: readonly [string, object | string, number, unknown, RegExp][] = [
      [
        'NaN as text',
        { server, changes: [{ kind: 'load', percent: 'NaN' }] },
        422,
        ['body', 'changes', 0, 'percent'],
        /finite number/,
      ],
      [
        'null',
        { server, changes: [load, { kind: 'shift', metric: 'mem_used_pct', by: null }] },
        422,
        ['body', 'changes', 1, 'by'],
        /finite number/,
      ],
      [
        'an unknown metric',
        { server, changes: [{ kind: 'cap', metric: 'mem', at: 3 }] },
        422,
        ['body', 'changes', 0, 'metric'],
        /must be one of cpu_used_pct/,
      ],
      [
        'an unknown kind',
        { server, changes: [{ kind: 'magic' }] },
        422,
        ['body', 'changes', 0, 'kind'],
        /must be one of load/,
      ],
      [
        'what a kind needs',
        { server, changes: [{ kind: 'cap', metric: 'mem_used_pct' }] },
        422,
        ['body', 'changes', 0, 'at'],
        /cap needs 'at'/,
      ],
      [
        'what was held at no number',
        { server, changes: [{ kind: 'held', metric: 'mem_used_pct', at: '02:00' }] },
        422,
        ['body', 'changes', 0, 'at'],
        /must be a number/,
      ],
      [
        'what was held at nothing',
        { server, changes: [{ kind: 'held', metric: 'mem_used_pct' }] },
        422,
        ['body', 'changes', 0, 'at'],
        /held needs 'at'/,
      ],
      [
        'a time where a number belongs',
        { server, changes: [{ kind: 'cap', metric: 'mem_used_pct', at: '02:00' }] },
        422,
        ['body', 'changes', 0, 'at'],
        /must be a number/,
      ],
      [
        'a number where a time belongs',
        { server, changes: [{ kind: 'skip_job', at: 2 }] },
        422,
        ['body', 'changes', 0, 'at'],
        /local time/,
      ],
      [
        '10,000 changes',
        { server, changes: Array(10_000).fill(load) },
        422,
        ['body', 'changes'],
        /at most 10 changes .* these are 10000/,
      ],
      ['no change', { server, changes: [] }, 422, ['body', 'changes'], /.+/],
      ['neither server nor profile', { changes: [load] }, 422, ['body', 'server'], /either/],
      ['both', { server, profile: 'database', changes: [load] }, 422, ['body', 'server'], /either/],
      [
        'an unknown profile',
        { profile: 'mainframe', changes: [load] },
        422,
        ['body', 'profile'],
        /must be one of database/,
      ],
      [
        'too much load',
        { server, changes: [{ kind: 'load', percent: 1e6 }] },
        422,
        ['body', 'changes', 0, 'percent'],
        /400/,
      ],
    ];
    for (const [what, payload, expected, loc, message] of cases) {
      const { status, body } = await whatIf(scene, payload);
      assert.equal(status, expected, what);
      assert.equal(body.code, 'ARGUS_INVALID_INPUT', what);
      assert.deepEqual(body.detail[0].loc, loc, what);
      assert.match(body.detail[0].msg, message, what);
    }
    assert.equal(
      (await whatIf(scene, `{"server":"${server}","changes":[{"kind":"load","percent":NaN}]}`)).status,
      400,
    );
    assert.equal((await whatIf(scene, { server: 'nobody', changes: [load] })).status, 404);
    const empty = await whatIf(scene, { profile: 'etl', changes: [load] });
    assert.equal(empty.status, 503);
    assert.match(empty.body.detail, /No server of the profile 'etl'/);
  });

  it('says of every server it cannot answer for why, and takes any name', async (t) => {
    const scene = await buildScene(t, { fleet: troublesomeFleet() });
    const changes = [{ kind: 'load', percent: 30 }];
    for (const [server, expected, sentence] of UNEXPLAINED) {
      const { status, body } = await whatIf(scene, { server, changes });
      assert.equal(status, expected, server);
      assert.match(body.detail, sentence);
    }
    const slashed = await whatIf(scene, { server: SLASHED, changes });
    assert.equal(slashed.status, 200);
    assert.equal(slashed.body.servers[0].server_name, SLASHED);
  });

  it('says of a profile which servers it could not answer for', async (t) => {
    const fleet = leakingFleet(3);
    fleet.add(10, { name: 'ppdb999', profile: profileIndex('database'), measured: 3 });
    const scene = await buildScene(t, { fleet });
    const { body } = await whatIf(scene, { profile: 'database', changes: [{ kind: 'load', percent: 5 }] });
    assert.equal(body.servers.length, 3);
    assert.deepEqual(
      body.skipped.map(({ server_name: name }: { server_name: string }) => name),
      ['ppdb999'],
    );
    assert.match(body.skipped[0].reason, /Warming up/);
  });
});
