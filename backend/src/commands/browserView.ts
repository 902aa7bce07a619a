/** What the demo shows in a browser: an installed Grafana, or the preview of the plugin without one. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SERVER_FOLDER = fileURLToPath(new URL('../../../grafana-plugin/e2e/server', import.meta.url));
const GRAFANA_DATA = fileURLToPath(new URL('../../../data/grafana', import.meta.url));

export interface BrowserViewOptions {
  /** Address of the backend. */
  readonly rest: string;
  readonly port: number;
  /** Home folder of the Grafana to run. */
  readonly grafana?: string | undefined;
  /** true: the preview even where a Grafana is installed; false: neither. */
  readonly preview?: boolean | undefined;
}

export interface BrowserView {
  readonly process: ChildProcess | undefined;
  /** How it stands, in words: being built, its address, or what keeps it from running. */
  status(): string;
}

function isInstalled(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, program)));
}

function commandLine({ rest, port, grafana, preview }: BrowserViewOptions): readonly string[] {
  const common = ['--backend', rest, '--port', String(port), '--json'];
  const real = grafana !== undefined || (preview !== true && isInstalled('grafana'));
  if (!real) return [join(SERVER_FOLDER, 'main.ts'), ...common];
  const home = grafana === undefined ? [] : ['--home', grafana];
  return [join(SERVER_FOLDER, 'grafanaMain.ts'), ...common, ...home, '--data-dir', GRAFANA_DATA];
}

interface Message {
  readonly event: 'progress' | 'listening' | 'failed';
  readonly text: string;
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'event' in value && 'text' in value;
}

function messageIn(line: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isMessage(value) ? value : undefined;
  } catch {
    return undefined; // a line of a library's own
  }
}

/**
 * Starts what a browser can look at, as a process of its own: it may fail without ending the demo.
 * @param onChange is told when its status changes
 */
export function startBrowserView(options: BrowserViewOptions, onChange: () => void): BrowserView {
  if (options.preview === false && options.grafana === undefined) {
    return { process: undefined, status: () => 'left out (--no-preview)' };
  }
  if (!existsSync(SERVER_FOLDER)) {
    return { process: undefined, status: () => 'left out: grafana-plugin is not here' };
  }
  let status = 'starting …';
  const change = (text: string): void => {
    status = text;
    onChange();
  };
  const child = spawn(process.execPath, [...commandLine(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let failed = false;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = messageIn(line);
    failed ||= message?.event === 'failed';
    if (message !== undefined) change(message.text);
  });
  child.once('exit', (code) => {
    if (!failed) change(`ended (exit code ${code}); the rest goes on`);
  });
  return { process: child, status: () => status };
}
