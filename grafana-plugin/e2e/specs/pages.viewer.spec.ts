import { TEST_IDS } from '../../src/app/testIds';
import { APP_ID } from '../../src/constants';
import { alertingServer, expect, PROXY, test } from './stage';

test('the alerts page lists what is active, with links to the server and to a silence', async ({
  gotoAppPage,
  page,
}) => {
  await gotoAppPage({ pluginId: APP_ID, path: '/alerts' });
  const name = await alertingServer(page);
  const active = page.getByTestId(TEST_IDS.activeAlerts);
  await expect(active.getByRole('link', { name, exact: true }).first()).toBeVisible();
  await expect(active.getByRole('link', { name: /silence/i }).first()).toHaveAttribute(
    'href',
    /alerting\/silence\/new/,
  );
  await expect(page.getByTestId(TEST_IDS.pastAlerts)).toBeVisible();
});

test('the models page says what forecasts and how exact it has been', async ({ gotoAppPage, page }) => {
  await gotoAppPage({ pluginId: APP_ID, path: '/models' });
  await expect(page.getByTestId(TEST_IDS.models)).toContainText('CPU');
  await expect(page.getByTestId(TEST_IDS.reportCard)).toBeVisible();
});

test('a viewer sees the buttons of administrators disabled, and Grafana refuses what they do', async ({
  gotoAppPage,
  page,
}) => {
  await gotoAppPage({ pluginId: APP_ID, path: '/models' });
  await expect(page.getByTestId(TEST_IDS.training)).toBeVisible();
  for (const button of await page.getByRole('button', { name: /Train now|Use this model|Reload/ }).all()) {
    await expect(button).toHaveAttribute('aria-disabled', 'true');
  }
  const refused = await page.request.post(`${PROXY}/api/admin/trigger-training`);
  expect(refused.status()).toBe(403);
  const settings = await page.request.put('/api/datasources/uid/argus', { data: {} });
  expect(settings.status()).toBe(403);
});

test('a viewer reads no secret', async ({ page }) => {
  const answer = await page.request.get('/api/datasources/uid/argus');
  expect(await answer.text()).not.toMatch(/argus_[A-Za-z0-9]{20,}/);
});
