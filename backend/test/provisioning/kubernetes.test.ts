/** The manifests for Kubernetes, checked against the schemas of its API and of the Prometheus operator. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { reasonWithoutTool, runTool } from './deployTools.ts';

const ROOT = join(import.meta.dirname, '../../..');
const BASE = join(ROOT, 'deploy/kubernetes/base');
const OPERATOR = 'monitoring.coreos.com/';
const kustomization = parse(readFileSync(join(BASE, 'kustomization.yaml'), 'utf8'));

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}
type Model = new (manifest: Manifest) => { validate(): void };

/** Throws, from validate(), where a manifest breaks the schema of its kind. */
async function modelOf({ apiVersion, kind }: Manifest): Promise<Model> {
  const from = apiVersion.startsWith(OPERATOR)
    ? '@kubernetes-models/prometheus-operator'
    : 'kubernetes-models';
  const models: Readonly<Record<string, Model>> = await import(`${from}/${apiVersion}/${kind}`);
  return models[kind];
}

const documentsOf = (text: string): readonly Manifest[] =>
  parseAllDocuments(text).map((document) => document.toJS());
const manifests = kustomization.resources.flatMap((file: string) =>
  documentsOf(readFileSync(join(BASE, file), 'utf8')),
);

/** Checks manifests by the schema of their kind, each in a test of its own. */
function followSchemas(all: readonly Manifest[]): void {
  // promtool checks the rules themselves; their schema needs a library of regular expressions that is not installed.
  for (const manifest of all.filter(({ kind }) => kind !== 'PrometheusRule')) {
    it(`${manifest.kind} ${manifest.metadata.name} follows the schema of ${manifest.apiVersion}`, async () => {
      const Kind = await modelOf(manifest);
      new Kind(manifest).validate();
      assert.throws(() => new Kind({ ...manifest, metadata: JSON.parse('{"name":7}') }).validate());
    });
  }
}

describe('the manifests for Kubernetes', () => {
  followSchemas(manifests);

  it('make config maps of files that are there', () => {
    for (const { files } of kustomization.configMapGenerator)
      for (const file of files) assert.ok(existsSync(join(BASE, file.split('=')[1])), file);
  });

  it('carry the rules and the gateway of this tree', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'argus-kubernetes-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'config'));
    const made = spawnSync(process.execPath, [join(ROOT, 'scripts/make-kubernetes.mjs'), folder], {
      encoding: 'utf8',
    });
    assert.equal(made.status, 0, made.stderr);
    for (const file of ['prometheus-rule.yaml', 'config/gateway.yaml', 'config/dns.yaml'])
      assert.equal(
        readFileSync(join(BASE, file), 'utf8'),
        readFileSync(join(folder, file), 'utf8'),
        `${file}: run node scripts/make-kubernetes.mjs`,
      );
  });

  it('bring a configuration that Argus takes', () => {
    const main = join(ROOT, 'backend/src/main.ts');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [main, 'check-config', join(BASE, 'config/argus.yaml')],
      {
        encoding: 'utf8',
      },
    );
    assert.equal(status, 0, stdout + stderr);
  });
});

describe('what kustomize makes of them', { skip: reasonWithoutTool('kustomize') }, () => {
  const { status, stdout, stderr } = reasonWithoutTool('kustomize')
    ? { status: null, stdout: '', stderr: '' }
    : runTool('kustomize', ['build', BASE]);
  const rendered = documentsOf(stdout);
  followSchemas(rendered);

  it('is all of them and the config maps, marked as parts of Argus', () => {
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
    assert.equal(rendered.length, manifests.length + kustomization.configMapGenerator.length);
    for (const { metadata } of rendered)
      assert.equal(metadata.labels?.['app.kubernetes.io/part-of'], 'argus', metadata.name);
  });

  it('mounts the config maps under the names they got, and pins every image', () => {
    const maps = rendered.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    const mounted = [...stdout.matchAll(/^ +- configMap:\n +name: (\S+)$/gm)].map(([, name]) => name);
    assert.deepEqual(mounted.toSorted(), maps.toSorted());
    for (const name of maps) assert.match(name, /-[a-z0-9]{10}$/);
    for (const [, image] of stdout.matchAll(/^ +(?:- )?image: (\S+)$/gm))
      assert.match(image, /:\d+\.\d+\.\d+$/, image);
  });

  it('would refuse a file that is not there', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'argus-kustomize-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'kustomization.yaml'), 'resources: [missing.yaml]\n');
    const refused = runTool('kustomize', ['build', folder]);
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, /missing\.yaml/);
  });
});
