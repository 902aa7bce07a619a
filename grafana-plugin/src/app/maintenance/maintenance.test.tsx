import { screen, waitFor, within } from '@testing-library/react';
import { serverUrl } from '../../shared/routes';
import * as make from '../test/factories';
import { FakeBackend } from '../test/fakeBackend';
import { openApp, type Role } from '../test/renderApp';
import { TEST_IDS } from '../testIds';
import { emptyForm, orderOf, problemsOf } from './windowForm';

const ALERTS = '/a/argus-app/alerts';

function backendOf(...said: ReturnType<typeof make.annotation>[]): FakeBackend {
  return new FakeBackend()
    .on('GET /alerts/active', { body: make.activeAlerts() })
    .on('GET /annotations', { body: make.annotations(...said) });
}

function open(backend: FakeBackend, role: Role = 'Editor', path = ALERTS) {
  return openApp({ backend, path, role });
}

function card() {
  return screen.findByTestId(TEST_IDS.maintenance);
}

test('lists windows that mute now and those to come, not those that are over', async () => {
  open(
    backendOf(
      make.annotation('past', { server_names: ['ppdb009'], to: '2020-01-01T00:00:00Z' }),
      make.annotation('coming', { profiles: ['database'], text: 'patches' }),
      make.annotation('now', {
        server_names: ['ppdb001', 'ppdb002', 'ppdb003', 'ppdb004'],
        active: true,
        to: null,
        recurrence: {
          days: ['sat', 'sun'],
          start: '02:00',
          duration_minutes: 180,
          time_zone: 'Europe/Berlin',
        },
      }),
      make.annotation('verdict', { kind: 'true', alert_id: 'a' }),
    ),
  );
  const rows = await within(await card()).findAllByRole('row');
  expect(rows).toHaveLength(3);
  expect(rows[1]).toHaveTextContent(
    /Mutes now.*Maintenance.*ppdb001, ppdb002, ppdb003 and 1 more.*Each Sat, Sun 02:00 for 3 h \(Europe\/Berlin\)/,
  );
  expect(rows[2]).toHaveTextContent(/To come.*All of Database.*patches/);
});

test('without windows it says that none is planned', async () => {
  open(backendOf());
  expect(await screen.findByText('No maintenance is planned.')).toBeInTheDocument();
});

test('windows that cannot be loaded leave the alerts where they are', async () => {
  open(backendOf().on('GET /annotations', make.DOWN));
  expect(await screen.findByText('The maintenance windows could not be loaded')).toBeInTheDocument();
  expect(await screen.findByText('No alert is active')).toBeInTheDocument();
});

test('an editor plans a window for every server, with a comment', async () => {
  const backend = backendOf().on('POST /annotations', { status: 201, body: make.annotation('w1') });
  const { user } = open(backend);
  await user.click(await screen.findByText('Plan maintenance'));
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByLabelText('Every server'));
  await user.type(within(dialog).getByLabelText('Comment'), 'power work');
  await user.click(within(dialog).getByRole('button', { name: 'Plan maintenance' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  const [request] = backend.asked('POST /annotations');
  expect(request?.body).toMatchObject({ kind: 'maintenance', text: 'power work' });
  expect(request?.body).not.toHaveProperty('server_names');
});

test('a window each week has its days, its time of day and the zone of the page', async () => {
  const backend = backendOf().on('POST /annotations', { status: 201, body: make.annotation('w1') });
  const { user } = open(backend);
  await user.click(await screen.findByText('Plan maintenance'));
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByLabelText('Every server'));
  await user.click(within(dialog).getByLabelText('Each week'));
  await user.click(within(dialog).getByText('Sun'));
  await user.click(within(dialog).getByRole('button', { name: 'Plan maintenance' }));
  await waitFor(() => expect(backend.asked('POST /annotations')).toHaveLength(1));
  expect(backend.asked('POST /annotations')[0]?.body).toMatchObject({
    recurrence: { days: ['sat', 'sun'], start: '02:00', duration_minutes: 120 },
  });
});

test('a window without servers cannot be planned, and says why when it is tried', async () => {
  const backend = backendOf();
  const { user } = open(backend);
  await user.click(await screen.findByText('Plan maintenance'));
  const dialog = await screen.findByRole('dialog');
  expect(within(dialog).queryByText('Choose at least one server')).not.toBeInTheDocument();
  const plan = within(dialog).getByRole('button', { name: 'Plan maintenance' });
  await user.click(plan);
  expect(within(dialog).getByText('Choose at least one server')).toBeInTheDocument();
  expect(plan).toBeDisabled();
  expect(backend.asked('POST /annotations')).toHaveLength(0);
});

test('a window the backend refuses keeps the dialog, with the reason', async () => {
  const backend = backendOf().on('POST /annotations', {
    status: 409,
    body: {
      detail: 'There are 20000 annotations already; delete some first.',
      code: 'ARGUS_ANNOTATIONS_FULL',
    },
  });
  const { user } = open(backend);
  await user.click(await screen.findByText('Plan maintenance'));
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByLabelText('Every server'));
  await user.click(within(dialog).getByRole('button', { name: 'Plan maintenance' }));
  expect(await within(dialog).findByText('The maintenance was not planned')).toBeInTheDocument();
  expect(within(dialog).getByText(/delete some first/)).toBeInTheDocument();
});

