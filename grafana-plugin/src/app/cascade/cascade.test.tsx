import { screen, waitFor, within } from '@testing-library/react';
import { serverUrl } from '../../shared/routes';
import { groupedAlerts } from '../alerts/groupAlerts';
import * as make from '../test/factories';
import { type FakeAnswer, FakeBackend } from '../test/fakeBackend';
import { openApp } from '../test/renderApp';
import { cascade, cascades } from '../test/watchFactories';
import { TEST_IDS } from '../testIds';
import { commonOf, leadOf } from './cascadeTexts';

const FLEET = make.fleet({ ppdb013: make.prediction('warning') });

function openFleet(answer?: FakeAnswer) {
  const backend = new FakeBackend().on('GET /predictions/current', { body: FLEET });
  if (answer !== undefined) backend.on('GET /cascade', answer);
  return { backend, ...openApp({ backend, path: '/a/argus-app/fleet' }) };
}

test('the fleet page says which servers deviate together, who led and what they share', async () => {
  const { backend } = openFleet({ body: cascades(cascade()) });
  const card = await screen.findByTestId(TEST_IDS.cascades);
  expect(card).toHaveTextContent('Cascade: 3 servers deviate together since 2026-11-25 09:40');
  expect(card).toHaveTextContent('Back-end CLOSE_WAIT ↑ rises, Network out ↓ falls');
  expect(card).toHaveTextContent(/ppdb013, 15 min ahead82 % sure/);
  expect(card).toHaveTextContent('rack rack-0383 % of these servers are in it, 0 % of the others');
  expect(within(card).getByRole('link', { name: 'ppdb013' })).toHaveAttribute('href', serverUrl('ppdb013'));
  expect(backend.asked('GET /cascade')[0]?.params.get('state')).toBe('active');
});

test('the members are listed on request, in the order they joined, with links', async () => {
  const { user } = openFleet({ body: cascades(cascade()) });
  const toggle = await screen.findByRole('button', { name: /3 members/ });
  expect(toggle).toHaveAttribute('aria-expanded', 'false');
  await user.click(toggle);
  const table = screen.getByRole('table', { name: 'Members of the cascade' });
  const links = within(table).getAllByRole('link');
  expect(links.map(({ textContent }) => textContent)).toEqual(['ppdb013', 'ppdb014', 'ppdb015']);
  expect(table).toHaveTextContent(/ppdb014.*15 min later.*deviates/);
  expect(table).toHaveTextContent(/ppdb015.*as usual again/);
});

test.each([
  ['none is active', { body: cascades() }],
  ['the backend does not look for them', undefined],
])('the fleet page has no cascade where %s', async (_why, answer) => {
  openFleet(answer);
  expect(await screen.findByTestId(TEST_IDS.fleetTable)).toBeInTheDocument();
  expect(screen.queryByTestId(TEST_IDS.cascades)).not.toBeInTheDocument();
  expect(screen.queryByTestId(TEST_IDS.error)).not.toBeInTheDocument();
});

test('cascades that cannot be loaded leave the fleet where it is', async () => {
  openFleet({ status: 500, body: { detail: 'Something failed.', code: 'ARGUS_INTERNAL' } });
  expect(await screen.findByText('The cascades could not be loaded')).toBeInTheDocument();
  expect(screen.getByTestId(TEST_IDS.fleetTable)).toBeInTheDocument();
});

const TOGETHER = make.activeAlerts(
  make.alert('ppdb013', 'warning', {
    id: 'cascade-alert',
    kind: 'cascade',
    cascade: 'c-1',
    members: ['ppdb013', 'ppdb014', 'ppdb015'],
    message: '3 servers deviate together',
  }),
  make.alert('ppdb014', 'warning', { cascade: 'c-1' }),
  make.alert('ppml001', 'degraded'),
);

function openAlerts() {
  const backend = new FakeBackend().on('GET /alerts/active', { body: TOGETHER });
  return { backend, ...openApp({ backend, path: '/a/argus-app/alerts' }) };
}

