/** Configurations that need the full distribution, run by it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Clock } from '../../src/catalog/time.ts';
import { COLLECTOR_FOLDER, FULL_COLLECTOR, reasonWithout } from '../otelCollector/support.ts';
import {
  eventually,
  freePort,
  getJson,
  type Running,
  runProgram,
  type ServerDetail,
  type Settings,
  serversOf,
  startArgus,
  stop,
  temporaryFolder,
} from './support.ts';

const NODE_EXPORTER = 'prometheus-node-exporter';
/** Six minutes ahead: what is measured now belongs to a step that is closed already, and is shown at once. */
const ahead: Clock = { now: () => Date.now() + 6 * 60_000 };

function reasonWithoutNodeExporter(): string | false {
  const { error } = spawnSync(NODE_EXPORTER, ['--version'], { stdio: 'ignore' });
  return error === undefined ? false : `${NODE_EXPORTER} is not installed (Debian package of that name)`;
}

async function startCollector(
  t: TestContext,
  files: readonly string[],
  endpoint: string,
  settings: Settings,
): Promise<Running> {
  const args = files.flatMap((file) => ['--config', join(COLLECTOR_FOLDER, file)]);
  return runProgram(t, FULL_COLLECTOR, args, {
    ARGUS_ENDPOINT: endpoint,
    ARGUS_TLS_INSECURE: 'true',
    ARGUS_INTERVAL: '1s',
    ARGUS_QUEUE_DIR: join(temporaryFolder(t), 'queue'),
    ARGUS_HEALTH_LISTEN: `127.0.0.1:${await freePort()}`,
    ...settings,
  });
}

/** What Argus has of a server once its CPU is known, which takes two reports. */
function measured(rest: string, name: string): Promise<(metric: string) => number> {
  return eventually(`the metrics of ${name}`, async () => {
    const detail = await getJson<ServerDetail>(`${rest}/servers/${name}`);
    if (detail === undefined || detail.metrics.cpu_idle_pct.value === null) return undefined;
    return (metric) => detail.metrics[metric].value ?? Number.NaN;
  });
}

describe('the full Collector', { skip: reasonWithout(FULL_COLLECTOR) }, () => {
  it('brings what a real node_exporter measures, mapped, under the name of its host', {
    skip: reasonWithoutNodeExporter(),
  }, async (t) => {
    const { addresses } = await startArgus(t, {}, { clock: ahead });
    const target = `localhost:${await freePort()}`;
    runProgram(t, NODE_EXPORTER, [`--web.listen-address=${target}`, '--collector.tcpstat']);
    const targets = join(temporaryFolder(t), 'targets');
    mkdirSync(targets);
    writeFileSync(join(targets, 'here.yaml'), `- targets: ['${target}']\n`);
    const collector = await startCollector(t, ['node-exporter.yaml'], addresses.otlpGrpc, {
      ARGUS_TARGETS_DIR: targets,
    });
    const value = await measured(addresses.rest, 'localhost');
    const cpu = ['cpu_user_pct', 'cpu_sys_pct', 'cpu_iowait_pct', 'cpu_idle_pct'].map(value);
    const sum = cpu.reduce((total, share) => total + share, 0);
    assert.ok(cpu.every((share) => share >= 0) && Math.abs(sum - 100) < 1, `${cpu}`);
    assert.ok(value('mem_used_pct') > 0 && value('mem_used_pct') < 100);
    assert.ok(value('disk_usage_pct') > 0 && value('disk_usage_pct') <= 100);
    for (const metric of ['net_in_mb_s', 'net_out_mb_s', 'load_average', 'uptime_days', 'front_close_wait'])
      assert.ok(value(metric) >= 0, metric);
    assert.deepEqual([...(await serversOf(addresses)).keys()], ['localhost']);
    assert.equal(await stop(collector), 0);
  });

  it('takes the name of a server from its machine, also far from any cloud', async (t) => {
    const { addresses } = await startArgus(t, {}, { clock: ahead });
    const files = ['agent.yaml', 'overlays/resource-detection.yaml'];
    const collector = await startCollector(t, files, addresses.otlpGrpc, {});
    const value = await measured(addresses.rest, hostname());
    assert.ok(value('mem_used_pct') > 0);
    assert.deepEqual([...(await serversOf(addresses)).keys()], [hostname()]);
    assert.equal(await stop(collector), 0);
  });
});
