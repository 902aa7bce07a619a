import { expect, GRAFANA_ONLY, isReal, PROXY, panelCalled, test } from './stage';

test('an editor may not train either', async ({ page }) => {
  const refused = await page.request.post(`${PROXY}/api/admin/trigger-training`);
  expect(refused.status()).toBe(403);
});

test('the fleet dashboard opens without editing', async ({ gotoDashboardPage, page }) => {
  await gotoDashboardPage({ uid: 'argus-fleet' });
  await expect(panelCalled(page, 'Risk map')).toBeVisible();
  await expect(page.getByTestId('argus-fleet-map')).toBeVisible();
});

test('an editor asks the data source in Explore', async ({ explorePage, page }) => {
  test.skip(!isReal, GRAFANA_ONLY);
  await explorePage.datasource.set('Argus');
  await expect(page.getByTestId('data-testid Query editor row').first()).toBeVisible();
});
