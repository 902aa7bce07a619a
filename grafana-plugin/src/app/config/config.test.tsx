import type { AppPluginMeta } from '@grafana/data';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ArgusAppSettings } from '../../data/instance';
import * as make from '../test/factories';
import { FakeBackend } from '../test/fakeBackend';
import { installGrafana, instanceSettings } from '../test/renderApp';
import { ConfigPage } from './ConfigPage';
import { addressProblem } from './settings';

const SAVED = {
  id: 1,
  uid: 'argus',
  name: 'Argus',
  type: 'argus-datasource',
  url: 'http://old:8000',
  access: 'proxy',
  jsonData: { timeoutSeconds: 10 },
  secureJsonFields: { apiKey: true },
  readOnly: false,
  version: 3,
};

const MISSING = { status: 404, body: { message: 'Data source not found' } };

const STATUS = {
  model_loaded: true,
  model_path: 'default',
  servers_tracked: 12,
  last_prediction: null,
  uptime_seconds: 1,
  warmup_complete: true,
  servers_by_mode: {},
  model: { id: 'argus-tft-1', provider: 'cpu', problem: null },
  version: '0.1.0',
};

/** A Grafana with or without the data source, and a backend behind it that answers. */
function world(saved: object | null = SAVED): FakeBackend {
  return new FakeBackend()
    .on('GET /api/datasources/uid/argus', saved === null ? MISSING : { body: saved })
    .on('PUT /api/datasources/uid/argus', { body: {} })
    .on('POST /api/datasources', { body: { datasource: { uid: 'argus' } } })
    .on('POST /api/plugins/argus-app/settings', { body: {} })
    .on('GET /health', { body: { status: 'healthy', service: 'argus', running: true, version: '0.1.0' } })
    .on('GET /status', { body: STATUS })
    .on('GET /servers', { body: { servers: [], count: 0, total: 0, timestamp: '2026-11-25T12:00:00.000Z' } });
}

function open(backend: FakeBackend, uids: readonly string[] = ['argus'], settings?: ArgusAppSettings) {
  installGrafana({ backend, role: 'Admin', dataSources: uids.map(instanceSettings) });
  const meta = { id: 'argus-app', jsonData: settings } as AppPluginMeta<ArgusAppSettings>;
  render(<ConfigPage plugin={{ meta } as never} query={{}} />);
  return userEvent.setup();
}

test('without a data source, one is made from address and key, remembered, tested', async () => {
  const backend = world(null);
  const user = open(backend, []);
  await user.type(await screen.findByLabelText(/Address of Argus/), 'http://argus:8000/');
  await user.type(screen.getByLabelText(/Read key/), ' secret ');
  await user.click(screen.getByText('Save and test'));
  expect(await screen.findByText('Saved, and Argus answers')).toBeInTheDocument();
  expect(screen.getByText(/12 servers/)).toBeInTheDocument();
  expect(backend.asked('POST /api/datasources')[0]?.body).toMatchObject({
    uid: 'argus',
    name: 'Argus',
    type: 'argus-datasource',
    access: 'proxy',
    url: 'http://argus:8000',
    secureJsonData: { apiKey: 'secret' },
  });
  expect(backend.asked('POST /api/plugins/argus-app/settings')[0]?.body).toEqual({
    enabled: true,
    pinned: true,
    jsonData: { dataSourceUid: 'argus' },
  });
  expect(screen.getByText('Connected. What next')).toBeInTheDocument();
});

test('a change keeps the other settings and the keys that were not entered', async () => {
  const backend = world();
  const user = open(backend);
  const address = await screen.findByLabelText(/Address of Argus/);
  expect(address).toHaveValue('http://old:8000');
  await user.clear(address);
  await user.type(address, 'https://new:8000');
  await user.click(screen.getByText('Save and test'));
  expect(await screen.findByText('Saved, and Argus answers')).toBeInTheDocument();
  const body = backend.asked('PUT /api/datasources/uid/argus')[0]?.body;
  expect(body).toMatchObject({
    url: 'https://new:8000',
    jsonData: { timeoutSeconds: 10 },
    secureJsonData: {},
  });
});

