/** Every command, loaded only when it is called: `argus keys` needs no network library. */

export interface Command {
  /** Options and an example, as --help prints them. */
  readonly usage: string;
  /** @returns the exit code: 0 done, 1 failed, 2 called wrongly */
  run(args: readonly string[]): Promise<number>;
}

interface CommandEntry {
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}

export const commands: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  ['serve', { summary: 'run the backend', load: () => import('./serve.ts') }],
  ['demo', { summary: 'a simulated fleet, the backend and a live table', load: () => import('./demo.ts') }],
  [
    'simulate',
    { summary: 'send a simulated fleet, or this machine, over OTLP', load: () => import('./simulate.ts') },
  ],
  [
    'generate',
    { summary: 'write a data set of a simulated fleet as Parquet', load: () => import('./generate.ts') },
  ],
  ['train', { summary: 'train a model bundle', load: () => import('./train.ts') }],
  ['evaluate', { summary: 'score a model bundle beside baselines', load: () => import('./evaluate.ts') }],
  [
    'calibrate',
    { summary: 'fit the failure probabilities of a bundle', load: () => import('./calibrate.ts') },
  ],
  [
    'backtest',
    { summary: 'score alerts by event against known failures', load: () => import('./backtest.ts') },
  ],
  ['replay', { summary: 'run the past again under other thresholds', load: () => import('./replay.ts') }],
  ['keys', { summary: 'create, list and revoke API keys', load: () => import('./keys.ts') }],
  ['backup', { summary: 'write everything Argus keeps into one file', load: () => import('./backup.ts') }],
  ['restore', { summary: 'put a backup into an empty folder', load: () => import('./restore.ts') }],
  ['check-config', { summary: 'check a configuration file', load: () => import('./checkConfig.ts') }],
]);
