import { FieldType, LoadingState, type PanelProps, toDataFrame } from '@grafana/data';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { serverOfParameter } from '../../shared/routes';
import { type FleetRow, fleetFrame, HOSTILE_NAMES, panelData, panelProps } from '../test/factories';
import { TEST_ID } from '../testIds';
import { FleetPanel } from './FleetPanel';
import { FLEET_DEFAULTS, type FleetOptions } from './options';

// Components of Grafana take long to draw in jsdom on a busy machine.
jest.setTimeout(30_000);

const push = jest.fn();
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual('@grafana/runtime'),
  locationService: { push: (url: string) => push(url) },
}));

beforeEach(() => push.mockClear());

const SERVERS: FleetRow[] = [
  {
    server: 'ppdb003',
    risk: 83.4,
    cause: 'memory used reaches 95 %',
    time_to_breach: 2_400,
    breach_metric: 'mem_used_pct',
    breach_threshold: 'critical',
    probability_30m: 0.2,
    probability_8h: 0.9,
  },
  { server: 'ppdb001', risk: 2 },
  { server: 'ppdb002', risk: 79.6 },
  { server: 'ppapi001', risk: 51, profile: 'web_api' },
  {
    server: 'ppapi002',
    risk: null,
    mode: 'warming_up',
    reason: 'Warming up: 3 of 36 steps.',
    profile: 'web_api',
  },
];

type Rest = Partial<PanelProps<FleetOptions>>;

function show(rows: readonly FleetRow[], options: Partial<FleetOptions> = {}, rest: Rest = {}) {
  return render(
    <FleetPanel {...panelProps({ ...FLEET_DEFAULTS, ...options }, panelData([fleetFrame(rows)]), rest)} />,
  );
}

const map = () => screen.getByTestId(TEST_ID.fleetMap);
/** Not by role: working out the names of thousands takes jsdom half a minute. */
const cells = () => [...map().querySelectorAll<HTMLAnchorElement>('a')];
const groupNames = () =>
  within(map())
    .getAllByRole('heading')
    .map(({ textContent }) => textContent);
const names = () => cells().map((link) => link.getAttribute('aria-label')?.split(/[ ,]/)[0]);

test('groups servers by profile, those at most risk first, without a score last', () => {
  show(SERVERS);
  expect(names()).toEqual(['ppdb003', 'ppdb002', 'ppdb001', 'ppapi001', 'ppapi002']);
  expect(groupNames()).toEqual(['Database 3', 'Web API 2']);
});

test('says of each server in words what colour and shape say', () => {
  show(SERVERS);
  const [first] = within(map()).getAllByRole('link');
  expect(first).toHaveAccessibleName(
    'ppdb003 83.4, critical, Database. Memory used critical in 40 min. memory used reaches 95 %',
  );
  expect(screen.getByRole('link', { name: /ppapi002/ })).toHaveAccessibleName(
    'ppapi002, warming up, Web API. Warming up: 3 of 36 steps.',
  );
});

test('a score of 79.6 is warning, not critical', () => {
  show(SERVERS);
  expect(screen.getByRole('link', { name: /ppdb002/ })).toHaveAccessibleName(/79\.6, warning/);
});

test('counts levels in the legend, and shows one of them alone', async () => {
  show(SERVERS);
  const legend = screen.getByRole('list', { name: 'Servers by level' });
  const labels = within(legend)
    .getAllByRole('button')
    .map(({ textContent }) => textContent);
  expect(labels).toEqual(['Critical 1', 'Warning 1', 'Degraded 1', 'Healthy 1', 'No score 1']);
  await userEvent.click(within(legend).getByRole('button', { name: /Warning/ }));
  expect(names()).toEqual(['ppdb002']);
  await userEvent.click(within(legend).getByRole('button', { name: /Warning/ }));
  expect(names()).toHaveLength(5);
});

test('has the same numbers in a table for screen readers', () => {
  show(SERVERS);
  const row = within(screen.getByRole('table')).getByRole('row', { name: /Web API/ });
  expect(
    within(row)
      .getAllByRole('cell')
      .map(({ textContent }) => textContent),
  ).toEqual(['0', '1', '0', '0', '1']);
});

test('is one stop for the tab key; arrows go from server to server, Enter opens its page', async () => {
  show(SERVERS);
  const links = within(map()).getAllByRole('link');
  expect(links.filter((link) => link.tabIndex === 0)).toHaveLength(1);
  act(() => links[0]?.focus());
  await userEvent.keyboard('{ArrowRight}');
  expect(links[1]).toHaveFocus();
  expect(links.filter((link) => link.tabIndex === 0)).toEqual([links[1]]);
  await userEvent.keyboard('{End}{Home}{ArrowLeft}{ArrowRight}{Enter}');
  expect(push).toHaveBeenCalledWith('/a/argus-app/servers/ppdb002');
});

