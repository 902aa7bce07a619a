import { locationService } from '@grafana/runtime';
import { act, screen, waitFor, within } from '@testing-library/react';
import * as make from '../test/factories';
import { type FakeAnswer, FakeBackend } from '../test/fakeBackend';
import { openApp } from '../test/renderApp';
import { TEST_IDS } from '../testIds';

const ALERTS = '/a/argus-app/alerts';

const ACTIVE = make.activeAlerts(
  make.alert('ppdb003', 'critical', { lead_seconds: 2400 }),
  make.alert('ppapi001', 'warning', { lead_seconds: 14_000 }),
  make.alert('ppml001', 'degraded', { lead_seconds: null }),
);

function open(active: FakeAnswer, past: FakeAnswer | undefined = undefined, path = ALERTS) {
  const backend = new FakeBackend().on('GET /alerts/active', active);
  if (past !== undefined) backend.on('GET /historical/incidents', past);
  return { backend, ...openApp({ backend, path }) };
}

function serversIn(testId: string): string[] {
  const links = screen.getByTestId(testId).querySelectorAll('tbody a[href*="/servers/"]');
  return Array.from(links, ({ textContent }) => textContent ?? '');
}

function activeServers(): string[] {
  return serversIn(TEST_IDS.activeAlerts);
}

test('lists active alerts, the most urgent first, with time to breach and message', async () => {
  open({ body: ACTIVE });
  const card = await screen.findByTestId(TEST_IDS.activeAlerts);
  await waitFor(() => expect(activeServers()).toEqual(['ppdb003', 'ppapi001', 'ppml001']));
  expect(within(card).getByText(/^critical, risk 91: memory used/)).toBeInTheDocument();
  expect(card).toHaveTextContent('40 min');
});

test('an alert leads to its server, to a silence that is filled in, and to the rules', async () => {
  open({ body: make.activeAlerts(make.alert('rack1/host "7"')) });
  const server = await screen.findByText('rack1/host "7"');
  expect(server).toHaveAttribute('href', '/a/argus-app/servers/rack1%2Fhost%20%227%22');
  const silence = screen.getByLabelText('Silence rack1/host "7"');
  const url = new URL(silence.getAttribute('href') ?? '', 'http://grafana');
  expect(url.pathname).toBe('/alerting/silence/new');
  expect(url.searchParams.get('alertmanager')).toBe('grafana');
  expect(url.searchParams.get('matcher')).toBe('server=rack1/host "7"');
  const rules = screen.getByText('Rules in Grafana alerting').closest('a');
  expect(rules).toHaveAttribute('href', '/alerting/list?search=argus');
});

test('level, time to breach and text narrow the list and are in the URL', async () => {
  const { user } = open({ body: ACTIVE });
  await waitFor(() => expect(activeServers()).toHaveLength(3));
  await user.click(within(screen.getByLabelText('Levels')).getByText('Warning'));
  expect(activeServers()).toEqual(['ppapi001']);
  expect(locationService.getSearch().getAll('level')).toEqual(['warning']);
  act(() => locationService.getHistory().goBack());
  await waitFor(() => expect(activeServers()).toHaveLength(3));
  await user.type(screen.getByLabelText('Search alerts by server or message'), 'ppml');
  await waitFor(() => expect(activeServers()).toEqual(['ppml001']));
});

test('a shared link opens with its filters', async () => {
  open({ body: ACTIVE }, undefined, `${ALERTS}?lead=1h`);
  await waitFor(() => expect(activeServers()).toEqual(['ppdb003']));
  expect(screen.getByLabelText('Time to breach')).toHaveValue('Within 1 hour');
});

test('filters that let nothing through can be cleared', async () => {
  const { user } = open({ body: ACTIVE }, undefined, `${ALERTS}?search=nowhere`);
  expect(await screen.findByText('None of 3 active alerts matches')).toBeInTheDocument();
  const [clear] = screen.getAllByText('Clear filters');
  if (clear !== undefined) await user.click(clear);
  await waitFor(() => expect(activeServers()).toHaveLength(3));
});

test('no active alert is good news', async () => {
  open({ body: make.activeAlerts() });
  expect(await screen.findByText('No alert is active')).toBeInTheDocument();
});

test('past alerts are listed by what they reached, filtered like the active ones', async () => {
  const past = make.incidents(make.incident('ppdb001', 'critical'), make.incident('ppdb002', 'warning'));
  const { user } = open({ body: ACTIVE }, { body: past });
  await waitFor(() => expect(serversIn(TEST_IDS.pastAlerts)).toEqual(['ppdb001', 'ppdb002']));
  expect(screen.getByTestId(TEST_IDS.pastAlerts)).toHaveTextContent(/2026-11-24 08:00.*35 min/);
  await user.click(within(screen.getByLabelText('Levels')).getByText('Critical'));
  expect(serversIn(TEST_IDS.pastAlerts)).toEqual(['ppdb001']);
});

test('a backend without history says so; active alerts are there', async () => {
  open({ body: ACTIVE });
  expect(await screen.findByText(/keeps no history; update Argus/)).toBeInTheDocument();
  await waitFor(() => expect(activeServers()).toHaveLength(3));
});

test('a cut list of past alerts says how to see the rest', async () => {
  open({ body: ACTIVE }, { body: { ...make.incidents(make.incident('ppdb001')), next_cursor: 'more' } });
  expect(await screen.findByText(/Only the newest 1 are listed/)).toBeInTheDocument();
});

test('active alerts that cannot be loaded leave the past where it is', async () => {
  open(make.DOWN, { body: make.incidents(make.incident('ppdb001')) });
  expect(await screen.findByText('The active alerts could not be loaded')).toBeInTheDocument();
  await waitFor(() => expect(serversIn(TEST_IDS.pastAlerts)).toEqual(['ppdb001']));
});
