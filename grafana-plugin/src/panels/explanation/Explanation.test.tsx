import { LoadingState, type PanelProps, toDataFrame } from '@grafana/data';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ArgusClient } from '../../data/client';
import { ArgusError } from '../../data/errors';
import type { Explanation } from '../../data/explanation';
import type { ArgusFrameMeta } from '../../shared/frames';
import { EXPLANATION, PARTS_ALONE, WHAT_IF } from '../test/explanation';
import { HOSTILE_NAMES, panelData, panelProps } from '../test/factories';
import { TEST_ID } from '../testIds';
import { ExplanationPanel } from './ExplanationPanel';
import { ExplanationView, type ExplanationViewProps, ServerExplanation } from './index';
import { EXPLANATION_DEFAULTS, type ExplanationOptions } from './options';
import { SLOW_AFTER_MS } from './view/useExplanation';

jest.mock('@grafana/ui', () => ({
  ...jest.requireActual('@grafana/ui'),
  // jsdom has no canvas.
  UPlotChart: () => <div data-testid="uplot" />,
}));
// Components of Grafana take long to draw in jsdom on a busy machine.
jest.setTimeout(30_000);

const getInstanceSettings = jest.fn();
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual('@grafana/runtime'),
  locationService: { push: jest.fn() },
  getDataSourceSrv: () => ({ getInstanceSettings, getList: () => [] }),
}));

function clientOf(answers: Partial<Record<'get' | 'post', () => Promise<unknown>>>): ArgusClient {
  const never = () => new Promise(() => undefined);
  return {
    baseUrl: '/ds',
    get: answers.get ?? never,
    post: answers.post ?? never,
    delete: never,
  } as ArgusClient;
}

function show(explanation: Explanation, rest: Partial<ExplanationViewProps> = {}) {
  return render(<ExplanationView explanation={explanation} timeZone="utc" {...rest} />);
}

const section = (name: string) => screen.getByRole('article', { name });