test('the alerts of a cascade are one line, and its members are under it', async () => {
  const { user, backend } = openAlerts();
  const card = await screen.findByTestId(TEST_IDS.activeAlerts);
  await waitFor(() => expect(within(card).getAllByRole('row')).toHaveLength(3));
  expect(card).toHaveTextContent('led a cascade of 3 servers');
  expect(within(card).queryByRole('link', { name: 'ppdb014' })).not.toBeInTheDocument();
  const [first] = within(card).getAllByLabelText(/toggle row expanded/i);
  if (first !== undefined) await user.click(first);
  expect(await within(card).findByRole('link', { name: 'ppdb014' })).toBeInTheDocument();
  expect(card).toHaveTextContent('Also in it: ppdb013, ppdb015');
  expect(backend.asked('GET /alerts/active')[0]?.params.get('grouped')).toBe('true');
});

test('an alert of a cascade is found by the name of a member', async () => {
  const { user } = openAlerts();
  await user.type(await screen.findByLabelText('Search alerts by server or message'), 'ppdb015');
  const card = screen.getByTestId(TEST_IDS.activeAlerts);
  await waitFor(() => expect(within(card).getAllByRole('row')).toHaveLength(2));
  expect(card).toHaveTextContent('led a cascade of 3 servers');
});

test('a critical member stands by itself too; one whose cascade is not listed always does', () => {
  const list = [
    { ...make.alert('lead'), kind: 'cascade', cascade: 'c-1', members: ['lead', 'a'] },
    { ...make.alert('a', 'critical'), kind: 'server', cascade: 'c-1', members: null },
    { ...make.alert('b', 'warning'), kind: 'server', cascade: 'c-9', members: null },
  ];
  expect(groupedAlerts(list).map(({ alert, members }) => [alert.server_name, members.length])).toEqual([
    ['lead', 1],
    ['a', 0],
    ['b', 0],
  ]);
});

function openServer(name: string) {
  const backend = new FakeBackend()
    .on(`GET /servers/${name}`, {
      body: make.serverDetail(name, {
        parts: { cpu: 0, memory: 60, disk: 0, network: 0, connections: 0, cascade: 31.2 },
      }),
    })
    .on(`GET /servers/${name}/forecast`, { body: make.forecast(name) })
    .on('GET /cascade', { body: cascades(cascade()) });
  return { backend, ...openApp({ backend, path: serverUrl(name) }) };
}

test('a member says that it is part of a cascade and who led; its risk names the part', async () => {
  const { backend } = openServer('ppdb014');
  expect(await screen.findByText('Part of a cascade of 3 servers')).toBeInTheDocument();
  expect(screen.getByText(/led, 15 min ahead/)).toHaveTextContent(/In common: rack rack-03/);
  expect(backend.asked('GET /cascade')[0]?.params.get('server')).toBe('ppdb014');
  expect(await screen.findByTestId(TEST_IDS.riskParts)).toHaveTextContent(/Cascade31\.2/);
});

test('the server that led says so', async () => {
  openServer('ppdb013');
  expect(await screen.findByText(/This server led, 15 min ahead/)).toBeInTheDocument();
});

test.each([
  [{ kind: 'profile', value: 'database' }, 'profile Database'],
  [{ kind: 'name', value: 'ppdb' }, 'names that begin with ppdb'],
  [{ kind: 'attribute', key: 'cloud.availability_zone', value: 'a' }, 'zone a'],
  [{ kind: 'attribute', key: 'team', value: 'red' }, 'team red'],
  [{ kind: 'fleet' }, 'the whole fleet'],
  [{ kind: 'none', key: null, value: null }, 'Nothing known'],
])('what is common by %j reads “%s”', (common, text) => {
  expect(commonOf({ inside: 1, outside: 0, ...common })).toBe(text);
});

test('a leader without a lead went together with the next', () => {
  expect(leadOf({ ...cascade(), leader: { server_name: 'a', lead_minutes: 0, confidence: 1 } })).toBe(
    'together with the next',
  );
});
