import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { pino } from 'pino';
import { METRIC } from '../../../src/catalog/metrics.ts';
import { stepStartMs } from '../../../src/catalog/time.ts';
import { backfillFleet } from '../../../src/fleet/backfill/backfill.ts';
import type { BackfillConfig } from '../../../src/fleet/backfill/config.ts';
import { backfillConfig, newFleet, START_STEP } from '../support.ts';

interface Question {
  readonly query: string;
  readonly start: number;
  readonly end: number;
  readonly headers: IncomingMessage['headers'];
}

type Answer = (question: Question, response: ServerResponse) => void;

/** Stands in for a Prometheus that misbehaves, which the real one does not. */
async function prometheusThat(t: TestContext, answer: Answer): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const [start, end] = [Number(form.get('start')), Number(form.get('end'))];
    answer({ query: form.get('query') ?? '', start, end, headers: request.headers }, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const matrix = (result: unknown) => ({ status: 'success', data: { resultType: 'matrix', result } });

async function run(config: Partial<BackfillConfig> & { prometheusUrl: string }, signal?: AbortSignal) {
  const { fleet, clock } = newFleet();
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => lines.push(line) });
  const report = await backfillFleet({
    config: backfillConfig(config),
    intake: fleet,
    clock,
    logger,
    signal: signal ?? new AbortController().signal,
  });
  return { fleet, report, log: lines.join('') };
}