test('a kept key is not shown, and can be replaced', async () => {
  const backend = world();
  const user = open(backend);
  expect(await screen.findByLabelText(/Read key/)).toHaveValue('configured');
  await user.click(screen.getByText('Reset'));
  await user.type(screen.getByLabelText(/Read key/), 'newer');
  await user.click(screen.getByText('Save and test'));
  await screen.findByText('Saved, and Argus answers');
  expect(backend.asked('PUT /api/datasources/uid/argus')[0]?.body).toMatchObject({
    secureJsonData: { apiKey: 'newer' },
  });
});

test.each([
  ['nothing listens', make.DOWN, /Grafana cannot reach Argus.*argus serve/],
  [
    'the host is not found',
    { status: 502, body: { message: 'dial tcp: lookup argus: no such host' } },
    /cannot find the host/,
  ],
  ['something else answers', { body: '<html>hello</html>' }, /not Argus/],
  ['another service answers', { body: { status: 'up' } }, /could not be read|not Argus/],
])('where %s, the test says what to do', async (_what, answer, sentence) => {
  const user = open(world().on('GET /health', answer));
  await user.click(await screen.findByText('Save and test'));
  expect(await screen.findByText('Saved, but Argus does not answer as it should')).toBeInTheDocument();
  expect(screen.getByText(sentence)).toBeInTheDocument();
});

test('a wrong key is found by the test', async () => {
  const user = open(world().on('GET /servers', make.WRONG_KEY));
  await user.click(await screen.findByText('Save and test'));
  expect(await screen.findByText(/The API key is wrong/)).toBeInTheDocument();
});

test('an address that is none is refused before anything is sent', async () => {
  const backend = world(null);
  const user = open(backend, []);
  await user.type(await screen.findByLabelText(/Address of Argus/), 'argus:8000');
  await user.click(screen.getByText('Save and test'));
  expect(await screen.findByText('Begin with http:// or https://.')).toBeInTheDocument();
  expect(backend.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
});

test.each([
  ['', 'Enter the address of Argus.'],
  ['localhost:8000', 'Begin with http:// or https://.'],
  ['http://', 'This is not an address.'],
  ['http://argus:8000?x=1', 'Leave out what follows the path (? and #).'],
  ['http://me:secret@argus:8000', 'Leave out user and password: Argus takes keys, below.'],
  ['http://argus:8000', undefined],
  ['https://argus.example/under/path', undefined],
])('of the address %p it says %p', (address, problem) => {
  expect(addressProblem(address)).toBe(problem);
});

test('what Grafana does not let happen is told, and nothing is claimed to be saved', async () => {
  const backend = world().on('PUT /api/datasources/uid/argus', { status: 403, body: { message: 'denied' } });
  const user = open(backend);
  await user.click(await screen.findByText('Save and test'));
  expect(await screen.findByText('Nothing was saved')).toBeInTheDocument();
  expect(screen.getByText(/does not let you change data sources/)).toBeInTheDocument();
});

test('a provisioned data source is tested and chosen, not changed', async () => {
  const backend = world({ ...SAVED, readOnly: true });
  const user = open(backend);
  expect(await screen.findByText('This data source is provisioned')).toBeInTheDocument();
  expect(screen.getByLabelText(/Address of Argus/)).toBeDisabled();
  await user.click(screen.getByText('Use and test'));
  expect(await screen.findByText('Saved, and Argus answers')).toBeInTheDocument();
  expect(backend.asked('PUT /api/datasources/uid/argus')).toHaveLength(0);
});

test('among several data sources one is chosen', async () => {
  const backend = world().on('GET /api/datasources/uid/other', {
    body: { ...SAVED, uid: 'other', name: 'other', url: 'http://other:8000' },
  });
  open(backend, ['argus', 'other'], { dataSourceUid: 'other' });
  expect(await screen.findByLabelText(/Data source/)).toHaveValue('other');
  await waitFor(() => expect(screen.getByLabelText(/Address of Argus/)).toHaveValue('http://other:8000'));
});

test('a chosen data source that was deleted is told', async () => {
  open(world(), ['argus'], { dataSourceUid: 'gone' });
  expect(await screen.findByRole('alert')).toHaveTextContent('uid gone');
});
