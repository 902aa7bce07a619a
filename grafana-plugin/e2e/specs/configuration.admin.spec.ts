import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { TEST_IDS } from '../../src/app/testIds';
import { CONFIG_URL } from '../../src/shared/routes';
import { adminKey, expect, gateUrl, readKey, test } from './stage';

const servers: Server[] = [];

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
}

test.afterEach(async ({ page }) => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  const argus = { name: 'Argus', type: 'argus-datasource', access: 'proxy', isDefault: true };
  const secureJsonData = { apiKey: readKey, adminKey };
  const data = { ...argus, url: gateUrl, jsonData: {}, secureJsonData };
  expect((await page.request.put('/api/datasources/uid/argus', { data })).status()).toBe(200);
});

async function saveAndTest(page: Page, url: string, key?: string): Promise<void> {
  await page.goto(CONFIG_URL);
  const form = page.getByRole('form', { name: 'Connection to Argus' });
  await form.getByLabel('Address of Argus').fill(url);
  if (key !== undefined) {
    await form.getByRole('button', { name: 'Reset' }).first().click();
    await form.getByLabel('Read key').fill(key);
  }
  await form.getByRole('button', { name: 'Save and test' }).click();
}

test('a right address and key: saved, and Argus answers', async ({ page }) => {
  await saveAndTest(page, gateUrl, readKey);
  await expect(page.getByTestId(TEST_IDS.config)).toContainText('Saved, and Argus answers');
});

test('an address that is none is told before anything is saved', async ({ page }) => {
  await saveAndTest(page, 'localhost');
  await expect(page.getByTestId(TEST_IDS.config).getByRole('alert')).toContainText(/http/);
});

test('nothing listens there: says what to check', async ({ page }) => {
  const server = createServer();
  const port = await listening(server);
  server.close();
  await saveAndTest(page, `http://127.0.0.1:${port}`);
  await expect(page.getByTestId(TEST_IDS.config)).toContainText('Grafana cannot reach Argus');
});

test('a wrong key: says how to make a right one', async ({ page }) => {
  await saveAndTest(page, gateUrl, 'argus_wrong');
  const config = page.getByTestId(TEST_IDS.config);
  await expect(config).toContainText('Argus does not answer as it should');
  await expect(config).toContainText('argus keys create');
});

test('another service answers there: says that it is not Argus', async ({ page }) => {
  const port = await listening(
    createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>It works!</h1>');
    }),
  );
  await saveAndTest(page, `http://127.0.0.1:${port}`);
  await expect(page.getByTestId(TEST_IDS.config)).toContainText('is not Argus');
});

test('a certificate that Grafana does not trust: says that it may be that', async ({ page }) => {
  // Without a certificate of its own the server ends the handshake, which Grafana reports alike.
  const port = await listening(createTlsServer(() => {}) as unknown as Server);
  await saveAndTest(page, `https://127.0.0.1:${port}`);
  await expect(page.getByTestId(TEST_IDS.config)).toContainText('certificate');
});

test('an error of the service there: says what it answered', async ({ page }) => {
  const port = await listening(
    createServer((_request, response) => {
      response
        .writeHead(500, { 'content-type': 'application/json' })
        .end('{"detail":"broken","code":"ARGUS_INTERNAL"}');
    }),
  );
  await saveAndTest(page, `http://127.0.0.1:${port}`);
  await expect(page.getByTestId(TEST_IDS.config)).toContainText('Argus does not answer as it should');
});
