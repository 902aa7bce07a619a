import { TEST_IDS } from '../../src/app/testIds';
import { pageUrl } from '../../src/shared/routes';
import { expect, seriousIn, test } from './stage';

/** As long as the history of the stage is at the most. */
const SHORT_PERIOD = '?from=now-6h&to=now';

test('a viewer replays the past with a longer hold time, and sees what came of it', async ({
  page,
  scanForA11yViolations,
}) => {
  await page.goto(`${pageUrl('replay')}${SHORT_PERIOD}`);
  await page.getByLabel(/^Hold time/).fill('4');
  await page.getByRole('button', { name: 'Replay', exact: true }).click();
  const result = page.getByTestId(TEST_IDS.replayResult);
  await expect(result).toContainText('would have opened');
  await expect(result.getByRole('row', { name: /^Alerts opened/ })).toBeVisible();
  await expect(page.getByText(/holdCycles: 4/)).toBeVisible();
  const scan = await scanForA11yViolations({ include: `[data-testid="${TEST_IDS.replay}"]` });
  expect(seriousIn(scan)).toEqual([]);
});

test('a threshold that makes no sense cannot be replayed', async ({ page }) => {
  await page.goto(pageUrl('replay'));
  await page.getByLabel('Memory used, warning').fill('95');
  await page.getByLabel('Memory used, critical').fill('90');
  await expect(page.getByText('Critical must be above warning')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Replay', exact: true })).toBeDisabled();
});
