import { gzipSync } from 'node:zlib';
import { TEST_IDS } from '../../src/app/testIds';
import { pageUrl } from '../../src/shared/routes';
import { expect, test } from './stage';

const MOST_KB = 300;

test(`the first page loads at most ${MOST_KB} kB of the plugin, gzipped`, async ({ page }) => {
  const files: Promise<readonly [string, number]>[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (!/\/plugins\/argus-.*\.js$/.test(pathname)) return;
    files.push(response.body().then((body) => [pathname, gzipSync(body).length] as const));
  });
  await page.goto(pageUrl('fleet'));
  await expect(page.getByTestId(TEST_IDS.fleetTable)).toBeVisible();
  const sizes = await Promise.all(files);
  const kb = sizes.reduce((sum, [, bytes]) => sum + bytes, 0) / 1000;
  test.info().annotations.push({ type: 'size', description: `${kb.toFixed(1)} kB in ${sizes.length} files` });
  expect(sizes.length).toBeGreaterThan(1);
  expect(kb).toBeLessThanOrEqual(MOST_KB);
});
