/** From real OTLP clients to Prometheus: everything that people look at. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import type { AppAddresses } from '../../src/app.ts';
import { TARGET_LIST } from '../../src/catalog/targets.ts';
import { HORIZON_STEPS, STEP_MS } from '../../src/catalog/time.ts';
import { simulateFleet } from '../../src/simulate/live/fleet.ts';
import {
  eventually,
  forecastOf,
  freePort,
  getJson,
  runProgram,
  type ServerDetail,
  sampleSum,
  scrape,
  serversOf,
  startArgus,
  stopAfter,
  temporaryFolder,
} from './support.ts';

const SIMULATED = 12;
const OVER_HTTP = ['http/protobuf', 'http/json'] as const;
const FED_STEPS = 60;

interface Predictions {
  readonly predictions: Readonly<Record<string, { risk_score: number | null; cause: string | null }>>;
  readonly summary: { readonly critical: number; readonly total_servers: number };
}

interface Alerts {
  readonly alerts: readonly {
    readonly server_name: string;
    readonly level: string;
    readonly cause_metric: string | null;
    readonly message: string;
  }[];
}

const isInstalled = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
const skipWithout = (program: string): string | false =>
  isInstalled(program) ? false : `${program} is not installed (Debian package prometheus)`;

/** A program of its own that reports with the SDK: not host metrics of a known client, but our fields by name. */
async function reportOnce(name: string, exporter: PushMetricExporter): Promise<void> {
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'host.name': name, 'argus.profile': 'conductor' }),
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
  const meter = provider.getMeter('app');
  meter.createObservableGauge('load_average').addCallback((result) => result.observe(3));
  meter.createObservableGauge('mem_used_pct').addCallback((result) => result.observe(40));
  await provider.forceFlush();
  await provider.shutdown();
}

/** POST /feed/data with the past hours of one server in the seed's form. */
async function feed({ rest }: AppAddresses, serverName: string): Promise<Response> {
  const nowMs = Date.now();
  const records = Array.from({ length: FED_STEPS }, (_, step) => ({
    timestamp: new Date(nowMs - step * STEP_MS).toISOString(),
    server_name: serverName,
    profile: 'database',
    status: 'healthy',
    cpu_idle_pct: 70 + (step % 5),
    mem_used_pct: 50 + (step % 3),
    disk_usage_pct: 40,
  }));
  return fetch(`${rest}/feed/data`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ records }),
  });
}

async function checkForecast(addresses: AppAddresses, name: string): Promise<void> {
  const forecast = await forecastOf(addresses, name);
  assert.ok(forecast, name);
  assert.equal(forecast.timestamps.length, HORIZON_STEPS);
  assert.ok(Object.keys(forecast.targets).length > 0, name);
  for (const [target, { p10, p50, p90 }] of Object.entries(forecast.targets)) {
    const { max } = TARGET_LIST.find((one) => one.name === target) ?? { max: 0 };
    const where = `${target} of ${name}`;
    assert.equal(p50.length, HORIZON_STEPS, where);
    p50.forEach((median, step) => {
      assert.ok(p10[step] <= median && median <= p90[step], `${where}, step ${step}`);
      assert.ok(p10[step] >= 0 && p90[step] <= max, `${where}, step ${step}`);
    });
  }
}

