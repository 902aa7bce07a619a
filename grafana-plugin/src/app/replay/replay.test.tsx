import { screen, waitFor, within } from '@testing-library/react';
import * as make from '../test/factories';
import { type FakeAnswer, FakeBackend } from '../test/fakeBackend';
import { openApp, type Role } from '../test/renderApp';
import { replay, replayDone, replayResult, replaySettings } from '../test/replayFactories';
import { TEST_IDS } from '../testIds';
import { EVERYWHERE, effectiveToday, problemsOf, proposalOf, riskOf, withPair } from './proposal';

function backendOf(settings: FakeAnswer = { body: replaySettings() }): FakeBackend {
  return new FakeBackend().on('GET /replay/settings', settings);
}

function open(backend: FakeBackend, role: Role = 'Viewer') {
  return openApp({ backend, path: '/a/argus-app/replay', role });
}

async function replayed(backend: FakeBackend) {
  const view = open(backend);
  await view.user.click(await screen.findByRole('button', { name: 'Replay' }));
  return view;
}

function answering(result = replayResult()): FakeBackend {
  const body = replayDone(result);
  return backendOf().on('POST /replay', { status: 202, body }).on('GET /replay/r1', { body });
}

test('a viewer tries another threshold and hold time; the whole of today is sent with them', async () => {
  const backend = answering();
  const { user } = open(backend);
  const hold = await screen.findByLabelText(/Hold time/);
  await user.clear(hold);
  await user.type(hold, '3');
  await user.type(screen.getByLabelText('Memory used, warning'), '80');
  await user.type(screen.getByLabelText('Memory used, critical'), '90');
  await user.click(screen.getByRole('button', { name: 'Replay' }));
  await waitFor(() => expect(backend.asked('POST /replay')).toHaveLength(1));
  const body = backend.asked('POST /replay')[0]?.body as { from: string; to: string; proposed: object };
  const today = replaySettings().risk;
  expect(body.proposed).toEqual({
    ...today,
    thresholds: { ...today.thresholds, mem_used_pct: { warning: 80, critical: 90 } },
    alerts: { ...today.alerts, holdCycles: 3 },
  });
  expect(Date.parse(body.to) - Date.parse(body.from)).toBe(30 * 86_400_000);
});

test('the result says the difference, both counts, and the configuration', async () => {
  await replayed(answering());
  const card = await screen.findByTestId(TEST_IDS.replayResult);
  expect(card).toHaveTextContent('would have opened 9 alerts in 30 days');
  expect(within(card).getByRole('row', { name: /^Alerts opened 9 14/ })).toBeInTheDocument();
  expect(within(card).getByRole('row', { name: /^Precision 88 % 54 %/ })).toBeInTheDocument();
  expect(within(card).getByRole('row', { name: /^Events caught 7 7 of 9/ })).toBeInTheDocument();
  expect(card).toHaveTextContent('never measured: java_cpu_pct');
  expect(screen.getByText(/holdCycles: 3/)).toBeInTheDocument();
  expect(screen.getByText('Copy the configuration')).toBeInTheDocument();
});

test('alerts can be narrowed to those only one of the settings would have opened', async () => {
  const { user } = await replayed(answering());
  const names = () =>
    ['ppdb001', 'ppml004', 'ppapi002'].filter((name) => screen.queryByRole('link', { name }) !== null);
  await waitFor(() => expect(names()).toEqual(['ppdb001', 'ppml004', 'ppapi002']));
  await user.click(screen.getByLabelText('Today only 1'));
  expect(names()).toEqual(['ppml004']);
  await user.click(screen.getByLabelText('Proposed only 1'));
  expect(names()).toEqual(['ppapi002']);
  await user.click(screen.getByLabelText(/toggle row expanded/i));
  expect(screen.getByText(/^Proposed: .* still open at the end/)).toBeInTheDocument();
  expect(screen.getByText('Today: no alert.')).toBeInTheDocument();
});

