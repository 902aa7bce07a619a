import { TEST_IDS } from '../../src/app/testIds';
import { pageUrl } from '../../src/shared/routes';
import { backend, expect, panelCalled, test, tile } from './stage';

test.afterEach(() => backend.up());

test('a backend that is down: a sentence with a retry, and all is well again once it is up', async ({
  page,
}) => {
  await backend.down();
  await page.goto(pageUrl('fleet'));
  const notice = page.getByTestId(TEST_IDS.error).first();
  await expect(notice).toContainText('Grafana cannot reach Argus');
  await expect(notice).toContainText('Check that Argus runs');
  await backend.up();
  await notice.getByRole('button', { name: 'Try again' }).click();
  await expect(tile(page, 'Critical')).toHaveText(/[1-9]/);
  await expect(page.getByTestId(TEST_IDS.error)).toHaveCount(0);
});

test('what was there stays, and is said to be older, while the backend is away', async ({ page }) => {
  await page.goto(pageUrl('alerts'));
  await expect(page.getByTestId(TEST_IDS.activeAlerts).getByRole('link').nth(1)).toBeVisible();
  await backend.down();
  await page.getByTestId('data-testid RefreshPicker run button').click();
  await expect(page.getByTestId(TEST_IDS.error).first()).toContainText('older');
  await backend.up();
  await page.getByTestId('data-testid RefreshPicker run button').click();
  await expect(page.getByTestId(TEST_IDS.error).filter({ hasText: 'older' })).toHaveCount(0);
});

test('a panel of a dashboard says what is wrong, and recovers', async ({ page }) => {
  await backend.down();
  await page.goto('/d/argus-fleet');
  const panel = panelCalled(page, 'Risk map');
  await expect(panel.getByTestId('data-testid Panel status error')).toBeVisible();
  await backend.up();
  await page.getByTestId('data-testid RefreshPicker run button').click();
  await expect(panel.getByTestId('argus-fleet-map')).toBeVisible();
});
