/** The manifests for Kubernetes, checked against the schemas of its API and of the Prometheus operator. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';

const ROOT = join(import.meta.dirname, '../../..');
const BASE = join(ROOT, 'deploy/kubernetes/base');
const OPERATOR = 'monitoring.coreos.com/';
const kustomization = parse(readFileSync(join(BASE, 'kustomization.yaml'), 'utf8'));

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
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

const manifests: readonly Manifest[] = kustomization.resources.flatMap((file: string) =>
  parseAllDocuments(readFileSync(join(BASE, file), 'utf8')).map((document) => document.toJS()),
);

describe('the manifests for Kubernetes', () => {
  // promtool checks the rules themselves; their schema needs a library of regular expressions that is not installed.
  for (const manifest of manifests.filter(({ kind }) => kind !== 'PrometheusRule')) {
    it(`${manifest.kind} ${manifest.metadata.name} follows the schema of ${manifest.apiVersion}`, async () => {
      const Kind = await modelOf(manifest);
      new Kind(manifest).validate();
      assert.throws(() => new Kind({ ...manifest, metadata: JSON.parse('{"name":7}') }).validate());
    });
  }

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
