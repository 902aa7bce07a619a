import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { METRIC, METRIC_COUNT, METRICS } from '../../../src/catalog/metrics.ts';
import { STEP_MS, WINDOW_STEPS } from '../../../src/catalog/time.ts';
import { backfillFleet } from '../../../src/fleet/backfill/backfill.ts';
import { Fleet } from '../../../src/fleet/fleet.ts';
import { SIZE, silent, temporaryFolder } from '../diskSupport.ts';
import { backfillConfig, fleetConfig, HeldClock } from '../support.ts';
import { openMetricsDay } from './openMetrics.ts';

const TRIES = 100;
const isInstalled = ['prometheus', 'promtool'].every((tool) => spawnSync(tool, ['--version']).status === 0);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A Prometheus that holds a day which ends at `endSeconds`. @returns its address */
async function prometheusWithDay(t: TestContext, endSeconds: number): Promise<string> {
  const folder = temporaryFolder(t);
  const [text, config, data] = ['day.txt', 'prometheus.yml', 'data'].map((name) => join(folder, name));
  writeFileSync(text, openMetricsDay(endSeconds));
  writeFileSync(config, 'global: {}\n');
  execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', text, data], { stdio: 'ignore' });
  const port = await freePort();
  const prometheus = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=10y',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const ended = once(prometheus, 'exit');
  t.after(async () => {
    prometheus.kill('SIGKILL');
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < TRIES; tries++) {
    const ready = await fetch(`${url}/-/ready`).catch(() => null);
    if (ready?.ok) return url;
    await setTimeout(100);
  }
  throw new Error('Prometheus did not become ready');
}

it('fills a whole day from a real Prometheus, by node_exporter and OpenTelemetry names', {
  skip: isInstalled ? false : 'prometheus and promtool are not on PATH',
}, async (t) => {
  // Prometheus takes samples of any age into blocks, so the day may be any; an aligned one is easy to reason about.
  const clock = new HeldClock(Math.floor(Date.now() / STEP_MS) * STEP_MS);
  const prometheusUrl = await prometheusWithDay(t, clock.now() / 1000);
  const fleet = new Fleet({ clock, config: fleetConfig() });
  const slot = fleet.admit('node1.example', {});
  fleet.record(slot, METRIC.loadAverage, clock.now() - 10 * STEP_MS, 9);
  const report = await backfillFleet({
    config: backfillConfig({ prometheusUrl, selector: '', source: 'auto' }),
    intake: fleet,
    clock,
    logger: silent,
    signal: new AbortController().signal,
  });
  assert.equal(report.problem, null);
  assert.equal(report.failedQueries, 0);
  assert.deepEqual([...fleet.servers()].map(({ name }) => name).sort(), [
    'idle.example',
    'node1.example',
    'otel1',
  ]);

  const expected = {
    // node_exporter names only states that occur.
    'idle.example': { front_close_wait: 0 },
    'node1.example': {
      cpu_user_pct: 20,
      cpu_sys_pct: 10,
      cpu_iowait_pct: 5,
      cpu_idle_pct: 65,
      mem_used_pct: 60,
      disk_usage_pct: 100 * (60 / 90),
      net_in_mb_s: 3,
      net_out_mb_s: 0.5,
      front_close_wait: 7,
      load_average: 1.5,
    },
    otel1: {
      cpu_user_pct: 30,
      cpu_sys_pct: 10,
      cpu_iowait_pct: 10,
      cpu_idle_pct: 50,
      mem_used_pct: 30,
      swap_used_pct: 25,
      disk_usage_pct: 80,
      net_in_mb_s: 4,
      net_out_mb_s: 1,
      front_close_wait: 3,
      load_average: 0.75,
      uptime_days: 1,
    },
  };
  for (const [name, values] of Object.entries(expected)) {
    const server = fleet.byName(name);
    assert.ok(server);
    assert.equal(fleet.measuredSteps(server.index, fleet.closedStep), WINDOW_STEPS);
    assert.equal(fleet.isWarm(server.index, fleet.closedStep), true);
    const window = new Float32Array(SIZE);
    fleet.copyWindow(server.index, fleet.closedStep, window, 0);
    const row = (step: number) => window.subarray(step * METRIC_COUNT, (step + 1) * METRIC_COUNT);
    for (const step of [0, 100, WINDOW_STEPS - 1]) {
      for (const [i, { name: metric }] of METRICS.entries()) {
        const wanted = (values as Record<string, number>)[metric];
        if (wanted !== undefined)
          assert.ok(Math.abs(row(step)[i] - wanted) < 0.01, `${name} ${metric} ${row(step)[i]}`);
        else if (metric !== 'uptime_days') assert.ok(Number.isNaN(row(step)[i]), `${name} ${metric}`);
      }
    }
  }
  const window = new Float32Array(SIZE);
  fleet.copyWindow(slot, fleet.closedStep, window, 0);
  assert.equal(window[(WINDOW_STEPS - 9) * METRIC_COUNT + METRIC.loadAverage], 9, 'what was measured stays');
  const uptime = window[SIZE - METRIC_COUNT + METRIC.uptimeDays];
  assert.ok(Math.abs(uptime - (3 - 300 / 86_400)) < 0.001);
});
