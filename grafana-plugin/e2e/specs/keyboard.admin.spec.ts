import type { Page } from '@playwright/test';
import { TEST_IDS } from '../../src/app/testIds';
import { pageUrl } from '../../src/shared/routes';
import { criticalServer, expect, test } from './stage';

const MOST_STEPS = 120;

/** Presses Tab until what is focused fits, and tells whether each stop on the way could be seen. */
async function tabTo(page: Page, fits: string): Promise<void> {
  for (let step = 0; step < MOST_STEPS; step += 1) {
    await page.keyboard.press('Tab');
    const reached = await page.evaluate(
      (selector) => document.activeElement?.matches(selector) === true,
      fits,
    );
    if (reached) return;
  }
  throw new Error(`After ${MOST_STEPS} presses of Tab nothing that is "${fits}" has the focus.`);
}

test('with the keyboard alone: filter the fleet, find a server, open it', async ({ page }) => {
  await page.goto(pageUrl('fleet'));
  const name = await criticalServer(page);
  await expect(page.getByTestId(TEST_IDS.fleetTable)).toBeVisible();
  await tabTo(page, 'button[aria-label^="Critical "]');
  await page.keyboard.press('Space');
  await expect(page).toHaveURL(/level=critical/);
  await tabTo(page, 'input[aria-label="Search servers by name or cause"]');
  await page.keyboard.type(name);
  await expect(page).toHaveURL(new RegExp(`search=${name}`));
  await tabTo(page, `[data-testid="${TEST_IDS.fleetTable}"] a[href*="/servers/${name}"]`);
  const outline = await page.evaluate(() => {
    const style = document.activeElement === null ? undefined : getComputedStyle(document.activeElement);
    return `${style?.outlineStyle} ${style?.boxShadow}`;
  });
  expect(outline).not.toBe('none none');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId(TEST_IDS.serverHeader)).toBeVisible();
});
