import { gzipSync } from 'node:zlib';
import { TEST_IDS } from '../../src/app/testIds';
import { pageUrl } from '../../src/shared/routes';
import { expect, test } from './stage';

const MOST_KB = 300;

test(`the first page loads at most ${MOST_KB} kB of the plugin, gzipped`, async ({ page }) => {
  const urls = new Set<string>();
  page.on('request', (request) => {
    if (/\/plugins\/argus-[^?]*\.js(\?|$)/.test(request.url())) urls.add(request.url());
  });
  await page.goto(pageUrl('fleet'));
  await expect(page.getByTestId(TEST_IDS.fleetTable)).toBeVisible();
  const sizes = await Promise.all(
    [...urls].map(async (url) => gzipSync(await (await page.request.get(url)).body()).length),
  );
  const kb = sizes.reduce((sum, bytes) => sum + bytes, 0) / 1000;
  test.info().annotations.push({ type: 'size', description: `${kb.toFixed(1)} kB in ${sizes.length} files` });
  expect(sizes.length).toBeGreaterThan(1);
  expect(kb).toBeLessThanOrEqual(MOST_KB);
});