test('settings that open no alert at all are told', async () => {
  const nothing = { both: 0, only_proposed: 0, only_today: 0, alerts: [], alerts_total: 0, warnings: [] };
  await replayed(answering(replayResult(nothing)));
  expect(await screen.findByText('No such alert.')).toBeInTheDocument();
});

test('a cut list says how many there are', async () => {
  await replayed(answering(replayResult({ alerts_total: 2500 })));
  expect(await screen.findByText(/Only the newest 3 of 2500 are listed/)).toBeInTheDocument();
});

test('a change after the replay marks the results as earlier ones', async () => {
  const { user } = await replayed(answering());
  await screen.findByTestId(TEST_IDS.replayResult);
  expect(screen.queryByText(/before your last change/)).not.toBeInTheDocument();
  const hold = screen.getByLabelText(/Hold time/);
  await user.clear(hold);
  await user.type(hold, '4');
  expect(await screen.findByText(/before your last change/)).toBeInTheDocument();
  await user.click(screen.getByText('As today'));
  await waitFor(() => expect(screen.queryByText(/before your last change/)).not.toBeInTheDocument());
});

test('while it runs there is progress, and it can be cancelled', async () => {
  let state = replay();
  const backend = backendOf()
    .on('POST /replay', { status: 202, body: replay() })
    .on('GET /replay/r1', () => ({ body: state }))
    .on('DELETE /replay/r1', () => {
      state = replay({ state: 'cancelled', seconds_left: null });
      return { body: { success: true } };
    });
  const { user } = await replayed(backend);
  const bar = await screen.findByLabelText('Progress of the replay');
  expect(bar).toHaveAttribute('aria-valuenow', '42');
  expect(screen.getByText(/about 1 min left/)).toBeInTheDocument();
  expect(screen.getByText('Replaying…').closest('button')).toBeDisabled();
  await user.click(screen.getByText('Cancel'));
  expect(await screen.findByText('The replay was cancelled')).toBeInTheDocument();
  expect(backend.asked('DELETE /replay/r1')).toHaveLength(1);
  expect(screen.getByRole('button', { name: 'Replay' })).toBeEnabled();
});

test('it is asked for again until it is over', async () => {
  let asked = 0;
  const backend = backendOf()
    .on('POST /replay', { status: 202, body: replay({ state: 'reading', progress: 0, seconds_left: null }) })
    .on('GET /replay/r1', () => {
      asked += 1;
      return { body: asked < 2 ? replay() : replayDone() };
    });
  await replayed(backend);
  expect(await screen.findByTestId(TEST_IDS.replayResult)).toBeInTheDocument();
  expect(asked).toBe(2);
});

test.each([
  [
    'another replay is under way',
    { status: 409, body: { detail: 'Another replay runs.', code: 'ARGUS_REPLAY_BUSY' } },
    /Another replay runs\. Wait a little/,
  ],
  [
    'nothing was kept of the period',
    { status: 409, body: { detail: 'Nothing is kept of this time.', code: 'ARGUS_REPLAY_NO_HISTORY' } },
    /Nothing is kept of this time/,
  ],
  [
    'a value is wrong',
    {
      status: 422,
      body: {
        detail: [{ loc: ['body', 'proposed'], msg: 'must be less', type: 'value_error' }],
        code: 'ARGUS_INVALID_INPUT',
      },
    },
    /proposed must be less/,
  ],
  ['nothing answers', make.DOWN, /Grafana cannot reach Argus/],
])('where %s, the page says so and may be tried again', async (_why, answer, text) => {
  await replayed(backendOf().on('POST /replay', answer));
  expect(await screen.findByText('The replay was not started')).toBeInTheDocument();
  expect(screen.getByText(text)).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Replay' })).toBeEnabled();
});

test('a replay that fails says why', async () => {
  const body = replay({
    state: 'failed',
    error: { code: 'ARGUS_REPLAY_FAILED', detail: 'The disk is gone.' },
  });
  await replayed(backendOf().on('POST /replay', { status: 202, body }).on('GET /replay/r1', { body }));
  expect(await screen.findByText('The replay failed')).toBeInTheDocument();
  expect(screen.getByText('The disk is gone.')).toBeInTheDocument();
});

