import type { Locator } from '@playwright/test';
import { TEST_IDS } from '../../src/app/testIds';
import { TEST_ID as PANEL_IDS } from '../../src/panels/testIds';
import { serverUrl } from '../../src/shared/routes';
import { HOSTILE_SERVERS } from '../stage/backend';
import { criticalServer, expect, test } from './stage';

test('a server has its forecasts, its risk and the parts of it', async ({ page }) => {
  await page.goto(serverUrl(await criticalServer(page)));
  await expect(page.getByTestId(TEST_IDS.serverHeader)).toContainText('Critical');
  await expect(page.getByTestId(PANEL_IDS.chart).first()).toBeVisible();
  await expect(page.getByTestId(TEST_IDS.riskParts)).toContainText('Memory');
});

test('what would bring the risk down gives, when it is tried, the risk that it promises', async ({
  page,
}) => {
  await page.goto(serverUrl(await criticalServer(page)));
  const card = page.getByRole('article', { name: 'What would bring it down' }).getByRole('listitem').first();
  const after = (place: Locator) => place.getByLabel('becomes').locator('xpath=following-sibling::*[1]');
  const promised = await after(card).innerText();
  await card.getByRole('button', { name: 'Try it' }).click();
  await expect(after(page.getByRole('article', { name: 'What if' }))).toHaveText(promised);
});

test('a server that nobody knows is said to be unknown, with a way to all servers', async ({ page }) => {
  await page.goto(serverUrl('nobody'));
  await expect(page.getByText('Argus does not know a server “nobody”')).toBeVisible();
  await page.getByRole('link', { name: 'All servers' }).click();
  await expect(page.getByTestId(TEST_IDS.fleet)).toBeVisible();
});

for (const name of HOSTILE_SERVERS) {
  test(`a server called ${name} is shown by its name and found by its link`, async ({ page }) => {
    let ran = false;
    page.on('dialog', (dialog) => {
      ran = true;
      void dialog.dismiss();
    });
    await page.goto(`/a/argus-app/fleet?search=${encodeURIComponent(name.slice(0, 8))}`);
    await page.getByTestId(TEST_IDS.fleetTable).getByRole('link', { name, exact: true }).click();
    await expect(page.getByTestId(TEST_IDS.serverHeader)).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toContainText(name);
    await page.reload();
    await expect(page.getByTestId(TEST_IDS.serverHeader)).toBeVisible();
    expect(ran).toBe(false);
  });
}
