import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import fastify from 'fastify';
import { TARGET_LIST } from '../../src/catalog/targets.ts';
import type { PublishConfig } from '../../src/publish/config.ts';
import { acceptsGzip } from '../../src/publish/routes.ts';
import { flatAt, rising, type Scene } from '../risk/fixtures.ts';
import { HOSTILE_NAMES, isInstalled, samplesOf, stop, type World, world } from './fixtures.ts';

const worlds: World[] = [];
afterEach(async () => {
  for (const each of worlds.splice(0)) await each.close();
});

async function start(names: readonly string[], config?: Partial<PublishConfig>): Promise<World> {
  const made = await world(names, config);
  worlds.push(made);
  return made;
}

const FILLING: Scene = { now: { mem_used_pct: 87.2 }, courses: { mem_used_pct: rising(87.2, 97, 9) } };

describe('GET /metrics', () => {
  it('has the score, its parts, the level and the probabilities of a server', async () => {
    const { cycle, scrape, risk } = await start(['ppdb001']);
    await cycle(100, [FILLING]);
    const page = await scrape();
    const score = risk.assessmentOf('ppdb001')?.score;
    assert.deepEqual(samplesOf(page, 'argus_risk_score'), [`{server="ppdb001",profile="database"} ${score}`]);
    const parts = samplesOf(page, 'argus_risk_part').map((line) => Number(line.split(' ')[1]));
    assert.equal(parts.length, 6);
    assert.equal(
      parts.reduce((sum, part) => sum + part, 0),
      score,
    );
    assert.deepEqual(samplesOf(page, 'argus_risk_level'), [
      '{server="ppdb001",level="healthy"} 0',
      '{server="ppdb001",level="degraded"} 0',
      '{server="ppdb001",level="warning"} 0',
      '{server="ppdb001",level="critical"} 1',
    ]);
    assert.equal(samplesOf(page, 'argus_failure_probability').length, 3);
  });

  it('has the time to each expected breach, and none where no breach is expected', async () => {
    const { cycle, scrape } = await start(['bad', 'good']);
    await cycle(100, [FILLING, {}]);
    assert.deepEqual(samplesOf(await scrape(), 'argus_time_to_breach_seconds'), [
      '{server="bad",metric="mem_used_pct",threshold="warning"} 300',
      '{server="bad",metric="mem_used_pct",threshold="critical"} 2400',
    ]);
  });

  it('has the forecast at five horizons as median and band, for the step that ends then', async () => {
    const { cycle, scrape } = await start(['a']);
    await cycle(100, [{}]);
    const lines = samplesOf(await scrape(), 'argus_forecast');
    assert.equal(lines.length, TARGET_LIST.length * 5 * 3);
    const memory = lines.filter((line) => line.includes('metric="mem_used_pct"'));
    assert.ok(
      memory.includes('{server="a",metric="mem_used_pct",horizon="30m",ml_forecast="yhat_lower"} 15'),
    );
    assert.ok(memory.includes('{server="a",metric="mem_used_pct",horizon="1h",ml_forecast="yhat"} 21.25'));
    assert.ok(
      memory.includes('{server="a",metric="mem_used_pct",horizon="8h",ml_forecast="yhat_upper"} 105.5'),
    );
  });

  it('leaves out the forecast of a metric that is not measured, and writes no NaN', async () => {
    const { cycle, scrape, forecast } = await start(['a']);
    forecast.missingTargets.add(3);
    await cycle(100, [{ courses: { disk_usage_pct: flatAt(Number.NaN) } }]);
    const page = await scrape();
    assert.ok(!samplesOf(page, 'argus_forecast').some((line) => line.includes('disk_usage_pct')));
    assert.ok(samplesOf(page, 'argus_risk_part').includes('{server="a",part="disk"} 0'));
    assert.ok(!page.split('\n').some((line) => line.startsWith('argus_') && line.endsWith('NaN')));
  });

  it('names the baseline that forecasts a metric, and says nothing of those the model forecasts', async () => {
    const { cycle, scrape, forecast } = await start(['a']);
    forecast.forecasters.set(3, 'seasonal');
    await cycle(100, [{}]);
    assert.deepEqual(samplesOf(await scrape(), 'argus_forecast_source'), [
      '{server="a",metric="disk_usage_pct",source="seasonal"} 1',
    ]);
  });

  it('shows a server that warms up by its mode alone', async () => {
    const { scrape, forecast } = await start(['new']);
    forecast.modes.set(0, 'warming_up');
    const page = await scrape();
    assert.ok(samplesOf(page, 'argus_server_mode').includes('{server="new",mode="warming_up"} 1'));
    assert.ok(samplesOf(page, 'argus_server_mode').includes('{server="new",mode="model"} 0'));
    assert.deepEqual(samplesOf(page, 'argus_risk_score'), []);
    assert.deepEqual(samplesOf(page, 'argus_forecast'), []);
  });

  it('drops a server as soon as it is stale or has left', async () => {
    const { cycle, scrape, fleet } = await start(['stale', 'left', 'stays']);
    await cycle(100, [{}, {}, {}]);
    assert.equal(samplesOf(await scrape(), 'argus_risk_score').length, 3);
    fleet.setStale(0, true);
    fleet.remove(1);
    const page = await scrape();
    assert.ok(!page.includes('server="stale"') && !page.includes('server="left"'));
    assert.equal(samplesOf(page, 'argus_risk_score').length, 1);
    assert.equal(samplesOf(page, 'argus_server_mode').length, 4);
  });

  it('sums up the fleet', async () => {
    const { cycle, scrape } = await start(['a', 'b']);
    await cycle(100, [FILLING, {}]);
    const page = await scrape();
    assert.deepEqual(samplesOf(page, 'argus_fleet_servers_by_level'), [
      '{level="healthy"} 1',
      '{level="degraded"} 0',
      '{level="warning"} 0',
      '{level="critical"} 1',
    ]);
    assert.equal(samplesOf(page, 'argus_fleet_failure_probability').length, 2);
    const health = Number(samplesOf(page, 'argus_fleet_health')[0]);
    assert.ok(health > 40 && health < 60);
  });

  it('shows a finished cycle at the next scrape, and nothing of an unfinished one', async () => {
    const { cycle, scrape, risk } = await start(['a']);
    await cycle(100, [{}]);
    const before = samplesOf(await scrape(), 'argus_risk_score');
    await cycle(101, [{ now: { disk_usage_pct: 99 } }]);
    const after = samplesOf(await scrape(), 'argus_risk_score');
    assert.notDeepEqual(after, before);
    assert.ok(after[0].endsWith(` ${risk.assessmentOf('a')?.score}`));
  });

  it('gives the servers at most risk their forecasts where not all fit', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const { cycle, scrape } = await start(names, { forecastSeries: 300 });
    await cycle(100, [{}, { now: { disk_usage_pct: 99 } }, {}, FILLING]);
    const page = await scrape();
    const shown = new Set(samplesOf(page, 'argus_forecast').map((line) => line.slice(9, 10)));
    assert.deepEqual([...shown], ['b', 'd']);
    assert.deepEqual(samplesOf(page, 'argus_forecast_published_servers'), [' 2']);
    assert.equal(samplesOf(page, 'argus_risk_score').length, 4);
  });

  it('has each family once, with its samples together behind HELP and TYPE, and no timestamps', async () => {
    const { cycle, scrape } = await start(['a', 'b']);
    await cycle(100, [FILLING, {}]);
    const lines = (await scrape()).split('\n').filter((line) => line !== '');
    const types = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]);
    assert.equal(new Set(types).size, types.length);
    const samples = lines.filter((line) => line.startsWith('argus_'));
    assert.ok(samples.every((line) => /^[a-z_0-9]+(\{.*\})? \S+$/.test(line)));
    const families = samples.map((line) => line.split(/[{ ]/)[0]);
    const runs = families.filter((family, i) => family !== families[i - 1]);
    assert.equal(new Set(runs).size, runs.length);
  });

  it('lets no server name forge a sample', async () => {
    const { cycle, scrape } = await start(HOSTILE_NAMES);
    await cycle(
      100,
      HOSTILE_NAMES.map(() => ({})),
    );
    const page = await scrape();
    assert.equal(samplesOf(page, 'argus_risk_score').length, HOSTILE_NAMES.length);
    assert.ok(!samplesOf(page, 'argus_risk_score').some((line) => line.startsWith('{server="forged"')));
  });

  it('is the same page under gzip, with the metrics of this moment behind it', async () => {
    const { app, cycle } = await start(['a', 'b']);
    await cycle(100, [FILLING, {}]);
    for (let scrapes = 0; scrapes < 2; scrapes += 1) {
      const headers = { 'accept-encoding': 'gzip' };
      const { rawPayload, headers: answer } = await app.inject({ url: '/metrics', headers });
      assert.equal(answer['content-encoding'], 'gzip');
      const page = gunzipSync(rawPayload).toString();
      const plain = (await app.inject('/metrics')).body;
      for (const family of [
        'argus_risk_score',
        'argus_forecast',
        'argus_server_mode',
        'argus_alerts_active',
      ]) {
        assert.deepEqual(samplesOf(page, family), samplesOf(plain, family));
      }
    }
  });

  it('can be read by keys with the scope read, or by everyone where so configured', async () => {
    for (const scope of ['read', 'open'] as const) {
      const { publish } = await start(['a'], { scope });
      const scopes: unknown[] = [];
      const app = fastify();
      app.addHook('onRoute', (route) => {
        if (route.method === 'GET') scopes.push((route.config as { scope?: unknown } | undefined)?.scope);
      });
      await app.register(publish.routes);
      await app.close();
      assert.deepEqual(scopes, [scope]);
    }
  });

  it('keeps other work going while a large page is rendered', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `host${i}`);
    const { scrape } = await start(names);
    let turns = 0;
    let isDone = false;
    const turn = () => {
      turns += 1;
      if (!isDone) setImmediate(turn);
    };
    turn();
    await scrape();
    isDone = true;
    assert.ok(turns > 50, `${turns} turns`);
  });
});

