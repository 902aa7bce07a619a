import { screen, waitFor, within } from '@testing-library/react';
import * as make from '../test/factories';
import { FakeBackend } from '../test/fakeBackend';
import { openApp, type Role } from '../test/renderApp';
import { TEST_IDS } from '../testIds';

const ALERTS = '/a/argus-app/alerts';
const FALSE_ALARM = make.annotation('v1', { kind: 'false', alert_id: 'alert-ppdb003' });

function backendOf(said = make.annotations()): FakeBackend {
  return new FakeBackend()
    .on('GET /alerts/active', { body: make.activeAlerts(make.alert('ppdb003')) })
    .on('GET /annotations', { body: said });
}

function open(backend: FakeBackend, role: Role = 'Editor', path = ALERTS) {
  return openApp({ backend, path, role });
}

/** The row of an active alert, once it is there. */
async function rowOf(server: string): Promise<HTMLElement> {
  const card = await screen.findByTestId(TEST_IDS.activeAlerts);
  const link = await within(card).findByRole('link', { name: server });
  const row = link.closest('tr');
  if (row === null) throw new Error(`${server} is in no row.`);
  return row;
}

test.each([
  ['True', 'true'],
  ['False alarm', 'false'],
  ['Expected', 'expected'],
  ['Maintenance', 'maintenance'],
])('one click says %s of an alert, and the row says it', async (label, kind) => {
  let said = make.annotations();
  const backend = backendOf()
    .on('GET /annotations', () => ({ body: said }))
    .on('POST /annotations', () => {
      said = make.annotations(make.annotation('v1', { kind, alert_id: 'alert-ppdb003' }));
      return { status: 201, body: said.annotations[0] };
    });
  const { user } = open(backend);
  const row = await rowOf('ppdb003');
  await user.click(await within(row).findByLabelText(`${label}: ppdb003`));
  expect(await within(row).findByText(label)).toBeInTheDocument();
  const [request] = backend.asked('POST /annotations');
  expect(request?.body).toEqual({ kind, alert_id: 'alert-ppdb003' });
});

test('a verdict is shown before the backend has answered', async () => {
  const backend = backendOf().on('POST /annotations', { isSlow: true });
  const { user } = open(backend);
  const row = await rowOf('ppdb003');
  await user.click(await within(row).findByLabelText('False alarm: ppdb003'));
  expect(await within(row).findByText('False alarm')).toBeInTheDocument();
});

test('a verdict that was refused is gone again, and the page says why and what to do', async () => {
  const backend = backendOf().on('POST /annotations', {
    status: 403,
    body: { detail: 'This key may only read.', code: 'ARGUS_SCOPE_MISSING' },
  });
  const { user } = open(backend);
  const row = await rowOf('ppdb003');
  await user.click(await within(row).findByLabelText('True: ppdb003'));
  expect(await screen.findByText('“True” was not kept for ppdb003')).toBeInTheDocument();
  expect(screen.getByText(/This key may only read.*need the admin key/)).toBeInTheDocument();
  expect(within(row).getByLabelText('True: ppdb003')).toBeInTheDocument();
});

test('a verdict is undone by deleting it', async () => {
  let said = make.annotations(FALSE_ALARM);
  const backend = backendOf()
    .on('GET /annotations', () => ({ body: said }))
    .on('DELETE /annotations/v1', () => {
      said = make.annotations();
      return { body: { success: true } };
    });
  const { user } = open(backend);
  const row = await rowOf('ppdb003');
  await user.click(await within(row).findByLabelText('Undo the verdict on ppdb003'));
  expect(await within(row).findByLabelText('True: ppdb003')).toBeInTheDocument();
  expect(backend.asked('DELETE /annotations/v1')).toHaveLength(1);
});

test('undoing what somebody else has undone already is no error', async () => {
  let said = make.annotations(FALSE_ALARM);
  const backend = backendOf()
    .on('GET /annotations', () => ({ body: said }))
    .on('DELETE /annotations/v1', () => {
      said = make.annotations();
      return { status: 404, body: { detail: 'There is none.', code: 'ARGUS_ANNOTATION_UNKNOWN' } };
    });
  const { user } = open(backend);
  const row = await rowOf('ppdb003');
  await user.click(await within(row).findByLabelText('Undo the verdict on ppdb003'));
  await waitFor(() => expect(within(row).queryByText('False alarm')).not.toBeInTheDocument());
  expect(screen.queryByText(/was not taken back/)).not.toBeInTheDocument();
});

test('another verdict in the detail replaces the one given', async () => {
  const backend = backendOf(make.annotations(FALSE_ALARM))
    .on('POST /annotations', { status: 201, body: make.annotation('v2', { kind: 'true' }) })
    .on('DELETE /annotations/v1', { body: { success: true } });
  const { user } = open(backend);
  const row = await rowOf('ppdb003');
  await within(row).findByText('False alarm');
  await user.click(within(row).getByLabelText(/toggle row expanded/i));
  const choices = await screen.findByRole('group', { name: 'Verdict on ppdb003' });
  expect(within(choices).getByLabelText('False alarm: ppdb003')).toHaveAttribute('aria-pressed', 'true');
  expect(screen.getByText(/with the key “grafana-admin”/)).toBeInTheDocument();
  await user.click(within(choices).getByLabelText('True: ppdb003'));
  await waitFor(() => expect(backend.asked('DELETE /annotations/v1')).toHaveLength(1));
  expect(backend.asked('POST /annotations')).toHaveLength(1);
});

