import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StartError } from '../server/errors.ts';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];

/** Headless in a container, and asking nothing of anybody. */
export const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
] as const;

/** The Chromium on PATH, or the one that CHROMIUM names. @throws StartError */
export function findBrowser(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = BROWSERS.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = process.env.CHROMIUM ?? candidates.find(existsSync);
  if (found === undefined) {
    throw new StartError('No Chromium is installed: apt-get install chromium, or name one by CHROMIUM.');
  }
  return found;
}