describe('the explanation', () => {
  test('begins with score, level and sentence; what to do stands apart', () => {
    show(EXPLANATION);
    expect(screen.getAllByText('83.4')[0]).toBeVisible();
    expect(screen.getByText('Critical')).toBeVisible();
    expect(screen.getByText('Memory used reaches 95 % in about 40 minutes.')).toBeVisible();
    expect(screen.getByText('Restart the service whose memory grows.')).toBeVisible();
  });

  test('lists all parts of the risk', () => {
    show(EXPLANATION);
    const items = within(section('Parts of the risk')).getAllByRole('listitem');
    expect(items.map(({ textContent }) => textContent)).toEqual([
      'CPU 2.5',
      'Memory 80.9',
      'Disk 0.0',
      'Network 0.0',
      'Connections 0.0',
      'Cascade 0.0',
    ]);
  });

  test('goes from calmer times over each group to the risk', () => {
    show(EXPLANATION);
    const rows = within(section('What drives it')).getAllByRole('listitem');
    expect(rows.map(({ textContent }) => textContent)).toEqual([
      'Calmer times12.3',
      'Memory used, last hour88.1 % here, 61 % in calmer times; standard error 0.4+74.1',
      'CPU used, last 24 hours−3.0',
      'Risk83.4',
    ]);
  });

  test('gathers what is next to nothing in one line', () => {
    const [first] = EXPLANATION.shap?.groups ?? [];
    if (first === undefined) throw new Error('the example has no groups');
    const groups = (values: readonly number[], effect: string | undefined) =>
      values.map((value, i) => ({ ...first, id: `${i}`, label: `Group ${i}`, value, effect }));
    const gathered = (shap: NonNullable<Explanation['shap']>) => {
      const { unmount } = show({ ...EXPLANATION, shap });
      const rows = within(section('What drives it')).getAllByRole('listitem');
      const texts = rows.map(({ textContent }) => textContent);
      unmount();
      return texts.slice(2, -1);
    };
    const ends = { base_value: 12.3, risk: 90 };
    const small = groups([1.4, -0.3, 0.01], 'none');
    expect(gathered({ ...ends, resolution: 2, groups: [first, ...small] })).toEqual([
      '3 more, less than 2 points eachGroup 0; Group 1; Group 2+1.1',
    ]);
    expect(gathered({ ...ends, resolution: 2, groups: [first, ...groups([1.4], 'none')] })).toEqual([
      '1 more, less than 2 points eachGroup 0+1.4',
    ]);
    const older = groups([0.04, 0.04, -0.01], undefined);
    expect(gathered({ ...ends, groups: [{ ...first, effect: undefined }, ...older] })).toEqual([
      '3 more, next to nothing eachGroup 0; Group 1; Group 2+0.1',
    ]);
  });

  test('shows the hours of a metric in a table, and names metrics without effect', () => {
    show(EXPLANATION);
    const heat = section('When, and which metric');
    const row = within(heat).getByRole('row', { name: /^Memory used/ });
    expect(
      within(row)
        .getAllByRole('cell')
        .map(({ textContent }) => textContent)
        .slice(-2),
    ).toEqual(['−20.0', '+50.0']);
    expect(heat).toHaveTextContent('Next to no effect: CPU user.');
  });

  test('says that attention is no cause', () => {
    show(EXPLANATION);
    const attention = section('Where the network looked');
    expect(attention).toHaveTextContent('Attention is not a cause.');
    expect(within(attention).getAllByRole('listitem').at(-1)).toHaveTextContent('10:20–11:00: 45 %');
  });

  test('shows what would bring the risk down, with both levels as words', () => {
    show(EXPLANATION);
    const card = within(section('What would bring it down')).getByRole('listitem');
    expect(card).toHaveTextContent('83.4 critical');
    expect(card).toHaveTextContent('47.2 healthy');
    expect(within(card).queryByRole('button')).not.toBeInTheDocument();
  });

  test('of a backend that knows the parts alone is the parts, and nothing empty', () => {
    show(PARTS_ALONE, { client: clientOf({}) });
    expect(section('Parts of the risk')).toBeVisible();
    expect(screen.getAllByRole('article')).toHaveLength(1);
  });

  test('without even a risk is its sentence', () => {
    show({ server_name: 'a', sentence: 'Warming up.', limits: [] });
    expect(screen.getByText('Warming up.')).toBeVisible();
    expect(screen.queryByRole('article')).not.toBeInTheDocument();
  });

  test('gives the backend’s reasons where a part is empty', () => {
    show({
      ...EXPLANATION,
      heat: null,
      shap: { base_value: null, risk: null, groups: [], reason: 'No calmer data to compare with yet.' },
      attention: {
        times: [],
        mean: [],
        period_seconds: 2_400,
        variable_weights: [],
        reason: 'A baseline forecasts.',
      },
      counterfactuals: [],
      counterfactual: { reason: 'The risk is healthy; nothing has to change.' },
    });
    expect(section('What drives it')).toHaveTextContent('No calmer data to compare with yet.');
    expect(section('Where the network looked')).toHaveTextContent('A baseline forecasts.');
    expect(section('What would bring it down')).toHaveTextContent('nothing has to change');
    expect(screen.queryByRole('article', { name: 'When, and which metric' })).not.toBeInTheDocument();
  });

  test('leaves out the sections that are not wanted', () => {
    const none = { drivers: false, heat: false, attention: false, counterfactuals: false, whatIf: false };
    show(EXPLANATION, { show: none, client: clientOf({}) });
    expect(screen.getAllByRole('article')).toHaveLength(1);
  });
});

/** The slider's library reads the old number of the key. */
const ARROW_RIGHT = { key: 'ArrowRight', keyCode: 39 };