describe('Accept-Encoding', () => {
  it('is understood with weights, lists and refusals', () => {
    assert.equal(acceptsGzip('gzip'), true);
    assert.equal(acceptsGzip('br, GZIP;q=0.5'), true);
    assert.equal(acceptsGzip('gzip;q=0'), false);
    assert.equal(acceptsGzip('gzip; q=0.0, br'), false);
    assert.equal(acceptsGzip('identity'), false);
    assert.equal(acceptsGzip(undefined), false);
  });
});

const promtool = isInstalled('promtool') ? false : 'promtool is not installed (Debian package prometheus)';
const prometheus = isInstalled('prometheus')
  ? false
  : 'prometheus is not installed (Debian package prometheus)';

describe("Prometheus's own tools", () => {
  it('find nothing to complain about, hostile names included', { skip: promtool }, async () => {
    const { cycle, scrape } = await start([...HOSTILE_NAMES, 'ppdb001']);
    await cycle(100, [...HOSTILE_NAMES.map(() => FILLING), {}]);
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: await scrape(), encoding: 'utf8' });
    assert.equal(checked.stderr + checked.stdout, '');
    assert.equal(checked.status, 0);
  });

  it('scrape the page and read every server name back as it is', { skip: prometheus }, async (t) => {
    const { app, cycle } = await start(HOSTILE_NAMES);
    await cycle(
      100,
      HOSTILE_NAMES.map(() => FILLING),
    );
    await app.listen({ port: 0, host: '127.0.0.1' });
    const folder = await mkdtemp(join(tmpdir(), 'argus-prometheus-'));
    const scraper = await startPrometheus(folder, app.server.address());
    t.after(async () => {
      await stop(scraper.child);
      await rm(folder, { recursive: true });
    });
    const names = await scraper.labelValues('argus_risk_score', HOSTILE_NAMES.length);
    assert.deepEqual(names.sort(), HOSTILE_NAMES.map((name) => name.toWellFormed()).sort());
    assert.equal((await scraper.labelValues('argus_forecast', HOSTILE_NAMES.length)).length, names.length);
  });
});

interface Scraper {
  readonly child: ChildProcess;
  /** Server names of a family, once there are as many as asked for. */
  labelValues(family: string, atLeast: number): Promise<string[]>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Debian's Prometheus with a store of its own, scraping the address each second. */
async function startPrometheus(
  folder: string,
  address: ReturnType<World['app']['server']['address']>,
): Promise<Scraper> {
  const target = address !== null && typeof address === 'object' ? `127.0.0.1:${address.port}` : '';
  const config = `global: {scrape_interval: 1s}\nscrape_configs: [{job_name: argus, static_configs: [{targets: ['${target}']}]}]\n`;
  await writeFile(join(folder, 'prometheus.yml'), config);
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  return {
    child,
    async labelValues(family, atLeast) {
      const url = `http://127.0.0.1:${port}/api/v1/label/server/values?match[]=${family}`;
      for (let tries = 0; tries < 100; tries += 1) {
        const answer = await fetch(url).catch(() => undefined);
        const { data } = (answer?.ok ? await answer.json() : { data: [] }) as { data: string[] };
        if (data.length >= atLeast) return data;
        await sleep(200);
      }
      throw new Error(`Prometheus never held ${atLeast} servers of ${family}`);
    },
  };
}
