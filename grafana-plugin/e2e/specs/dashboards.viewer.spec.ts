import { TEST_ID } from '../../src/panels/testIds';
import { criticalServer, expect, GRAFANA_ONLY, isReal, panelCalled, test } from './stage';

test('the fleet dashboard shows the risk map of all servers', async ({ gotoDashboardPage, page }) => {
  await gotoDashboardPage({ uid: 'argus-fleet' });
  await expect(panelCalled(page, 'Risk map').getByTestId(TEST_ID.fleetMap)).toBeVisible();
});

test('the server dashboard shows the forecasts of the chosen server', async ({ page }) => {
  const name = await criticalServer(page);
  await page.goto(`/d/argus-server?var-server=${encodeURIComponent(name)}`);
  const forecast = panelCalled(page, 'Forecast');
  await expect(forecast.getByTestId(TEST_ID.chart).first()).toBeVisible();
  await expect(forecast.getByRole('link', { name }).first()).toBeVisible();
});

test("the dashboard of Argus's own health opens", async ({ page }) => {
  await page.goto('/d/argus-health');
  await expect(panelCalled(page, 'Servers')).toBeVisible();
});

test('the tables of the fleet dashboard list the servers in trouble', async ({ page }) => {
  test.skip(!isReal, GRAFANA_ONLY);
  const name = await criticalServer(page);
  await page.goto('/d/argus-fleet');
  await expect(panelCalled(page, 'Servers that need someone now')).toContainText(name);
});
