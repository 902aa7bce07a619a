import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { createClient } from '../../data/client';
import { type Answers, BASE_URL, type TestBackend, testBackend } from '../../data/testBackend';
import { listAnswer, ODD_NAME } from '../../data/testFixtures';
import type { ArgusDataSource } from '../datasource';
import type { ArgusQuery } from '../types';
import { QueryEditor } from './QueryEditor';
import { giveSizes } from './testBrowser';

let backend: TestBackend;
jest.mock('@grafana/runtime', () => ({
  getBackendSrv: () => ({ fetch: (request: never) => backend.fetch(request) }),
  getTemplateSrv: () => ({ getVariables: () => [{ name: 'server' }] }),
}));

beforeAll(giveSizes);

const servers = { '/servers': { data: listAnswer(['ppdb001', ODD_NAME]) } };

function show(query: Partial<ArgusQuery>, answers: Answers = servers) {
  backend = testBackend(answers);
  const onChange = jest.fn<void, [ArgusQuery]>();
  const onRunQuery = jest.fn();
  const datasource = Object.freeze({ client: createClient(BASE_URL) }) as ArgusDataSource;
  const frozen = Object.freeze({ refId: 'A', ...query });
  render(<QueryEditor datasource={datasource} query={frozen} onChange={onChange} onRunQuery={onRunQuery} />);
  return { onChange, onRunQuery, user: userEvent.setup() };
}

async function choose(user: ReturnType<typeof userEvent.setup>, label: string, option: string | RegExp) {
  await user.click(screen.getByLabelText(label));
  await user.click(await screen.findByText(option));
}

test('a new query shows CPU of the three servers at most risk', () => {
  const { onChange } = show({});
  expect(onChange).toHaveBeenCalledWith({
    refId: 'A',
    queryType: 'forecast',
    metrics: ['cpu_used_pct'],
    limit: 3,
  });
});

test('a stored query is left as it is', () => {
  expect(show({ queryType: 'fleet' }).onChange).not.toHaveBeenCalled();
});

test('every field has a name that a screen reader can say', () => {
  show({ queryType: 'forecast' });
  for (const label of ['Show', 'Metrics', 'Servers', 'Levels', 'Profiles', 'Earlier forecasts']) {
    expect(screen.getByLabelText(label)).toBeVisible();
  }
  expect(screen.getByLabelText('Name contains')).toBeVisible();
  expect(screen.getByLabelText('At most')).toBeVisible();
  expect(screen.getByLabelText('Measured values')).toBeChecked();
});

test('another type keeps what both read and drops the rest', async () => {
  const { user, onChange, onRunQuery } = show({
    queryType: 'forecast',
    servers: ['ppdb001'],
    metrics: ['mem_used_pct'],
    pastLead: '1h',
  });
  await choose(user, 'Show', 'Alerts');
  const next = onChange.mock.lastCall?.[0];
  expect(next).toMatchObject({ refId: 'A', queryType: 'alerts', servers: ['ppdb001'] });
  expect(next).not.toHaveProperty('metrics');
  expect(next).not.toHaveProperty('pastLead');
  expect(onRunQuery).toHaveBeenCalled();
});

test('servers are chosen from the fleet, whatever their names, or by a variable', async () => {
  const { user, onChange } = show({ queryType: 'fleet' });
  await user.click(screen.getByLabelText('Servers'));
  expect(await screen.findByText('$server')).toBeVisible();
  await user.click(await screen.findByRole('option', { name: /a\/b "c" <script>/ }));
  expect(onChange.mock.lastCall?.[0].servers).toEqual([ODD_NAME]);
});

test('the list of servers says why it is empty', async () => {
  const { user } = show({ queryType: 'fleet' }, { '/servers': { status: 502, body: '' } });
  await user.click(screen.getByLabelText('Servers'));
  expect(await screen.findByText(/Grafana cannot reach Argus/)).toBeVisible();
});

test('a limit that is no number is none', async () => {
  const { user, onChange } = show({ queryType: 'fleet', limit: 5 });
  const input = screen.getByLabelText('At most');
  await user.clear(input);
  await user.type(input, '0{Enter}');
  expect(onChange.mock.lastCall?.[0].limit).toBeUndefined();
});

test('text is taken over on Enter, not with each letter', async () => {
  const { user, onChange, onRunQuery } = show({ queryType: 'fleet' });
  await user.type(screen.getByLabelText('Name contains'), 'web');
  expect(onChange).not.toHaveBeenCalled();
  await user.keyboard('{Enter}');
  expect(onChange.mock.lastCall?.[0].search).toBe('web');
  expect(onRunQuery).toHaveBeenCalledTimes(1);
});

test('time is chosen where a query can be of now or of a range', async () => {
  const { user, onChange } = show({ queryType: 'risk' });
  const group = screen.getByRole('group', { name: 'Time' });
  expect(within(group).getByRole('radio', { name: 'Over time' })).toBeChecked();
  await user.click(within(group).getByRole('radio', { name: 'Now' }));
  expect(onChange.mock.lastCall?.[0].timing).toBe('now');
});