describe('backfill', () => {
  it('takes the server from the chosen label, without the port of an instance', async (t) => {
    const labels = [
      { instance: 'a.example:9100' },
      { instance: '[fd00::1]:9100' },
      { instance: 'bare' },
      { host_name: 'named', instance: 'x:1' },
      { nothing: 'useful' },
    ];
    const prometheusUrl = await prometheusThat(t, ({ query, end }, response) => {
      const series = labels.map((metric) => ({ metric, values: [[end, '50']] }));
      json(response, 200, matrix(query.includes('node_load1') ? series : []));
    });
    const { fleet } = await run({ prometheusUrl, source: 'node_exporter' });
    assert.deepEqual([...fleet.servers()].map(({ name }) => name).sort(), [
      'a.example',
      'bare',
      'fd00::1',
      'named',
    ]);
  });

  it('asks for each step of the window once, newest first, within the selector', async (t) => {
    const questions: Question[] = [];
    const prometheusUrl = await prometheusThat(t, (question, response) => {
      questions.push(question);
      json(response, 200, matrix([]));
    });
    const { report, log, fleet } = await run({
      prometheusUrl: `${prometheusUrl}/`,
      source: 'otel',
      serverLabel: 'nodename',
      selector: 'env="prod",',
    });
    assert.equal(report.queries, questions.length);
    const loads = questions.filter(({ query }) => query.includes('load_average'));
    const steps = loads.flatMap(({ start, end }) =>
      Array.from({ length: (end - start) / 300 + 1 }, (_, i) => start + i * 300),
    );
    assert.equal(new Set(steps).size, 288);
    assert.equal(steps.length, 288);
    assert.equal(Math.max(...steps), stepStartMs(fleet.closedStep + 1) / 1000);
    assert.ok(loads[0].start > loads[1].start);
    assert.equal(
      loads[0].query,
      'max by (nodename) (avg_over_time(system_cpu_load_average_1m{env="prod"}[5m]))',
    );
    assert.match(log, /has no host metrics of the last day/);
  });

  it('sends the token, or user and password', async (t) => {
    const seen = new Set<string | undefined>();
    const prometheusUrl = await prometheusThat(t, ({ headers }, response) => {
      seen.add(headers.authorization);
      json(response, 200, matrix([]));
    });
    await run({ prometheusUrl, bearerToken: 'secret' });
    await run({ prometheusUrl, username: 'me', password: 'pä:ss' });
    await run({ prometheusUrl });
    const basic = `Basic ${Buffer.from('me:pä:ss').toString('base64')}`;
    assert.deepEqual([...seen], ['Bearer secret', basic, undefined]);
  });

  it('leaves out what cannot be: NaN, infinities, percentages above 100, times outside the window', async (t) => {
    const prometheusUrl = await prometheusThat(t, ({ query, end }, response) => {
      const values = [
        [end, '55'],
        [end - 300, 'NaN'],
        [end - 600, '+Inf'],
        [end - 900, '101'],
        [end - 1200, '-1'],
        [end + 300, '50'],
        [end - 100_000, '50'],
      ];
      json(
        response,
        200,
        matrix(query.includes('MemAvailable') ? [{ metric: { instance: 'a' }, values }] : []),
      );
    });
    const { fleet, report } = await run({ prometheusUrl, source: 'node_exporter' });
    const server = fleet.byName('a');
    assert.ok(server);
    assert.equal(fleet.window.isMeasured(server.index, fleet.closedStep, METRIC.memUsed), true);
    // Each of the six questions brings its one good value, and the one at end + 300 falls into the next question's range.
    assert.ok(report.values >= 6);
    assert.equal(fleet.window.isMeasured(server.index, START_STEP, METRIC.memUsed), false);
  });

  const failures: readonly (readonly [string, Answer, RegExp])[] = [
    ['a refusal', (_q, response) => json(response, 401, {}), /401: check bearerToken/],
    ['another address', (_q, response) => response.writeHead(404).end('<html>'), /it answered 404/],
    ['a page of something else', (_q, response) => response.writeHead(200).end('<html>'), /JSON|token/],
    [
      'another kind of answer',
      (_q, response) => json(response, 200, { data: { resultType: 'vector' } }),
      /query API/,
    ],
    [
      'an error of Prometheus',
      (_q, response) => json(response, 422, { status: 'error', error: 'query timed out' }),
      /422 query timed out/,
    ],
    [
      'a connection that breaks',
      (_q, response) => response.destroy(),
      /other side closed|terminated|socket/i,
    ],
    ['no answer in time', () => {}, /no answer within 0.05 s/],
  ];
  for (const [what, answer, message] of failures) {
    it(`ends with a clear message at ${what}`, async (t) => {
      let asked = 0;
      const prometheusUrl = await prometheusThat(t, (question, response) => {
        asked++;
        answer(question, response);
      });
      const { fleet, report, log } = await run({
        prometheusUrl,
        timeoutSeconds: what === 'no answer in time' ? 0.05 : 20,
        bearerToken: 'very-secret',
      });
      assert.match(String(report.problem), message);
      assert.ok(asked <= 3);
      assert.match(log, /Backfill from http:\/\/127\.0\.0\.1:\d+ failed: .*Check fleet\.backfill/);
      assert.doesNotMatch(log, /very-secret/);
      assert.equal(fleet.serverCount, 0);
    });
  }

  it('ends with a clear message where nobody listens', async () => {
    const { report } = await run({ prometheusUrl: 'http://127.0.0.1:1' });
    assert.match(String(report.problem), /ECONNREFUSED|bad port/);
  });

  it('goes on after single failures', async (t) => {
    let asked = 0;
    const prometheusUrl = await prometheusThat(t, ({ end }, response) => {
      asked++;
      if (asked % 2 === 0) json(response, 500, { error: 'hiccup' });
      else json(response, 200, matrix([{ metric: { instance: 'a' }, values: [[end, '50']] }]));
    });
    const { fleet, report } = await run({ prometheusUrl, source: 'node_exporter' });
    assert.equal(report.queries, 72);
    assert.equal(report.failedQueries, 36);
    assert.equal(fleet.serverCount, 1);
  });

  it('stops when it is told to, quietly', async (t) => {
    const stop = new AbortController();
    const prometheusUrl = await prometheusThat(t, () => stop.abort());
    const { report, log } = await run({ prometheusUrl }, stop.signal);
    assert.equal(report.queries, 1);
    assert.equal(log.includes('"level":50'), false);
  });
});
