import { locationService } from '@grafana/runtime';
import { act, screen, waitFor, within } from '@testing-library/react';
import { DOWN, fleet, noServers, prediction, unscored, WRONG_KEY } from '../test/factories';
import { type FakeAnswer, FakeBackend } from '../test/fakeBackend';
import { openApp } from '../test/renderApp';
import { TEST_IDS } from '../testIds';

const FLEET = '/a/argus-app/fleet';
const ROUTE = 'GET /predictions/current';

const MIXED = fleet({
  ppdb003: prediction('critical'),
  ppapi001: prediction('warning', { profile: 'web_api', cause: 'CPU used may reach 85 %' }),
  ppdb001: prediction('healthy'),
  ppdb002: prediction('healthy'),
  ppml001: unscored('warming_up', 'Warming up: 3 of 36 steps measured.'),
  ppml002: unscored('stale', 'Nothing was heard of it since yesterday.'),
});

function open(answer: FakeAnswer | (() => FakeAnswer), path = FLEET) {
  const backend = new FakeBackend().on(ROUTE, answer);
  return { backend, ...openApp({ backend, path }) };
}

/** Names in the list, without asking for roles: that takes seconds for long lists. */
function listedServers(): string[] {
  const links = screen.getByTestId(TEST_IDS.fleetTable).querySelectorAll('tbody a');
  return Array.from(links, ({ textContent }) => textContent ?? '');
}

async function fleetShown() {
  await screen.findByTestId(TEST_IDS.fleetTable);
}

test('shows who needs someone now, the worst first, with cause, time to breach and probability', async () => {
  open({ body: MIXED });
  await fleetShown();
  expect(listedServers()).toEqual(['ppdb003', 'ppapi001']);
  const row = within(screen.getByTestId(TEST_IDS.fleetTable)).getAllByRole('row')[1];
  expect(row).toHaveTextContent(/Critical.*91\.2.*Memory used reaches 95 %.*40 min.*2\.0 %.*41 %/);
});

test('counts servers at each level, also those that warm up and that went silent', async () => {
  open({ body: MIXED });
  for (const name of [/Critical 1/, /Warning 1/, /Healthy 2/, /Warming up 1/, /Stale 1/]) {
    expect(await screen.findByRole('button', { name })).toBeInTheDocument();
  }
  expect(screen.getByText('3.4 %')).toBeInTheDocument();
  expect(screen.getByText('62 %')).toBeInTheDocument();
});

test('a level that is chosen narrows list and map, is in the URL, and the back button undoes it', async () => {
  const { user } = open({ body: MIXED });
  await user.click(await screen.findByRole('button', { name: /Healthy: 2/ }));
  expect(listedServers()).toEqual(['ppdb001', 'ppdb002']);
  expect(locationService.getSearch().getAll('level')).toEqual(['healthy']);
  await waitFor(() => expect(screen.getByLabelText('panel')).toHaveTextContent(/^ppdb001 ppdb002$/));
  act(() => locationService.getHistory().goBack());
  await waitFor(() => expect(listedServers()).toEqual(['ppdb003', 'ppapi001']));
});

test('a shared link opens with its filters', async () => {
  open({ body: MIXED }, `${FLEET}?level=stale&level=warming_up&profile=database`);
  await fleetShown();
  expect(listedServers().sort()).toEqual(['ppml001', 'ppml002']);
  expect(screen.getByRole('button', { name: /Stale: 1/ })).toHaveAttribute('aria-pressed', 'true');
  expect(screen.getByText('Nothing was heard of it since yesterday.')).toBeInTheDocument();
});

test('searching finds healthy servers too, by name and by cause', async () => {
  const { user } = open({ body: MIXED });
  const box = await screen.findByLabelText('Search servers by name or cause');
  await user.type(box, 'PPDB');
  await waitFor(() => expect(listedServers()).toEqual(['ppdb003', 'ppdb001', 'ppdb002']));
  expect(locationService.getSearch().get('search')).toBe('PPDB');
  await user.clear(box);
  await user.type(box, 'cpu used may');
  await waitFor(() => expect(listedServers()).toEqual(['ppapi001']));
});

