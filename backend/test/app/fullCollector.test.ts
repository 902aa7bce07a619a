/** Configurations that need the full distribution, run by it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { COLLECTOR_FOLDER, FULL_COLLECTOR, reasonWithout } from '../otelCollector/support.ts';
import {
  freePort,
  type Running,
  runProgram,
  type Settings,
  serversOf,
  startArgus,
  stop,
  temporaryFolder,
} from './support.ts';
import { ahead, assertWholeMachine, measured } from './thisMachine.ts';

const NODE_EXPORTER = 'prometheus-node-exporter';

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
    assertWholeMachine(value);
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
