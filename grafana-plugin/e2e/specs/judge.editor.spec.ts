import type { Locator, Page } from '@playwright/test';
import { TEST_IDS } from '../../src/app/testIds';
import { pageUrl } from '../../src/shared/routes';
import { alertingServer, expect, PROXY, seriousIn, test } from './stage';

/** The row of a server's open alert. */
function alertRow(page: Page, server: string): Locator {
  const link = page.getByRole('link', { name: server, exact: true });
  return page.getByTestId(TEST_IDS.activeAlerts).getByRole('row').filter({ has: link }).first();
}

interface Annotation {
  readonly id: string;
}

/** Takes back whatever was said, so that the specs after find the alerts as they were. */
test.afterEach(async ({ page }) => {
  const response = await page.request.get(`${PROXY}/api/annotations`);
  const { annotations } = (await response.json()) as { annotations: readonly Annotation[] };
  for (const { id } of annotations) await page.request.delete(`${PROXY}/api/annotations/${id}`);
});

test('an editor judges an alert by one click; it is kept, and can be undone', async ({ page }) => {
  await page.goto(pageUrl('alerts'));
  const server = await alertingServer(page);
  const row = alertRow(page, server);
  await row.getByRole('button', { name: `False alarm: ${server}` }).click();
  await expect(row).toContainText('False alarm');
  await expect(row.getByRole('button', { name: /^Undo/ })).toBeEnabled();
  await page.reload();
  await expect(row).toContainText('False alarm');
  await row.getByRole('button', { name: /^Undo/ }).click();
  await expect(row.getByRole('button', { name: `False alarm: ${server}` })).toBeVisible();
  await page.reload();
  await expect(row.getByRole('button', { name: `False alarm: ${server}` })).toBeVisible();
});

test('an editor plans maintenance: its alerts are muted with the reason, until it is deleted', async ({
  page,
  scanForA11yViolations,
}) => {
  await page.goto(pageUrl('alerts'));
  const server = await alertingServer(page);
  await page.getByRole('button', { name: 'Plan maintenance' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox').fill(server);
  await page.getByRole('option', { name: server, exact: true }).first().click();
  await page.keyboard.press('Escape');
  await dialog.getByLabel('Comment').fill('memory exchanged');
  expect(seriousIn(await scanForA11yViolations({ include: '[role="dialog"]' }))).toEqual([]);
  await dialog.getByRole('button', { name: 'Plan maintenance' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(alertRow(page, server)).toContainText(/Muted: maintenance, until .*: memory exchanged/);
  const windows = page.getByTestId(TEST_IDS.maintenance);
  await expect(windows.getByRole('row').nth(1)).toContainText('Mutes now');
  await windows.getByRole('button', { name: `Delete the window: ${server}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(windows).toContainText('No maintenance is planned.');
  await expect(alertRow(page, server)).not.toContainText('Muted');
});

test('the alerts of the time range are saved as CSV', async ({ page }) => {
  await page.goto(pageUrl('alerts'));
  const link = page.getByRole('link', { name: 'Export the alerts of the time range as CSV' });
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  expect(download.suggestedFilename()).toMatch(/^argus-incidents-.*\.csv$/);
  expect(page.url()).toContain(pageUrl('alerts'));
});
