import { locationService } from '@grafana/runtime';
import { screen, waitFor, within } from '@testing-library/react';
import { serverUrl } from '../../shared/routes';
import * as make from '../test/factories';
import { FakeBackend } from '../test/fakeBackend';
import { openApp, type Role } from '../test/renderApp';
import { TEST_IDS } from '../testIds';

const NAME = 'ppdb003';

/** A backend that knows one server, without history and explanations. */
function backendOf(name = NAME, detail = make.serverDetail(name)): FakeBackend {
  const path = `/servers/${encodeURIComponent(name)}`;
  return new FakeBackend()
    .on(`GET ${path}`, { body: detail })
    .on(`GET ${path}/forecast`, { body: make.forecast(name) })
    .on('GET /alerts/active', { body: make.activeAlerts(make.alert(name)) })
    .on('GET /report-card', { body: make.reportCard() });
}

function open(backend: FakeBackend, name = NAME, role: Role = 'Viewer') {
  return openApp({ backend, path: serverUrl(name), role });
}

function header() {
  return screen.findByTestId(TEST_IDS.serverHeader);
}

function shownPanels(): string[] {
  return screen.getAllByLabelText('panel').map(({ textContent }) => textContent ?? '');
}

test('the header says level, risk, time to breach, probabilities and who forecasts', async () => {
  open(backendOf());
  const text = await header();
  for (const part of ['Critical', '91.2', '40 min', 'Memory used', '2.0 %', '41 %', 'Model']) {
    expect(text).toHaveTextContent(part);
  }
  expect(screen.getByText('Memory used reaches 95 % in about 40 minutes.')).toBeInTheDocument();
});

test('each measured metric has a panel, the one that is soonest in trouble first', async () => {
  open(backendOf());
  await header();
  await waitFor(() => expect(shownPanels()).toHaveLength(9));
  expect(shownPanels()[0]).toBe('mem_used_pct');
});

test('metrics that are not measured are named, not shown empty', async () => {
  const backend = backendOf().on(`GET /servers/${NAME}/forecast`, {
    body: make.forecast(NAME, ['cpu_used_pct', 'mem_used_pct']),
  });
  open(backend);
  expect(await screen.findByText(/not forecast: Swap used, Disk used/)).toBeInTheDocument();
  await waitFor(() => expect(shownPanels().sort()).toEqual(['cpu_used_pct', 'mem_used_pct']));
});

test('the parts of the risk are shown and add up to it', async () => {
  open(backendOf());
  const parts = await screen.findByTestId(TEST_IDS.riskParts);
  expect(parts).toHaveTextContent(/Memory81\.1CPU10\.1.*Risk91\.2/);
});

test('a backend without history says so where the past would be; the rest is there', async () => {
  open(backendOf());
  await waitFor(() => expect(screen.getAllByText(/keeps no history; update Argus/)).toHaveLength(2));
  expect(await header()).toHaveTextContent('91.2');
});

test('past alerts and risk over time come where they are kept', async () => {
  const risk = {
    from: '2026-11-24T12:00:00Z',
    to: '2026-11-25T12:00:00Z',
    step_seconds: 300,
    count: 1,
    timestamps: ['2026-11-25T11:00:00Z'],
    risk_score: [42],
    parts: {},
    failure_probability_30m: [0.1],
    failure_probability_8h: [0.2],
  };
  const backend = backendOf()
    .on('GET /historical/incidents', { body: make.incidents(make.incident(NAME, 'critical')) })
    .on(`GET /historical/server/${NAME}/risk`, { body: risk });
  open(backend);
  expect(await screen.findByText('Warning, risk 66: memory used reaches 88 %')).toBeInTheDocument();
  await waitFor(() => expect(shownPanels()).toContain('risk_score'));
  expect(backend.asked('GET /historical/incidents')[0]?.params.get('server_name')).toBe(NAME);
});

test('a server that warms up says why and how far it is, and the other parts go on', async () => {
  const detail = make.serverDetail(NAME, {
    ...make.unscored('warming_up', 'Warming up: 3 of 36 steps measured.'),
    measured_steps: 3,
    breaches: [],
    severities: null,
  });
  const backend = backendOf(NAME, detail).on(`GET /servers/${NAME}/forecast`, make.NOT_READY);
  open(backend);
  expect(await header()).toHaveTextContent('This server is warming up');
  expect(await header()).toHaveTextContent('3 of the last 288 steps');
  expect(await screen.findByText(/There is no score yet/)).toBeInTheDocument();
  expect(await screen.findByText(/Report card of this server/)).toBeInTheDocument();
});