test('a window is deleted after being asked; one of another system only there', async () => {
  const backend = backendOf(
    make.annotation('w1', { server_names: ['ppdb001'] }),
    make.annotation('alertmanager-5', { server_names: ['ppdb002'], author: 'alertmanager' }),
  ).on('DELETE /annotations/w1', { body: { success: true } });
  const { user } = open(backend);
  await user.click(await screen.findByLabelText('Delete the window: ppdb001'));
  expect(screen.queryByLabelText('Delete the window: ppdb002')).not.toBeInTheDocument();
  await user.click(within(await screen.findByRole('dialog')).getByText('Delete'));
  await waitFor(() => expect(backend.asked('DELETE /annotations/w1')).toHaveLength(1));
});

test('a viewer sees the windows, but neither plans nor deletes', async () => {
  open(backendOf(make.annotation('w1', { server_names: ['ppdb001'] })), 'Viewer');
  const remove = await screen.findByLabelText('Delete the window: ppdb001');
  expect(remove).toHaveAttribute('aria-disabled', 'true');
  const plan = screen.getByText('Plan maintenance').closest('button');
  expect(plan).toHaveAttribute('aria-disabled', 'true');
});

test('on the page of a server the dialog begins with that server', async () => {
  const backend = backendOf()
    .on('GET /servers/ppdb003', { body: make.serverDetail('ppdb003') })
    .on('GET /servers/ppdb003/forecast', { body: make.forecast('ppdb003') })
    .on('POST /annotations', { status: 201, body: make.annotation('w1') });
  const { user } = open(backend, 'Editor', serverUrl('ppdb003'));
  await user.click(await screen.findByText('Plan maintenance'));
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByRole('button', { name: 'Plan maintenance' }));
  await waitFor(() => expect(backend.asked('POST /annotations')).toHaveLength(1));
  expect(backend.asked('POST /annotations')[0]?.body).toMatchObject({ server_names: ['ppdb003'] });
});

const NOON_MS = Date.parse('2026-07-01T12:00:00Z');

test('from and to are by the clocks of the page', () => {
  const form = { ...emptyForm(['a'], NOON_MS, 'Europe/Berlin'), to: '2026-07-01T16:30' };
  expect(form.from).toBe('2026-07-01T14:00');
  expect(orderOf(form, 'Europe/Berlin')).toMatchObject({
    from: '2026-07-01T12:00:00.000Z',
    to: '2026-07-01T14:30:00.000Z',
  });
});

test.each([
  [{ to: '2026-07-01T11:00' }, { to: 'Must lie after the beginning' }],
  [{ from: '' }, { from: 'A date and time' }],
  [{ whom: 'profiles' }, { profiles: 'Choose at least one profile' }],
  [{ when: 'weekly', days: [] }, { days: 'Choose at least one day' }],
  [{ when: 'weekly', start: '25:00' }, { start: 'A time of day, such as 02:00' }],
  [{ when: 'weekly', hours: '0' }, { hours: 'A number of hours up to 168' }],
] as const)('a form with %j is told %j', (changes, problems) => {
  expect(problemsOf({ ...emptyForm(['a'], NOON_MS, 'utc'), ...changes })).toEqual(problems);
});
