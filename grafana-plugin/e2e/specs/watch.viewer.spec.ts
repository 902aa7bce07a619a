import { cascade, cascades } from '../../src/app/test/watchFactories';
import { TEST_IDS } from '../../src/app/testIds';
import { pageUrl, serverUrl } from '../../src/shared/routes';
import { alertingServer, criticalServer, expect, PROXY, seriousIn, test } from './stage';

test('a viewer sees verdicts and maintenance, and Grafana refuses to change them', async ({ page }) => {
  await page.goto(pageUrl('alerts'));
  const server = await alertingServer(page);
  await expect(page.getByTestId(TEST_IDS.maintenance)).toContainText('No maintenance is planned.');
  await expect(
    page.getByTestId(TEST_IDS.timeline).getByRole('link', { name: server, exact: true }),
  ).toBeVisible();
  await expect(page.getByRole('button', { name: /^False alarm/ })).toHaveCount(0);
  const said = await page.request.post(`${PROXY}/api/annotations`, { data: { kind: 'maintenance' } });
  expect(said.status()).toBe(403);
  const deleted = await page.request.delete(`${PROXY}/api/annotations/1`);
  expect(deleted.status()).toBe(403);
});

test('the models page says how it is with drift', async ({ page }) => {
  await page.goto(pageUrl('models'));
  const card = page.getByTestId(TEST_IDS.drift);
  await expect(card).toContainText(/Learning|Quiet|Drifting/);
  await expect(card.getByTestId(TEST_IDS.error)).toHaveCount(0);
});

test('the backend looks for cascades, and the fleet is shown without one', async ({ page }) => {
  const answer = await page.request.get(`${PROXY}/api/cascade?state=active`);
  expect(answer.status()).toBe(200);
  await page.goto(pageUrl('fleet'));
  await expect(page.getByTestId(TEST_IDS.fleetTable)).toBeVisible();
  await expect(page.getByTestId(TEST_IDS.error)).toHaveCount(0);
});

// The stage's fleet has no cascade at a time that is known: its answer stands in for one.
test('a cascade leads to its leader and its members', async ({ page, scanForA11yViolations }) => {
  const server = await criticalServer(page);
  const led = cascade({ leader: { server_name: server, lead_minutes: 15, confidence: 0.82 } });
  await page.route(/\/api\/cascade\?/, (route) => route.fulfill({ json: cascades(led) }));
  await page.goto(pageUrl('fleet'));
  const card = page.getByTestId(TEST_IDS.cascades);
  await card.getByRole('button', { name: /members/ }).click();
  await expect(card.getByRole('table').getByRole('link')).toHaveCount(3);
  const scan = await scanForA11yViolations({ include: `[data-testid="${TEST_IDS.cascades}"]` });
  expect(seriousIn(scan)).toEqual([]);
  await card.getByRole('link', { name: server, exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`${serverUrl(server)}(\\?|$)`));
  await expect(page.getByText('Part of a cascade of 3 servers')).toBeVisible();
});