test('a server that went silent is told as stale, with since when', async () => {
  const reason = 'Nothing was heard of it since 2026-11-25T10:00:00.000Z.';
  open(backendOf(NAME, make.serverDetail(NAME, { mode: 'stale', reason })));
  const text = await header();
  expect(text).toHaveTextContent('This server stopped sending');
  expect(text).toHaveTextContent(reason);
  expect(text).toHaveTextContent('Stale');
});

test('a server forecast by baselines says so', async () => {
  open(backendOf(NAME, make.serverDetail(NAME, { mode: 'baseline' })));
  expect(await header()).toHaveTextContent('Baselines forecast most metrics of this server');
});

test('an unknown server is said to be unknown, with a way back', async () => {
  const unknown = { status: 404, body: { detail: 'No such server.', code: 'ARGUS_SERVER_UNKNOWN' } };
  const backend = new FakeBackend().on(`GET /servers/${NAME}`, unknown);
  open(backend);
  expect(await screen.findByText(`Argus does not know a server “${NAME}”`)).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'All servers' })).toHaveAttribute('href', '/a/argus-app/fleet');
});

test.each(['rack1/host7', '<script>alert(1)</script>', 'a%2Fb', 'O\'Reilly "x" #1?'])(
  'a server called %p is asked for and titled by its name',
  async (name) => {
    const backend = backendOf(name);
    open(backend, name);
    expect(await screen.findByRole('heading', { level: 1, name })).toBeInTheDocument();
    expect(await header()).toHaveTextContent('91.2');
    await waitFor(() => expect(shownPanels()).toHaveLength(9));
    expect(document.querySelector('main script')).toBeNull();
  },
);

test('a failing part says so in its place, can be tried again, and the others stay', async () => {
  let isDown = true;
  const backend = backendOf().on('GET /report-card', () =>
    isDown ? make.DOWN : { body: make.reportCard() },
  );
  const { user } = open(backend);
  const error = await screen.findByText('The report card could not be loaded');
  expect(await header()).toHaveTextContent('91.2');
  isDown = false;
  const notice = error.closest<HTMLElement>(`[data-testid="${TEST_IDS.error}"]`);
  expect(notice).not.toBeNull();
  if (notice !== null) await user.click(within(notice).getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText(/Nothing of this server is forecast yet/)).toBeInTheDocument();
});

test('a backend that is down is said once, not in each part', async () => {
  open(new FakeBackend().on(`GET /servers/${NAME}`, make.DOWN).on('GET /report-card', make.DOWN));
  expect(await screen.findByText('This server could not be loaded')).toBeInTheDocument();
  expect(screen.getAllByRole('alert')).toHaveLength(1);
});

test('forecasts that fail are told with the data source’s sentence and can be tried again', async () => {
  const backend = backendOf().on(`GET /servers/${NAME}/forecast`, make.DOWN);
  open(backend);
  expect(await screen.findByText('The forecast could not be loaded')).toBeInTheDocument();
  expect(await header()).toHaveTextContent('91.2');
});

test('the earlier forecast is chosen in the URL and asked of the data source', async () => {
  openApp({ backend: backendOf(), path: `${serverUrl(NAME)}?past=4h` });
  await header();
  expect(screen.getByLabelText('Earlier forecast')).toHaveValue('4 hours before');
  expect(locationService.getSearch().get('past')).toBe('4h');
});

test('its report card says who forecasts each metric, since when and why', async () => {
  const scores = {
    scored: 12.4,
    pinball: { model: 1, seasonal: 0.8 },
    best_baseline: 'seasonal',
    skill: -0.25,
    coverage: 0.83,
    coverage_uncorrected: 0.7,
    winkler: 3,
  };
  const metric = {
    metric: 'cpu_used_pct',
    forecaster: 'seasonal',
    since: '2026-11-25T06:00:00.000Z',
    reason: 'Over the last day the loss of seasonal was 0.8; that of model 1 (12 scored forecasts).',
    scores,
  };
  const body = make.reportCard({ server: { server_name: NAME, mode: 'baseline', metrics: [metric] } });
  open(backendOf().on('GET /report-card', { body }));
  const row = (await screen.findByText(metric.reason)).closest('tr');
  expect(row).toHaveTextContent(/CPU used.*Same time yesterday, since 2026-11-25 06:00.*−25 %.*83 %.*12/);
});