describe('what if', () => {
  test('takes a scenario over and shows the forecast as it would be', async () => {
    const post = jest.fn(() => Promise.resolve(WHAT_IF));
    show(EXPLANATION, { client: clientOf({ post }) });
    await userEvent.click(screen.getByRole('button', { name: 'Try it' }));
    expect(post).toHaveBeenCalledWith(
      '/what-if',
      expect.anything(),
      expect.objectContaining({
        body: { server: 'ppdb003', changes: [{ kind: 'held', metric: 'mem_used_pct', at: 71 }] },
      }),
    );
    expect(section('What if')).toHaveTextContent('Memory used at most (now 88.1%; in the past 8 hours)71%');
    const whatIf = section('What if');
    expect(await within(whatIf).findByText(WHAT_IF.summary)).toBeVisible();
    expect(whatIf).toHaveTextContent('12.0 healthy');
    expect(whatIf).toHaveTextContent('The answer is a guess there.');
    expect(within(whatIf).getByTestId(TEST_ID.chart)).toHaveAccessibleName(/^Memory used of ppdb003/);
  });

  test('asks for exactly what the card promises, and for a near one when its slider moves', async () => {
    const post = jest.fn((..._asked: unknown[]) => Promise.resolve(WHAT_IF));
    const [card] = EXPLANATION.counterfactuals ?? [];
    if (card === undefined) throw new Error('the example has no counterfactual');
    const what_if = [
      { kind: 'held', metric: 'mem_used_pct', at: 70.6 },
      { kind: 'held', metric: 'disk_usage_pct', at: 82 },
    ];
    show({ ...EXPLANATION, counterfactuals: [{ ...card, what_if }] }, { client: clientOf({ post }) });
    await userEvent.click(screen.getByRole('button', { name: 'Try it' }));
    expect(post.mock.calls[0]?.[2]).toMatchObject({ body: { changes: what_if } });
    await screen.findByText(WHAT_IF.summary);
    fireEvent.keyDown(screen.getByRole('slider', { name: 'Disk used at most' }), ARROW_RIGHT);
    await userEvent.click(screen.getByRole('button', { name: 'Forecast it' }));
    expect(post.mock.calls[1]?.[2]).toMatchObject({
      body: { changes: [what_if[0], { kind: 'held', metric: 'disk_usage_pct', at: 83 }] },
    });
  });

  test('asks an older backend, which knows no other bound, for a cap', async () => {
    const post = jest.fn((..._asked: unknown[]) => Promise.resolve(WHAT_IF));
    const counterfactuals = EXPLANATION.counterfactuals?.map((card) => ({ ...card, what_if: [] }));
    show({ ...EXPLANATION, counterfactuals }, { client: clientOf({ post }) });
    await userEvent.click(screen.getByRole('button', { name: 'Try it' }));
    expect(post.mock.calls[0]?.[2]).toMatchObject({
      body: { changes: [{ kind: 'cap', metric: 'mem_used_pct', at: 71 }] },
    });
  });

  test('asks for the load that a slider stands at, and goes back', async () => {
    const post = jest.fn((..._asked: unknown[]) => Promise.resolve(WHAT_IF));
    show(EXPLANATION, { client: clientOf({ post }) });
    const ask = screen.getByRole('button', { name: 'Forecast it' });
    expect(ask).toBeDisabled();
    const load = screen.getByRole('slider', { name: 'Load' });
    fireEvent.keyDown(load, ARROW_RIGHT);
    fireEvent.keyDown(load, ARROW_RIGHT);
    expect(section('What if')).toHaveTextContent('+10 %');
    await userEvent.click(ask);
    expect(post.mock.calls[0]?.[2]).toMatchObject({ body: { changes: [{ kind: 'load', percent: 10 }] } });
    await screen.findByText(WHAT_IF.summary);
    await userEvent.click(screen.getByRole('button', { name: 'Reset' }));
    expect(screen.queryByText(WHAT_IF.summary)).not.toBeInTheDocument();
    expect(ask).toBeDisabled();
  });

  test('says why it could not be forecast', async () => {
    const post = () => Promise.reject(new ArgusError('busy', 'The queue is full.', 'Wait a little.'));
    show(EXPLANATION, { client: clientOf({ post }) });
    await userEvent.click(screen.getByRole('button', { name: 'Try it' }));
    expect(await screen.findByText('The queue is full. Wait a little.')).toBeVisible();
  });
});

