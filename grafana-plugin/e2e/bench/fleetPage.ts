/** First paint of the Fleet page with 1,000 servers, in the preview: from the request to the map with all of them. */
import { chromium } from '@playwright/test';
import { ensureHostBundled, ensurePluginBuilt } from '../server/build.ts';
import { HOST, listen } from '../server/ports.ts';
import { createPreview } from '../server/preview.ts';
import { startBackend } from '../stage/backend.ts';
import { BROWSER_FLAGS, findBrowser } from '../stage/browser.ts';

const SERVERS = 1000;
const VISITS = 7;
const PAGE = '/a/argus-app/fleet';

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Milliseconds from the start of the navigation to a frame in which every server has its place on the map. */
async function visit(page: import('@playwright/test').Page, url: string): Promise<number> {
  await page.goto(url, { waitUntil: 'commit' });
  const painted = await page.waitForFunction(
    (servers) => {
      const cells = document.querySelectorAll('[data-testid="argus-fleet-map"] a').length;
      return cells >= servers ? performance.now() : false;
    },
    SERVERS,
    { polling: 'raf', timeout: 120_000 },
  );
  return (await painted.jsonValue()) as number;
}

const dist = await ensurePluginBuilt();
const host = await ensureHostBundled();
const backend = await startBackend(SERVERS, false);
const keys = { apiKey: backend.keys.read, adminKey: backend.keys.admin };
const preview = createPreview({ dist, host, backend: backend.url, keys });
const url = `http://${HOST}:${await listen(preview, 0)}${PAGE}`;
const browser = await chromium.launch({ executablePath: findBrowser(), args: [...BROWSER_FLAGS] });
try {
  const cold: number[] = [];
  for (let count = 0; count < VISITS; count += 1) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    cold.push(await visit(await context.newPage(), url));
    await context.close();
  }
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const warm: number[] = [];
  for (let count = 0; count <= VISITS; count += 1) {
    const ms = await visit(page, url);
    if (count > 0) warm.push(ms);
  }
  const figures = {
    servers: SERVERS,
    visits: VISITS,
    cold_ms: Math.round(median(cold)),
    warm_ms: Math.round(median(warm)),
    cold_fastest_ms: Math.round(Math.min(...cold)),
    goal_ms: 1500,
  };
  process.stdout.write(`${JSON.stringify({ bench: 'fleetPage', ...figures })}\n`);
} finally {
  await browser.close();
  preview.close();
  preview.closeAllConnections();
  await backend.stop();
}
