/** kill −9 of a program at a moment of chance: what crash tests share. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Kills of each kind of file; ARGUS_CRASH_ROUNDS asks for more than a build has time for, such as 100. */
export const CRASH_ROUNDS = Number(process.env.ARGUS_CRASH_ROUNDS ?? 25);

/**
 * Runs a program until some time after it is under way, and kills it.
 * @param program a TypeScript file that prints a line for each thing that is on disk, and never ends by itself
 * @param isUnderWay whether what it has printed is enough to begin with; its first line by default
 * @returns the lines it printed in full
 */
export async function runAndKill(
  program: string,
  args: readonly string[],
  lifeMs: number,
  isUnderWay: (lines: readonly string[]) => boolean = () => true,
): Promise<readonly string[]> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let output = '';
  const begun = new Promise<void>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
      const lines = wholeLines(output);
      if (lines.length > 0 && isUnderWay(lines)) resolve();
    });
  });
  await Promise.race([begun, ended]);
  await sleep(lifeMs);
  child.kill('SIGKILL');
  const [code, signal] = await ended;
  assert.equal(signal, 'SIGKILL', `the program ended by itself with ${code}`);
  return wholeLines(output);
}

/** The last one may be torn by the kill. */
const wholeLines = (output: string): readonly string[] => output.split('\n').slice(0, -1);