describe('a fleet that reports over every OTLP transport, and one server fed as JSON', () => {
  it('is forecast, scored, alerted on and published', async (t) => {
    const app = await startArgus(t);
    const { addresses } = app;
    stopAfter(t, simulateFleet({ endpoint: addresses.otlpGrpc, servers: SIMULATED, scenario: 'mixed' }));
    OVER_HTTP.forEach((protocol, index) => {
      const fleet = simulateFleet({
        endpoint: addresses.otlpHttp,
        protocol,
        servers: 1,
        fromServer: 100 + index,
        scenario: 'healthy',
      });
      stopAfter(t, fleet);
    });
    const url = `http://${addresses.otlpHttp}/v1/metrics`;
    await reportOnce('sdk-protobuf', new ProtobufExporter({ url }));
    await reportOnce('sdk-json', new JsonExporter({ url }));
    const fed = await feed(addresses, 'fed-1');
    assert.equal(fed.status, 200, await fed.clone().text());

    const scored = SIMULATED + OVER_HTTP.length + 1;
    const all = scored + OVER_HTTP.length;
    const predictions = await eventually('every server and its score', async () => {
      const answer = await getJson<Predictions>(`${addresses.rest}/predictions/current`);
      const rows = Object.values(answer?.predictions ?? {});
      const withScore = rows.filter(({ risk_score: score }) => score !== null).length;
      return rows.length === all && withScore === scored ? answer : undefined;
    });
    assert.equal(predictions.summary.total_servers, all);
    assert.ok(predictions.summary.critical >= 1);
    for (const { risk_score: score } of Object.values(predictions.predictions)) {
      assert.ok(score === null || (score >= 0 && score <= 100));
    }

    const { alerts } = await eventually('a critical alert with its cause', async () => {
      const answer = await getJson<Alerts>(`${addresses.rest}/alerts/active`);
      const found = answer?.alerts.some(({ level, cause_metric: cause }) => level === 'critical' && cause);
      return found ? answer : undefined;
    });
    const [worst] = alerts;
    assert.equal(worst.level, 'critical');
    assert.match(worst.message, /\d/);

    const servers = await serversOf(addresses);
    for (const name of ['sdk-protobuf', 'sdk-json']) {
      assert.equal(servers.get(name)?.mode, 'warming_up');
      assert.equal(servers.get(name)?.profile, 'conductor');
      assert.match(servers.get(name)?.reason ?? '', /\d/);
    }
    assert.equal(servers.get('fed-1')?.profile, 'database');
    for (const { name, mode } of servers.values()) {
      if (mode !== 'warming_up') await checkForecast(addresses, name);
    }
    const detail = await getJson<ServerDetail>(`${addresses.rest}/servers/${worst.server_name}`);
    assert.ok(detail?.cause);
    for (const metric of ['cpu_idle_pct', 'mem_used_pct', 'disk_usage_pct', 'net_in_mb_s', 'load_average']) {
      assert.notEqual(detail.metrics[metric].value, null, metric);
    }

    await t.test(
      'promtool finds nothing on its metrics page',
      { skip: skipWithout('promtool') },
      async () => {
        const page = await scrape(addresses);
        assert.equal(sampleSum(page, 'argus_fleet_servers'), all);
        const checked = spawnSync('promtool', ['check', 'metrics'], { input: page, encoding: 'utf8' });
        assert.equal(checked.stdout + checked.stderr, '');
        assert.equal(checked.status, 0);
      },
    );
    await t.test('a real Prometheus scrapes it', { skip: skipWithout('prometheus') }, async (inner) => {
      const folder = temporaryFolder(inner);
      const target = new URL(addresses.rest).host;
      const config = join(folder, 'prometheus.yml');
      await writeFile(
        config,
        `global: {scrape_interval: 1s}\nscrape_configs: [{job_name: argus, static_configs: [{targets: ['${target}']}]}]\n`,
      );
      const port = await freePort();
      const prometheus = runProgram(inner, 'prometheus', [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ]);
      const countOf = async (query: string): Promise<number | undefined> => {
        const answer = await getJson<{ data: { result: { value: [number, string] }[] } }>(
          `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`,
        );
        const value = answer?.data.result[0]?.value[1];
        return value === undefined ? undefined : Number(value);
      };
      const up = await eventually('Prometheus to have the scores', async () =>
        (await countOf('count(argus_risk_score)')) === scored ? countOf('up{job="argus"}') : undefined,
      );
      assert.equal(up, 1, prometheus.stderr());
      assert.ok(Number(await countOf('count(argus_forecast{ml_forecast="yhat",horizon="1h"})')) >= scored);
    });
  });
});
