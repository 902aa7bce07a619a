import { TEST_IDS } from '../../src/app/testIds';
import { pageUrl } from '../../src/shared/routes';
import { adminKey, expect, gateUrl, manyServers, openIn, picture, readKey, test } from './stage';

const argus = { name: 'Argus', type: 'argus-datasource', access: 'proxy', isDefault: true, jsonData: {} };

test.afterEach(async ({ page }) => {
  const data = { ...argus, url: gateUrl, secureJsonData: { apiKey: readKey, adminKey } };
  await page.request.put('/api/datasources/uid/argus', { data });
});

test('1,000 servers: the map shows them all, and a search answers at once', async ({ page }) => {
  test.setTimeout(300_000);
  const { url, keys } = await manyServers();
  const secureJsonData = { apiKey: keys.read, adminKey: keys.admin };
  const saved = await page.request.put('/api/datasources/uid/argus', {
    data: { ...argus, url, secureJsonData },
  });
  expect(saved.status()).toBe(200);
  await openIn(page, pageUrl('fleet'), 'dark');
  await expect(page.getByTestId(TEST_IDS.fleetTable)).toContainText('of 1,000');
  await expect(page.getByTestId('argus-fleet-map').getByRole('link')).toHaveCount(1000);
  await picture(page, 'dark', 'fleet-1000');
  await page.getByLabel('Search servers by name or cause').fill('app-479');
  await expect(page.getByTestId(TEST_IDS.fleetTable).getByRole('link', { name: 'app-479' })).toBeVisible();
});
