import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { PROJECT_FOLDER } from '../server/paths.ts';

const STOP_MS = 10_000;

export interface Argus {
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** Starts a command of the command line from the sources; its complaints go to standard error. */
export function startArgus(args: readonly string[]): Argus {
  const child = spawn(process.execPath, [`${PROJECT_FOLDER}/backend/src/main.ts`, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ARGUS_LOG__LEVEL: 'error' },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(force);
  };
  return { child, stop };
}

/** What a command prints, when it has ended well. @throws Error where it failed */
export function outputOf(args: readonly string[]): Promise<string> {
  const { child } = startArgus(args);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`argus ${args[0]} ended with exit code ${code}.`)),
    );
  });
}

export interface Addresses {
  readonly rest: string;
  readonly otlpGrpc: string;
}

/** The addresses that `serve --json` names. */
export function addressesOf({ child }: Argus): Promise<Addresses> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The backend ended with exit code ${code}.`)));
    if (child.stdout === null) return reject(new Error('The backend has no output.'));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as { event?: string } & Addresses;
      if (message.event === 'listening') resolve(message);
    });
  });
}

/** Asks until the answer is there. @throws Error naming what did not come */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  withinMs = 120_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`After ${withinMs / 1000} s there is still no ${what}.`);
}