describe('asked for', () => {
  const ask = (client: ArgusClient, server = 'ppdb003') => (
    <ServerExplanation client={client} server={server} timeZone="utc" />
  );

  test('says that it is computed, and after five seconds that it takes long', () => {
    jest.useFakeTimers();
    render(ask(clientOf({})));
    expect(screen.getByRole('status')).toHaveTextContent('Explaining the forecast…');
    act(() => jest.advanceTimersByTime(SLOW_AFTER_MS));
    expect(screen.getByRole('status')).toHaveTextContent('It takes longer than usual');
    jest.useRealTimers();
  });

  test('shows what came', async () => {
    render(ask(clientOf({ get: () => Promise.resolve(EXPLANATION) })));
    expect(await screen.findByRole('article', { name: 'What drives it' })).toBeVisible();
  });

  test('says what failed, and tries again', async () => {
    const get = jest
      .fn<Promise<unknown>, []>()
      .mockRejectedValueOnce(
        new ArgusError('unreachable', 'Grafana cannot reach Argus.', 'Check that it runs.'),
      )
      .mockResolvedValue(EXPLANATION);
    render(ask(clientOf({ get })));
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'Grafana cannot reach Argus. Check that it runs.',
    );
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('article', { name: 'What drives it' })).toBeVisible();
  });

  test('a server that warms up is no failure', async () => {
    const get = () => Promise.reject(new ArgusError('not_ready', 'ppdb003 is warming up.', ''));
    render(ask(clientOf({ get })));
    expect(await screen.findByText('ppdb003 is warming up.')).toBeVisible();
    expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  });

  test('does not show one server’s explanation under another’s name', async () => {
    const get = jest.fn<Promise<unknown>, []>().mockResolvedValueOnce(EXPLANATION);
    get.mockReturnValue(new Promise(() => undefined));
    const client = clientOf({ get });
    const { rerender } = render(ask(client));
    await screen.findByRole('article', { name: 'What drives it' });
    rerender(ask(client, 'ppdb009'));
    expect(screen.queryByRole('article')).not.toBeInTheDocument();
    expect(screen.getByRole('status')).toHaveTextContent('Explaining the forecast…');
  });
});

describe('the panel', () => {
  const frame = (meta: Partial<ArgusFrameMeta>) =>
    toDataFrame({ meta: { custom: { argus: 'explanation', ...meta } }, fields: [] });
  const panel = (
    frames: Parameters<typeof panelData>[0],
    rest: Partial<PanelProps<ExplanationOptions>> = {},
    data: Parameters<typeof panelData>[1] = {},
  ) => render(<ExplanationPanel {...panelProps(EXPLANATION_DEFAULTS, panelData(frames, data), rest)} />);

  test('shows the explanation that the data source brought along', () => {
    panel([frame({ server: 'ppdb003', explanation: EXPLANATION })]);
    expect(section('What drives it')).toBeVisible();
    expect(screen.queryByRole('article', { name: 'What if' })).not.toBeInTheDocument();
  });

  test('offers the servers to choose from where there are several', async () => {
    panel([
      frame({ explanation: EXPLANATION }),
      frame({ explanation: { ...PARTS_ALONE, server_name: 'ppdb009', sentence: 'All is calm.' } }),
    ]);
    await userEvent.click(screen.getByRole('button', { name: 'ppdb009' }));
    expect(screen.getByText('All is calm.')).toBeVisible();
  });

  test('small shows score, sentence and parts alone', () => {
    panel([frame({ explanation: EXPLANATION })], { width: 250, height: 160 });
    expect(screen.getAllByRole('article')).toHaveLength(1);
    expect(section('Parts of the risk')).toBeInTheDocument();
  });

  test('an explanation it cannot read is not shown', () => {
    panel([frame({ server: 'a', explanation: { nonsense: true } })]);
    expect(screen.getByRole('status')).toHaveTextContent('No explanation in this data');
  });

  test.each(HOSTILE_NAMES)('shows the server %p as text', (server_name) => {
    panel([frame({ explanation: { ...PARTS_ALONE, server_name } })]);
    expect(screen.getByRole('link', { name: server_name })).toBeVisible();
  });

  test.each([
    ['Explaining the forecast…', { state: LoadingState.Loading }, 'status'],
    ['No server to explain', {}, 'status'],
    ['No such server.', { state: LoadingState.Error, errors: [{ message: 'No such server.' }] }, 'alert'],
  ] as const)('without a server says %p', (text, data, role) => {
    panel([], {}, { ...data, errors: 'errors' in data ? [...data.errors] : undefined });
    expect(screen.getByRole(role)).toHaveTextContent(text);
  });
});
