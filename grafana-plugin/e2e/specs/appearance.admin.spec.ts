import type { Page } from '@playwright/test';
import { TEST_IDS } from '../../src/app/testIds';
import { TEST_ID } from '../../src/panels/testIds';
import { CONFIG_URL, pageUrl, serverUrl } from '../../src/shared/routes';
import {
  criticalServer,
  expect,
  openIn,
  panelCalled,
  picture,
  reveal,
  seriousIn,
  THEMES,
  test,
} from './stage';

const PAGES = [
  { name: 'fleet', path: () => pageUrl('fleet'), id: TEST_IDS.fleet, ready: TEST_IDS.fleetTable },
  {
    name: 'server',
    path: async (page: Page) => serverUrl(await criticalServer(page)),
    id: TEST_IDS.server,
    ready: TEST_ID.chart,
  },
  { name: 'alerts', path: () => pageUrl('alerts'), id: TEST_IDS.alerts, ready: TEST_IDS.activeAlerts },
  { name: 'replay', path: () => pageUrl('replay'), id: TEST_IDS.replay, ready: TEST_IDS.replay },
  { name: 'models', path: () => pageUrl('models'), id: TEST_IDS.models, ready: TEST_IDS.reportCard },
  { name: 'configuration', path: () => CONFIG_URL, id: TEST_IDS.config, ready: TEST_IDS.config },
] as const;

const PANELS = [
  { name: 'panel-fleet', dashboard: 'argus-fleet', title: 'Risk map', id: TEST_ID.fleetPanel },
  { name: 'panel-forecast', dashboard: 'argus-server', title: 'Forecast', id: TEST_ID.forecastPanel },
  { name: 'panel-explanation', dashboard: 'argus-server', title: 'Why', id: TEST_ID.explanation },
] as const;

/** Long enough for charts to be drawn after their data has come. */
const SETTLE_MS = 1_000;

async function settled(page: Page): Promise<void> {
  await expect(page.getByText(/^Loading /)).toHaveCount(0);
  await page.waitForTimeout(SETTLE_MS);
}

for (const theme of THEMES) {
  for (const { name, path, id, ready } of PAGES) {
    test(`the ${name} page is accessible in the ${theme} theme`, async ({ page, scanForA11yViolations }) => {
      await openIn(page, await path(page), theme);
      await expect(page.getByTestId(ready).first()).toBeVisible();
      await settled(page);
      await picture(page, theme, name);
      const scan = await scanForA11yViolations({ include: `[data-testid="${id}"]` });
      expect(seriousIn(scan)).toEqual([]);
    });
  }

  for (const { name, dashboard, title, id } of PANELS) {
    test(`the panel ${title} is accessible in the ${theme} theme`, async ({
      page,
      scanForA11yViolations,
    }) => {
      const server = await criticalServer(page);
      await openIn(page, `/d/${dashboard}?var-server=${server}`, theme);
      const panel = panelCalled(page, title);
      await reveal(page, panel);
      await expect(panel.getByTestId(id)).toBeVisible();
      await settled(page);
      await picture(panel, theme, name);
      const scan = await scanForA11yViolations({ include: `[data-testid="${id}"]` });
      expect(seriousIn(scan)).toEqual([]);
    });
  }
}
