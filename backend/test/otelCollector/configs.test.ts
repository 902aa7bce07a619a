/** Every configuration of the Collector, checked by the Collector. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { reasonWithoutTool, runTool } from '../provisioning/deployTools.ts';
import { COLLECTOR, COLLECTOR_FOLDER, FULL_COLLECTOR, reasonWithout } from './support.ts';

interface Case {
  readonly files: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly collector: string;
}

const AGENT = { ARGUS_HOST_NAME: 'here' };
const GATEWAY = { ARGUS_GATEWAY_KEY: 'secret', ARGUS_SHARDS: '[a:4317, b:4317]' };
const CASES: readonly Case[] = [
  { files: ['agent.yaml'], env: AGENT, collector: COLLECTOR },
  { files: ['gateway.yaml'], env: GATEWAY, collector: COLLECTOR },
  {
    files: ['gateway.yaml', 'overlays/dns.yaml'],
    env: { ...GATEWAY, ARGUS_SHARDS_NAME: 'argus' },
    collector: COLLECTOR,
  },
  {
    files: ['gateway.yaml', 'overlays/remote-write.yaml'],
    env: { ...GATEWAY, ARGUS_REMOTE_WRITE_URL: 'http://prometheus:9090/api/v1/write' },
    collector: COLLECTOR,
  },
  { files: ['gateway.yaml', 'overlays/kafka.yaml'], env: GATEWAY, collector: FULL_COLLECTOR },
  { files: ['agent.yaml', 'overlays/resource-detection.yaml'], env: AGENT, collector: FULL_COLLECTOR },
  { files: ['node-exporter.yaml'], env: {}, collector: FULL_COLLECTOR },
];

/** Only what a case sets: the machine's own ARGUS_* variables must not help. */
function validate({ files, env, collector }: Case): {
  readonly status: number | null;
  readonly output: string;
} {
  const args = files.flatMap((file) => ['--config', join(COLLECTOR_FOLDER, file)]);
  const { status, stdout, stderr } = spawnSync(collector, ['validate', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  });
  return { status, output: stdout + stderr };
}

describe('the Collector accepts', () => {
  for (const one of CASES) {
    it(one.files.join(' with '), { skip: reasonWithout(one.collector) }, () => {
      const { status, output } = validate(one);
      assert.equal(status, 0, output);
    });
  }

  it('no configuration that is not in this list', () => {
    const known = new Set(CASES.flatMap(({ files }) => files));
    const files = globSync(['*.yaml', 'overlays/*.yaml'], { cwd: COLLECTOR_FOLDER });
    assert.deepEqual(files.toSorted(), [...known].toSorted());
  });
});

describe('the Collector refuses to start', { skip: reasonWithout(COLLECTOR) }, () => {
  it('an agent that has no name for its server', () => {
    const { status, output } = validate({ files: ['agent.yaml'], env: {}, collector: COLLECTOR });
    assert.notEqual(status, 0);
    assert.match(output, /host\.name/);
  });

  it('a gateway that would take reports without a key', () => {
    const { status, output } = validate({ files: ['gateway.yaml'], env: {}, collector: COLLECTOR });
    assert.notEqual(status, 0);
    assert.match(output, /bearertokenauth.*no bearer token/);
  });
});

describe("Alloy's parser", { skip: reasonWithoutTool('alloysyntax') }, () => {
  it('takes agent.alloy', () => {
    const { status, stderr } = runTool('alloysyntax', [join(COLLECTOR_FOLDER, 'agent.alloy')]);
    assert.equal(stderr, '');
    assert.equal(status, 0);
  });

  it('would refuse a block that does not end', (t) => {
    const file = join(mkdtempSync(join(tmpdir(), 'argus-alloy-')), 'broken.alloy');
    t.after(() => rmSync(dirname(file), { recursive: true, force: true }));
    writeFileSync(file, 'otelcol.storage.file "queue" {\n');
    const { status, stderr } = runTool('alloysyntax', [file]);
    assert.equal(status, 1);
    assert.match(stderr, /broken\.alloy:/);
  });
});

describe('the distributions', () => {
  for (const name of ['agent', 'full']) {
    it(`${name}: pin in go.mod what the manifest names`, () => {
      const folder = join(COLLECTOR_FOLDER, 'distribution', name);
      const manifest = parse(readFileSync(join(folder, 'manifest.yaml'), 'utf8'));
      const modules = ['receivers', 'processors', 'exporters', 'extensions', 'providers'].flatMap(
        (kind): readonly { readonly gomod: string }[] => manifest[kind],
      );
      const pinned = readFileSync(join(folder, 'go.mod'), 'utf8');
      for (const { gomod } of modules) assert.ok(pinned.includes(`\t${gomod}\n`), gomod);
    });
  }
});