test('a threshold that makes no sense is told beside it, and nothing can be replayed', async () => {
  const { user } = open(backendOf());
  await user.type(await screen.findByLabelText('Memory used, warning'), '95');
  expect(screen.getByText('Both as numbers, or neither')).toBeInTheDocument();
  await user.type(screen.getByLabelText('Memory used, critical'), '90');
  expect(screen.getByText('Critical must be above warning')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Replay' })).toBeDisabled();
});

test('without history the page says what is missing', async () => {
  const settings = replaySettings({ history: null, history_problem: 'History is switched off.' });
  open(backendOf({ body: settings }));
  expect(await screen.findByText('There is nothing to replay yet')).toBeInTheDocument();
  expect(screen.getByText('History is switched off.')).toBeInTheDocument();
});

test('a backend that cannot replay says so', async () => {
  open(new FakeBackend());
  expect(await screen.findByText(/cannot replay the past; update Argus/)).toBeInTheDocument();
});

test('while the settings are loaded it says so; a failure can be tried again', async () => {
  let answer: FakeAnswer = make.DOWN;
  const { user } = open(backendOf().on('GET /replay/settings', () => answer));
  expect(await screen.findByText("Today's settings could not be loaded")).toBeInTheDocument();
  answer = { body: replaySettings() };
  await user.click(screen.getByText('Try again'));
  expect(await screen.findByRole('button', { name: 'Replay' })).toBeInTheDocument();
});

const { risk, targets, effective } = replaySettings();
const PROPOSAL = proposalOf(risk);

test('thresholds of a profile are put over those it has, and its weights stay', () => {
  const proposal = withPair(PROPOSAL, 'database', 'cpu_used_pct', { warning: '70', critical: '80' });
  expect(riskOf(proposal, risk).profiles.database).toEqual({
    thresholds: {
      mem_used_pct: { warning: 92, critical: 97 },
      cpu_used_pct: { warning: 70, critical: 80 },
    },
    weights: { memory: 0.5 },
  });
});

test('an emptied pair is left to its default', () => {
  const proposal = withPair(PROPOSAL, EVERYWHERE, 'cpu_used_pct', { warning: '', critical: '' });
  expect(riskOf(proposal, risk).thresholds).toEqual({});
});

test('a proposal without a change is today', () => {
  expect(riskOf(PROPOSAL, risk)).toEqual(risk);
});

test('today’s thresholds of every profile are known only where profiles share them', () => {
  expect(effectiveToday({ effective }, EVERYWHERE, 'mem_used_pct')).toBeUndefined();
  expect(effectiveToday({ effective }, EVERYWHERE, 'cpu_used_pct')).toEqual({ warning: 85, critical: 95 });
  expect(effectiveToday({ effective }, EVERYWHERE, 'load_average')).toBeNull();
  expect(effectiveToday({ effective }, 'database', 'mem_used_pct')).toEqual({ warning: 92, critical: 97 });
});

test.each([
  ['120', '130', 'mem_used_pct', 'From 0 to 100'],
  ['-1', '5', 'back_close_wait', 'Not below 0'],
  ['1000', '2000', 'back_close_wait', undefined],
  ['10', '10', 'mem_used_pct', 'Critical must be above warning'],
])('a pair of %s and %s for %s is answered with %s', (warning, critical, metric, problem) => {
  const { pairs } = problemsOf(withPair(PROPOSAL, EVERYWHERE, metric, { warning, critical }), targets);
  expect(pairs[EVERYWHERE]?.[metric]).toBe(problem);
});

test.each([
  [{ holdCycles: '0' }, { holdCycles: 'A whole number from 1 to 96' }],
  [{ holdCycles: '1.5' }, { holdCycles: 'A whole number from 1 to 96' }],
  [{ hysteresisPoints: '' }, { hysteresisPoints: 'A number from 0 to 20' }],
])('%j is answered with %j', (changes, problems) => {
  expect(problemsOf({ ...PROPOSAL, ...changes }, targets)).toEqual({ pairs: {}, ...problems });
});
