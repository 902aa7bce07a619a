import { TEST_IDS } from '../../src/app/testIds';
import { pageUrl } from '../../src/shared/routes';
import { expect, seriousIn, test } from './stage';

/** Of the days that the stage has written, the one that has a day before it and hours after it. */
const PERIOD = '?from=now-40h&to=now-10h';

const SETTLE_MS = 1_000;

test('a viewer replays the past with a longer hold time, and sees what came of it', async ({
  page,
  scanForA11yViolations,
}) => {
  await page.goto(`${pageUrl('replay')}${PERIOD}`);
  await page.getByLabel(/^Hold time/).fill('4');
  await page.getByRole('button', { name: 'Replay', exact: true }).click();
  const result = page.getByTestId(TEST_IDS.replayResult);
  await expect(result).toContainText('would have opened');
  await expect(result.getByRole('row', { name: /^Alerts opened/ })).toBeVisible();
  await expect(page.getByText(/holdCycles: 4/)).toBeVisible();
  // A button under the mouse, or changing its colour, has other contrasts.
  await page.mouse.move(0, 0);
  await page.waitForTimeout(SETTLE_MS);
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
