import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test as grafanaTest } from '@grafana/plugin-e2e';
import type { Locator, Page } from '@playwright/test';

export { expect };

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error('The specs are run by e2e/stage/run.ts: npm run e2e.');
  return value;
}

/** Whether a real Grafana is tested, not the preview. */
export const isReal = process.env.ARGUS_E2E_REAL === 'yes';
/** Why a spec is left out of the preview. */
export const GRAFANA_ONLY = 'part of Grafana itself: tested with GRAFANA_URL, not in the preview';

const CHANGED_WITHIN_MS = 30_000;

export const DATA_SOURCE_UID = 'argus';
export const PROXY = `/api/datasources/proxy/uid/${DATA_SOURCE_UID}`;
export const gateUrl = setting('ARGUS_E2E_GATE');
export const readKey = setting('ARGUS_E2E_READ_KEY');
export const adminKey = setting('ARGUS_E2E_ADMIN_KEY');

export type Theme = 'light' | 'dark';
export const THEMES: readonly Theme[] = ['dark', 'light'];

interface ManyServers {
  readonly url: string;
  readonly keys: { readonly read: string; readonly admin: string };
}

async function control(path: string): Promise<Response> {
  const response = await fetch(`${setting('ARGUS_E2E_CONTROL')}${path}`, { method: 'POST' });
  if (!response.ok) throw new Error(`The stage answered ${response.status}: ${await response.text()}`);
  return response;
}

/** Makes the backend unreachable, and reachable again. */
export const backend = {
  down: () => control('/down'),
  up: () => control('/open'),
};

/** The backend of the large fleet, once all its servers have forecasts. */
export async function manyServers(): Promise<ManyServers> {
  return (await (await control('/many')).json()) as ManyServers;
}

/**
 * What the backend answers first, asked again for a while: for some seconds after a data source was changed, Grafana's
 * proxy may still ask the address it had.
 */
async function firstName(page: Page, path: string, nameIn: (answer: unknown) => string | undefined) {
  let name: string | undefined;
  await expect(async () => {
    const response = await page.request.get(`${PROXY}/api${path}`);
    name = nameIn(await response.json());
    expect(name).toBeTruthy();
  }).toPass({ timeout: CHANGED_WITHIN_MS });
  return name ?? '';
}

/** A server that the backend says is critical. */
export function criticalServer(page: Page): Promise<string> {
  return firstName(page, '/servers?level=critical&limit=1', (answer) => {
    const { servers } = answer as { servers: readonly { readonly name: string }[] };
    return servers[0]?.name;
  });
}

/** A server with an open alert, the most urgent one; a level opens one only after it has held. */
export function alertingServer(page: Page): Promise<string> {
  return firstName(page, '/alerts/active', (answer) => {
    const { alerts } = answer as { alerts: readonly { readonly server_name: string }[] };
    return alerts[0]?.server_name;
  });
}

/** Opens a page in a theme, as Grafana and the preview both take it. */
export async function openIn(page: Page, path: string, theme: Theme): Promise<void> {
  await page.goto(`${path}${path.includes('?') ? '&' : '?'}theme=${theme}`);
}

/** The tile of a level on the Fleet page: how many servers there are, and a filter. */
export function tile(page: Page, level: string): Locator {
  const tiles = page.getByRole('group', { name: 'Servers at each level' });
  return tiles.getByRole('button', { name: new RegExp(`^${level} \\d`) });
}

/** A panel of a dashboard by its title. */
export function panelCalled(page: Page, title: string): Locator {
  return page.getByTestId(`data-testid Panel header ${title}`);
}

const SCROLLS = 30;
const SCROLL_PX = 400;

/** Scrolls down until a panel is there: Grafana draws those below only when they come into sight. */
export async function reveal(page: Page, panel: Locator): Promise<void> {
  await expect(page.getByTestId(/^data-testid Panel header /).first()).toBeVisible();
  for (let scroll = 0; scroll < SCROLLS && (await panel.count()) === 0; scroll += 1) {
    await page.mouse.move(600, 400);
    await page.mouse.wheel(0, SCROLL_PX);
    await page.waitForTimeout(200);
  }
  await panel.scrollIntoViewIfNeeded();
}

/** Puts a picture of what is shown into the folder of pictures. */
export async function picture(shown: Page | Locator, theme: Theme, name: string): Promise<void> {
  const folder = join(setting('ARGUS_SCREENSHOTS'), theme);
  mkdirSync(folder, { recursive: true });
  await shown.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}

/** What an accessibility scan holds against one page, in lines. */
type Violations = { readonly violations: readonly Violation[] };
interface Violation {
  readonly id: string;
  readonly impact?: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

export function seriousIn({ violations }: Violations): readonly string[] {
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help} (${nodes.length}): ${nodes[0]?.html.slice(0, 300)}`);
}

interface BootData {
  readonly version: string;
  readonly namespace: string;
  readonly selectorsUrl: undefined;
}

/**
 * plugin-e2e opens Grafana's home twice before each spec, to read its version and to set flags that only other versions
 * have. The version is known here, so that a spec opens nothing but what it is about.
 */
export const test = grafanaTest.extend<{ bootData: BootData }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from the pattern
  bootData: async ({}, use) => {
    await use({ version: setting('GRAFANA_VERSION'), namespace: 'default', selectorsUrl: undefined });
  },
  page: async ({ context }, use) => {
    await use(await context.newPage());
  },
});