test('leaves a click with a modifier to the browser', () => {
  show(SERVERS);
  // jsdom cannot go to another page.
  const stay = (event: Event) => event.preventDefault();
  window.addEventListener('click', stay, { once: true });
  fireEvent.click(screen.getByRole('link', { name: /ppdb003/ }), { ctrlKey: true });
  expect(push).not.toHaveBeenCalled();
});

test('shows what is known of the server under the pointer, until Escape', async () => {
  show(SERVERS);
  await userEvent.hover(screen.getByRole('link', { name: /ppdb003/ }));
  expect(screen.getByText('Memory used reaches 95 %')).toBeInTheDocument();
  expect(screen.getByText('20 %')).toBeInTheDocument();
  act(() => screen.getByRole('link', { name: /ppdb003/ }).focus());
  await userEvent.keyboard('{Escape}');
  expect(screen.queryByText('Memory used reaches 95 %')).not.toBeInTheDocument();
});

test('draws 1,000 servers, all reachable, with one stop for the tab key', () => {
  show(Array.from({ length: 1_000 }, (_, i) => ({ server: `s${i}`, risk: i / 10 })));
  const links = cells();
  expect(links).toHaveLength(1_000);
  expect(links.every((link) => link.href !== '' && link.ariaLabel !== '')).toBe(true);
  expect(links.filter((link) => link.tabIndex === 0)).toHaveLength(1);
});

test('draws those at most risk where there are more than chosen, and says how many are left', () => {
  show(
    Array.from({ length: 30 }, (_, i) => ({ server: `s${i}`, risk: i })),
    { maxServers: 10 },
  );
  expect(names()).toEqual(Array.from({ length: 10 }, (_, i) => `s${29 - i}`));
  expect(screen.getByText(/^20 more servers/)).toBeVisible();
});

test('filters by name, with template variables, and by level', () => {
  const replaceVariables = (text: string) => text.replace('$part', 'API');
  const { unmount } = show(SERVERS, { filter: '$part' }, { replaceVariables });
  expect(names()).toEqual(['ppapi001', 'ppapi002']);
  unmount();
  show(SERVERS, { levels: ['critical', 'degraded'] });
  expect(names()).toEqual(['ppdb003', 'ppapi001']);
});

test('groups by level and sorts by name where that is chosen', () => {
  const { unmount } = show(SERVERS, { groupBy: 'level' });
  expect(groupNames()).toEqual(['Critical 1', 'Warning 1', 'Degraded 1', 'Healthy 1', 'No score 1']);
  unmount();
  show(SERVERS, { groupBy: 'none', sortBy: 'name' });
  expect(names()).toEqual(['ppapi001', 'ppapi002', 'ppdb001', 'ppdb002', 'ppdb003']);
});

test('keeps names apart that are like properties or markup', () => {
  show(HOSTILE_NAMES.map((server) => ({ server, risk: 10 })));
  const links = within(map()).getAllByRole('link');
  expect(links).toHaveLength(HOSTILE_NAMES.length);
  const linked = links.map((link) =>
    serverOfParameter(decodeURIComponent((link.getAttribute('href') ?? '').split('/').at(-1) ?? '')),
  );
  expect([...linked].sort()).toEqual([...HOSTILE_NAMES].sort());
});

test('a small panel keeps the map, worst first, and drops legend and groups', () => {
  show(SERVERS, {}, { width: 150, height: 70 });
  expect(screen.queryByRole('list', { name: 'Servers by level' })).not.toBeInTheDocument();
  expect(names()[0]).toBe('ppdb003');
  expect(within(map()).queryByRole('heading')).not.toBeInTheDocument();
});

test('a risk that is no number is no score', () => {
  show([{ server: 'a', risk: Number.NaN, level: null }]);
  expect(screen.getByRole('link')).toHaveAccessibleName(/no score/);
});

describe('without servers', () => {
  test('says so', () => {
    show([]);
    expect(screen.getByRole('status')).toHaveTextContent('No servers');
  });

  test('tells a filter that nothing fits from an empty fleet', () => {
    show(SERVERS, { filter: 'zzz' });
    expect(screen.getByRole('status')).toHaveTextContent('5 servers are known');
  });

  test.each([
    ['Loading the fleet…', panelData([], { state: LoadingState.Loading }), 'status'],
    [
      'Grafana cannot reach Argus.',
      panelData([], { state: LoadingState.Error, errors: [{ message: 'Grafana cannot reach Argus.' }] }),
      'alert',
    ],
    [
      'No servers in this data',
      panelData([toDataFrame({ fields: [{ name: 'x', type: FieldType.number, values: [1] }] })]),
      'status',
    ],
  ])('says %p', (text, data, role) => {
    render(<FleetPanel {...panelProps(FLEET_DEFAULTS, data)} />);
    expect(screen.getByRole(role)).toHaveTextContent(text);
  });
});
