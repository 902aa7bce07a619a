/** The command line as a person or a script calls it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { commands } from '../../src/commands/index.ts';
import { argus, temporaryFolder } from '../app/support.ts';

it('without a command, or with one that there is not, it lists the commands and exits with 2', async (t) => {
  const nothing = argus(t, []);
  assert.equal(await nothing.ended, 2);
  for (const name of commands.keys()) assert.match(nothing.stdout(), new RegExp(`^ +${name} `, 'm'));
  const unknown = argus(t, ['srve']);
  assert.equal(await unknown.ended, 2);
  assert.match(unknown.stderr(), /no command "srve"/);
});

it('--help shows how every command is called', async (t) => {
  for (const name of commands.keys()) {
    const help = argus(t, [name, '--help']);
    assert.equal(await help.ended, 0, name);
    assert.match(help.stdout(), new RegExp(`argus ${name} `));
  }
});

it('a call that cannot be meant exits with 2, naming the option, and no stack', async (t) => {
  const calls: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['serve', '--prot', '1'], /--prot/],
    [['simulate'], /--endpoint/],
    [['simulate', '--endpoint', '127.0.0.1:1', '--servers', 'many'], /--servers .*"many"/],
    [['simulate', '--endpoint', '127.0.0.1:1', '--scenario', 'war'], /--scenario is one of .*"war"/],
    [['demo', '--servers', '-1'], /--servers/],
    [['demo', '--port', 'x'], /--port/],
    [['keys', 'create'], /--name/],
    [['check-config'], /one file/],
    [['train'], /--data and --out/],
    [['train', '--mode', 'streaming', '--data', 'a', '--data', 'b', '--out', 'c'], /one --data, and 2/],
    [['train', '--data', 'a', '--out', 'c', '--allow-still', 'uptime_days'], /--allow-still is one of/],
  ];
  for (const [args, message] of calls) {
    const call = argus(t, args);
    assert.equal(await call.ended, 2, `${args.join(' ')}: ${call.stderr()}`);
    assert.match(call.stderr(), message);
    assert.doesNotMatch(call.stderr(), /\bat .*\.(ts|js):/);
  }
});

it('check-config says of a right file that it is right', async (t) => {
  const file = join(temporaryFolder(t), 'argus.yaml');
  writeFileSync(file, 'log:\n  level: info\n');
  const check = argus(t, ['check-config', file, '--json']);
  assert.equal(await check.ended, 0);
  assert.deepEqual(JSON.parse(check.stdout()), { file, ok: true, problems: [] });
});
