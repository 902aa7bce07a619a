import { TEST_IDS } from '../../src/app/testIds';
import { APP_ID } from '../../src/constants';
import { criticalServer, expect, test, tile } from './stage';

test.beforeEach(async ({ gotoAppPage }) => {
  await gotoAppPage({ pluginId: APP_ID, path: '/fleet' });
});

test('the fleet says how many servers there are at each level, and who needs someone now', async ({
  page,
}) => {
  const name = await criticalServer(page);
  await expect(tile(page, 'Critical')).toHaveText(/[1-9]/);
  await expect(tile(page, 'Healthy')).toHaveText(/[1-9]/);
  const list = page.getByTestId(TEST_IDS.fleetTable);
  await expect(list.getByRole('link', { name, exact: true })).toBeVisible();
  await expect(page.getByText('A server fails within 8 h')).toBeVisible();
});

test('filters are kept in the address: it can be shared, and the back button undoes them', async ({
  page,
}) => {
  await tile(page, 'Critical').click();
  await expect(page).toHaveURL(/level=critical/);
  await page.getByLabel('Search servers by name or cause').fill('pp');
  await expect(page).toHaveURL(/search=pp/);
  await page.reload();
  await expect(tile(page, 'Critical')).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByLabel('Search servers by name or cause')).toHaveValue('pp');
  await page.getByRole('button', { name: 'Clear filters' }).first().click();
  await expect(page).not.toHaveURL(/level=critical|search=pp/);
  await page.goBack();
  await expect(page).toHaveURL(/level=critical/);
});

test('a text that no server has says so, with a way back', async ({ page }) => {
  await page.getByLabel('Search servers by name or cause').fill('nobody-is-called-this');
  await expect(page.getByText('No server matches')).toBeVisible();
  await page.getByRole('button', { name: 'Clear filters' }).first().click();
  await expect(page.getByText('No server matches')).toBeHidden();
});

test('a click on a server leads to its page, and back', async ({ page }) => {
  const name = await criticalServer(page);
  await page.getByTestId(TEST_IDS.fleetTable).getByRole('link', { name, exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`/a/${APP_ID}/servers/${name}`));
  await expect(page.getByTestId(TEST_IDS.serverHeader)).toBeVisible();
  await page.goBack();
  await expect(page.getByTestId(TEST_IDS.fleetTable)).toBeVisible();
});
