import { QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor } from '@testing-library/react';
import { ArgusConnectionProvider } from './clientContext';
import { ArgusError, type ArgusErrorKind } from './errors';
import { useFleet } from './hooks';
import { type ArgusAppSettings, clientOf, findInstance } from './instance';
import { createQueryClient, shouldRetry } from './queryClient';
import { fetchHealth } from './status';
import { BASE_URL, type TestBackend, testBackend } from './testBackend';
import { fleetAnswer, prediction } from './testFixtures';

let backend: TestBackend;
let uids: string[];
jest.mock('@grafana/runtime', () => ({
  getBackendSrv: () => ({ fetch: (request: never) => backend.fetch(request) }),
  getDataSourceSrv: () => ({
    // Grafana adds its own data source to whatever is asked for.
    getList: () => [
      ...uids.map((uid) => ({
        uid,
        type: 'argus-datasource',
        url: `/api/datasources/proxy/uid/${uid}`,
        jsonData: {},
      })),
      { uid: 'grafana', type: 'datasource', url: '', jsonData: {} },
    ],
  }),
}));

test.each([
  ['the one that was chosen', { dataSourceUid: 'b' }, ['argus', 'a', 'b'], 'b', undefined],
  ['ours by default', {}, ['a', 'argus'], 'argus', undefined],
  ['the first where ours is not there', {}, ['a', 'b'], 'a', undefined],
  ['another where the chosen one is gone, which is told', { dataSourceUid: 'x' }, ['a'], 'a', 'x'],
  ['none where there is none', {}, [], undefined, undefined],
])('takes %s', (_, settings: ArgusAppSettings, available, uid, missingUid) => {
  uids = available;
  const choice = findInstance(settings);
  expect(choice.instance?.uid).toBe(uid);
  expect(choice.missingUid).toBe(missingUid);
  expect(choice.candidates).toHaveLength(available.length);
});

test('without a data source every request says how to get one', async () => {
  backend = testBackend({});
  await expect(fetchHealth(clientOf(undefined))).rejects.toMatchObject({
    kind: 'not_configured',
    remedy: expect.stringContaining('Configuration'),
  });
  expect(backend.requests).toEqual([]);
});

const CASES: readonly (readonly [ArgusErrorKind, boolean])[] = [
  ['unreachable', true],
  ['failed', true],
  ['busy', false],
  ['key_refused', false],
  ['role', false],
  ['not_found', false],
];
test.each(CASES)('%s is asked again at once: %p', (kind, again) => {
  const error = new ArgusError(kind, 'x', 'y');
  expect(shouldRetry(0, error)).toBe(again);
  expect(shouldRetry(1, error)).toBe(false);
});

function Names() {
  const { data, error, isPending } = useFleet();
  if (isPending) return <p>loading</p>;
  if (error !== null) return <p role="alert">{error.sentence}</p>;
  return <p>{data?.servers.map(({ name }) => name).join(',')}</p>;
}

function show() {
  uids = ['argus'];
  const client = createQueryClient();
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retryDelay: 1 } });
  return render(
    <QueryClientProvider client={client}>
      <ArgusConnectionProvider settings={{}}>
        <Names />
      </ArgusConnectionProvider>
    </QueryClientProvider>,
  );
}

test('a page shows that it loads, then the servers', async () => {
  backend = testBackend({ '/predictions/current': { data: fleetAnswer({ a: prediction() }), delayMs: 5 } });
  show();
  expect(screen.getByText('loading')).toBeVisible();
  expect(await screen.findByText('a')).toBeVisible();
  expect(backend.requests[0]?.url).toContain(`${BASE_URL}/api/predictions/current`);
});

test('a backend that is down is asked once more, then told', async () => {
  backend = testBackend({ '/predictions/current': { status: 502, body: '' } });
  show();
  expect(await screen.findByRole('alert')).toHaveTextContent(/Check that Argus runs/);
  expect(backend.requests).toHaveLength(2);
});

test('leaving the page ends its request', async () => {
  backend = testBackend({ '/predictions/current': 'never' });
  const { unmount } = show();
  unmount();
  await waitFor(() => expect(backend.aborted).toHaveLength(1));
});
