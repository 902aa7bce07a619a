// node scripts/make-kubernetes.mjs [FOLDER]: what deploy/kubernetes/base takes over from elsewhere in the tree: the rules of
// Prometheus as a PrometheusRule, and the gateway's configuration, which kustomize takes from below its own folder only.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { root } from './setup.mjs';

const out = process.argv[2] ?? join(root, 'deploy', 'kubernetes', 'base');
const read = (...path) => readFileSync(join(root, ...path), 'utf8');
const note = (source) => `# Made by scripts/make-kubernetes.mjs from ${source}; do not edit by hand.\n`;

const files = globSync('provisioning/prometheus/rules/*.yml', { cwd: root }).sort();
const rule = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: { name: 'argus' },
  spec: { groups: files.flatMap((file) => parse(read(file)).groups) },
};
writeFileSync(
  join(out, 'prometheus-rule.yaml'),
  note('provisioning/prometheus/rules') + stringify(rule, { lineWidth: 0 }),
);
for (const [source, name] of [
  ['otel-collector/gateway.yaml', 'gateway.yaml'],
  ['otel-collector/overlays/dns.yaml', 'dns.yaml'],
])
  writeFileSync(join(out, 'config', name), note(source) + read(source));