test('a viewer sees verdicts, but has no button for them', async () => {
  const backend = backendOf(make.annotations(FALSE_ALARM)).on('GET /alerts/active', {
    body: make.activeAlerts(make.alert('ppdb003'), make.alert('ppdb004')),
  });
  open(backend, 'Viewer');
  expect(await within(await rowOf('ppdb003')).findByText('False alarm')).toBeInTheDocument();
  expect(screen.queryByLabelText('Undo the verdict on ppdb003')).not.toBeInTheDocument();
  expect(screen.queryByLabelText('True: ppdb004')).not.toBeInTheDocument();
});

test('a backend without annotations offers no verdicts and says so once', async () => {
  const backend = new FakeBackend().on('GET /alerts/active', {
    body: make.activeAlerts(make.alert('ppdb003')),
  });
  open(backend);
  await rowOf('ppdb003');
  expect(await screen.findByText(/keeps no verdicts and no maintenance/)).toBeInTheDocument();
  expect(screen.queryByLabelText('True: ppdb003')).not.toBeInTheDocument();
});

test('a muted alert says so and why', async () => {
  const window = make.annotation('w1', {
    server_names: ['ppdb003'],
    to: '2026-11-25T14:00:00.000Z',
    text: 'rack rewired',
    active: true,
  });
  const backend = backendOf(make.annotations(window)).on('GET /alerts/active', {
    body: make.activeAlerts(make.alert('ppdb003', 'critical', { muted: true, muted_by: 'w1' })),
  });
  open(backend);
  const row = await rowOf('ppdb003');
  await waitFor(() =>
    expect(row).toHaveTextContent(/Muted: maintenance, until 2026-11-25 14:00: rack rewired/),
  );
});

test('muted and judged alerts can be left out, and the choice is in the URL', async () => {
  const backend = backendOf(make.annotations(FALSE_ALARM)).on('GET /alerts/active', {
    body: make.activeAlerts(make.alert('ppdb003'), make.alert('ppdb004', 'warning', { muted: true })),
  });
  open(backend, 'Viewer', `${ALERTS}?only=unjudged`);
  const card = await screen.findByTestId(TEST_IDS.activeAlerts);
  expect(await within(card).findByRole('link', { name: 'ppdb004' })).toBeInTheDocument();
  await waitFor(() => expect(within(card).queryByRole('link', { name: 'ppdb003' })).not.toBeInTheDocument());
  expect(screen.getByLabelText('Show')).toHaveValue('Without a verdict');
});

test('the time line has a lane for each server that alerted, the worst first, muted ones told', async () => {
  const now = new Date().toISOString();
  const backend = backendOf()
    .on('GET /alerts/active', {
      body: make.activeAlerts(make.alert('ppdb003', 'warning', { opened_at: now, muted: true })),
    })
    .on('GET /historical/incidents', {
      body: make.incidents(
        make.incident('ppdb001', 'critical', { opened_at: now, resolved_at: now }),
        make.incident('ppdb009', 'critical', {
          opened_at: '2020-01-01T00:00:00Z',
          resolved_at: '2020-01-02T00:00:00Z',
        }),
      ),
    });
  open(backend);
  const list = await screen.findByRole('list', { name: 'Time line of alerts' });
  const lanes = within(list).getAllByRole('img', { name: /^1 alert of/ });
  expect(lanes.map((lane) => lane.getAttribute('aria-label'))).toEqual([
    expect.stringMatching(/^1 alert of ppdb001: Critical/),
    expect.stringMatching(/^1 alert of ppdb003: Warning.*still open, muted$/),
  ]);
});

test('the alerts of the time range can be saved as CSV and Parquet', async () => {
  open(backendOf(), 'Viewer');
  const link = await screen.findByLabelText('Export the alerts of the time range as CSV');
  const url = new URL(link.getAttribute('href') ?? '', 'http://grafana');
  expect(url.pathname).toBe('/api/datasources/proxy/uid/argus/api/historical/export/incidents');
  expect(url.searchParams.get('format')).toBe('csv');
  expect(Date.parse(url.searchParams.get('to') ?? '')).toBeGreaterThan(
    Date.parse(url.searchParams.get('from') ?? ''),
  );
  expect(screen.getByLabelText('Export the alerts of the time range as Parquet')).toHaveAttribute('download');
});

test('five alerts that ended or more say how long alerts take to end', async () => {
  const minutes = [10, 20, 30, 40, 600];
  const past = minutes.map((duration_minutes, i) =>
    make.incident(`ppdb00${i}`, 'warning', { alert_id: `i${i}`, duration_minutes }),
  );
  const backend = backendOf()
    .on('GET /historical/incidents', { body: make.incidents(...past) })
    .on('GET /historical/summary', {
      body: {
        from: '',
        to: '',
        total_alerts: 5,
        alerts_by_level: { warning: 5 },
        avg_resolution_time_minutes: 140,
        incidents_prevented: 0,
        fleet_health_avg: null,
      },
    });
  open(backend);
  expect(
    await screen.findByText(/Half of them ended within 30 min, nine of ten within 10 h/),
  ).toBeInTheDocument();
});
