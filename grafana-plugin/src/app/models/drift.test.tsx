import { screen, waitFor, within } from '@testing-library/react';
import * as make from '../test/factories';
import { type FakeAnswer, FakeBackend } from '../test/fakeBackend';
import { openApp } from '../test/renderApp';
import { DRIFT_LEARNING, DRIFTING, drift } from '../test/watchFactories';
import { TEST_IDS } from '../testIds';
import { describeShift } from './drift';

const TRAINING = {
  training_id: 't7',
  trigger: 'drift',
  started_at: '2026-11-25T03:45:00.000Z',
  finished_at: null,
  minutes: null,
  epochs: 10,
  incremental: true,
  outcome: 'rejected',
  reason: 'The new model was 1.2 % better; 2 % are needed.',
  cause: 'distribution shift 0.52 (limit 0.2)',
  model: null,
  compared_with: 'default',
  comparison: null,
};

const STATS = {
  last_training: null,
  total_trainings: 2,
  avg_training_time_minutes: null,
  models_produced: 1,
  trainings: [{ ...TRAINING, training_id: 't8', trigger: 'manual', cause: null, outcome: 'taken' }, TRAINING],
};

function open(answer?: FakeAnswer, trainings: object = STATS) {
  const backend = new FakeBackend();
  if (answer !== undefined) backend.on('GET /drift', answer);
  backend.on('GET /admin/training-stats', { body: trainings });
  return openApp({ backend, path: '/a/argus-app/models', role: 'Viewer' });
}

function card() {
  return screen.findByTestId(TEST_IDS.drift);
}

test('a drift is told with its beginning, its score against the threshold, and the training it asked for', async () => {
  open({ body: DRIFTING });
  expect(await screen.findByText('Drifting since 2026-11-25 03:10')).toBeInTheDocument();
  const text = await card();
  expect(text).toHaveTextContent('Score 0.86');
  expect(text).toHaveTextContent(
    'Drift from 0.6 on, held for 30 min, by one profile alone for 3 h; over below 0.3',
  );
  await waitFor(() =>
    expect(text).toHaveTextContent(
      /asked for began 2026-11-25 03:45: not better\. The new model was 1\.2 % better/,
    ),
  );
});

test('evidence begins with the profile that drifts most: its signals with limit and weight', async () => {
  open({ body: DRIFTING });
  const row = await within(await card()).findByRole('row', { name: /^Distribution shift/ });
  expect(row).toHaveTextContent(/52\.0 %.*20 %.*0\.3/);
  expect(await screen.findByLabelText('Evidence for')).toHaveValue('Database, 0.86 (drifting)');
});

test('metrics that have shifted come first, with means and the distribution in words', async () => {
  open({ body: DRIFTING });
  const table = await screen.findByRole('table', { name: 'Drift by metric: Database' });
  const [, first, second] = within(table).getAllByRole('row');
  expect(first).toHaveTextContent(/^Memory used.*52\.0 %.*23\.1% → 41\.4%/);
  expect(second).toHaveTextContent(/^CPU used.*6\.0 %.*–/);
  expect(
    within(table).getByRole('img', {
      name: /^Distribution of Memory used, Database\. .*8 % before and 43 % now/,
    }),
  ).toBeInTheDocument();
  expect(within(table).getAllByText('past its limit:')).toHaveLength(2);
});

test('another profile can be chosen, and inputs that are not forecast have a name', async () => {
  const { user } = open({ body: DRIFTING });
  await user.type(await screen.findByLabelText('Evidence for'), 'All servers');
  await user.keyboard('{ArrowDown}{Enter}');
  expect(await screen.findByRole('table', { name: 'Drift by metric: All servers' })).toBeInTheDocument();
});

test('a quiet fleet says so, with its score', async () => {
  open({ body: drift() }, { ...STATS, trainings: [] });
  expect(await screen.findByText('Quiet')).toBeInTheDocument();
  expect(await card()).toHaveTextContent('Score 0.12');
  expect(await card()).toHaveTextContent('CPU waiting for I/O');
  const text = await card();
  await waitFor(() => expect(text).toHaveTextContent('No drift has asked for a training yet.'));
});

test('while the reference is learned there is a message and no evidence', async () => {
  open({ body: DRIFT_LEARNING });
  expect(await screen.findByText('Learning')).toBeInTheDocument();
  expect(await card()).toHaveTextContent('18 of 48 hours');
  expect(await card()).toHaveTextContent(
    'Learning since 2026-11-24 18:00, from 18 h of measurements so far.',
  );
  expect(screen.queryByText('Evidence for')).not.toBeInTheDocument();
});

test('a limit that quiet hours of a profile have raised is the one that counts', async () => {
  open({ body: DRIFTING });
  const row = await within(await card()).findByRole('row', { name: /^Prediction errors 12\.0 % 13 %/ });
  expect(within(row).getByTitle('10 %, but it varies by more here')).toBeInTheDocument();
});

test('the list of trainings says what asked for one', async () => {
  open({ body: DRIFTING });
  expect(await screen.findByText('Asked for: distribution shift 0.52 (limit 0.2)')).toBeInTheDocument();
});

test('a backend that does not watch for drift says so without an alarm', async () => {
  open();
  expect(await screen.findByText(/does not watch for drift/)).toBeInTheDocument();
  expect(within(await card()).queryByRole('alert')).not.toBeInTheDocument();
});

test('a drift that cannot be loaded is told, and can be tried again', async () => {
  open(make.DOWN);
  expect(await screen.findByText('The drift could not be loaded')).toBeInTheDocument();
  expect(within(await card()).getByText('Try again')).toBeInTheDocument();
});

test('while it waits it says so', async () => {
  open({ isSlow: true });
  expect(await screen.findByText('Loading the drift')).toBeInTheDocument();
});

test('the shares far from what is usual are those of the bins beyond 1.5 deviations', () => {
  const histogram = { edges: [-1.5, 0, 1.5], before: [0.1, 0.4, 0.3, 0.2], now: [0, 0.25, 0.25, 0.5] };
  expect(describeShift(histogram)).toBe(
    'Values far above what is usual at that time: 20 % before and 50 % now; far below: 10 % before and 0 % now.',
  );
});