test('filters that let nothing through say so and can be cleared', async () => {
  const { user } = open({ body: MIXED }, `${FLEET}?search=nowhere`);
  expect(await screen.findByText('No server matches')).toBeInTheDocument();
  const [clear] = screen.getAllByRole('button', { name: 'Clear filters' });
  await user.click(clear as HTMLElement);
  await waitFor(() => expect(listedServers()).toEqual(['ppdb003', 'ppapi001']));
});

test('a quiet fleet is said to be quiet', async () => {
  open({ body: fleet({ a: prediction('healthy') }) });
  expect(await screen.findByText('No server is above healthy')).toBeInTheDocument();
});

test('without any server it says how to send data', async () => {
  open({ body: noServers() });
  const guide = await screen.findByTestId(TEST_IDS.firstRun);
  expect(guide).toHaveTextContent('Point an OpenTelemetry Collector at Argus');
  expect(guide).toHaveTextContent('argus simulate');
  expect(screen.queryByTestId(TEST_IDS.fleetTable)).not.toBeInTheDocument();
});

test('servers that all warm up are told apart from an empty fleet', async () => {
  const body = {
    ...fleet({ a: unscored('warming_up', '3 of 36 steps measured.') }),
    error: 'insufficient_data',
    message: 'No forecast has been made yet; servers seen: 1.',
  };
  open({ body });
  expect(await screen.findByText('Argus is warming up')).toBeInTheDocument();
  expect(screen.getByText(/servers seen: 1/)).toBeInTheDocument();
});

test('1,000 servers are counted and listed by pages', async () => {
  const names = Array.from({ length: 1000 }, (_, i) => `srv-${String(i).padStart(4, '0')}`);
  open({ body: fleet(Object.fromEntries(names.map((name) => [name, prediction('warning')]))) });
  expect(await screen.findByText(/1,000 servers of 1,000/)).toBeInTheDocument();
  expect(listedServers()).toHaveLength(25);
});

test('a hostile name is text, and its link leads to its page', async () => {
  const name = '<script>alert("x")</script>/../%2F';
  const { user } = open({ body: fleet({ [name]: prediction('critical') }) });
  await user.click(await screen.findByRole('link', { name }));
  expect(await screen.findByRole('heading', { name, level: 1 })).toBeInTheDocument();
  expect(document.querySelector('main script')).toBeNull();
});

test('a backend that is down is told with a remedy, and trying again brings the fleet', async () => {
  let answer: FakeAnswer = DOWN;
  const { user } = open(() => answer);
  const error = await screen.findByTestId(TEST_IDS.error);
  expect(error).toHaveTextContent('The fleet could not be loaded');
  expect(error).toHaveTextContent('Grafana cannot reach Argus.');
  answer = { body: MIXED };
  await user.click(within(error).getByRole('button', { name: 'Try again' }));
  await fleetShown();
});

test('a wrong key is told, and an administrator is led to the configuration', async () => {
  const backend = new FakeBackend().on(ROUTE, WRONG_KEY);
  openApp({ backend, path: FLEET, role: 'Admin' });
  const error = await screen.findByTestId(TEST_IDS.error);
  expect(error).toHaveTextContent('The API key is wrong.');
  expect(within(error).getByRole('link', { name: /configuration/i })).toHaveAttribute(
    'href',
    '/plugins/argus-app?page=configuration',
  );
});

test('a viewer is told of a wrong key without being sent where viewers may not go', async () => {
  open(WRONG_KEY);
  const error = await screen.findByTestId(TEST_IDS.error);
  expect(within(error).queryByRole('link')).not.toBeInTheDocument();
});

test('without a data source it says that Argus is not connected', async () => {
  openApp({ backend: new FakeBackend(), path: FLEET, dataSources: [] });
  expect(await screen.findByText(/Argus is not connected yet/)).toBeInTheDocument();
});

test('an answer of half a fleet is an error, not half a page', async () => {
  open({ body: { predictions: { a: { risk_score: 'high' } }, summary: {} } });
  expect(await screen.findByText(/could not be read/)).toBeInTheDocument();
});

test('while it waits it says so', async () => {
  open({ isSlow: true });
  expect(await screen.findByText('Loading the fleet')).toBeInTheDocument();
});

test('the app without a page opens the fleet', async () => {
  open({ body: MIXED }, '/a/argus-app');
  await fleetShown();
  expect(locationService.getLocation().pathname).toBe(FLEET);
});
