import { screen, waitFor, within } from '@testing-library/react';
import * as make from '../test/factories';
import { FakeBackend } from '../test/fakeBackend';
import { openApp, type Role } from '../test/renderApp';
import { TEST_IDS } from '../testIds';

const STATUS = {
  model_loaded: true,
  model_path: 'default',
  servers_tracked: 30,
  last_prediction: '2026-11-25T12:00:00.000Z',
  uptime_seconds: 7200,
  warmup_complete: true,
  servers_by_mode: { model: 28, baseline: 2, warming_up: 0, stale: 0 },
  model: { id: 'argus-tft-1', provider: 'cpu', problem: null },
  last_cycle: {
    origin: '2026-11-25T12:00:00.000Z',
    finished: '2026-11-25T12:00:01.000Z',
    duration_seconds: 0.31,
    servers: 30,
  },
  version: '0.1.0',
};

const MODELS = {
  current_model: 'default',
  models: [
    {
      name: 'default',
      path: 'default',
      created: '2026-11-20T08:00:00.000Z',
      size_mb: 10.5,
      is_current: true,
    },
    { name: 'trained-1', path: 'trained-1', created: null, size_mb: null, is_current: false },
  ],
};

const IDLE = {
  training_active: false,
  training_id: null,
  state: 'idle',
  message: 'No training yet.',
  progress: { epoch: 0, total_epochs: 0, percent: 0, eta_minutes: null },
  started_at: null,
  trigger: null,
  incremental: null,
};

const TRAINING = {
  ...IDLE,
  training_active: true,
  training_id: 't1',
  state: 'training',
  message: 'Loss falls.',
  progress: { epoch: 3, total_epochs: 10, percent: 27.5, eta_minutes: 14.2 },
  started_at: '2026-11-25T11:50:00.000Z',
  trigger: 'manual',
  incremental: true,
};

const STATS = {
  last_training: '2026-11-24T09:00:00.000Z',
  total_trainings: 1,
  avg_training_time_minutes: 31.5,
  models_produced: 1,
  trainings: [
    {
      training_id: 't0',
      trigger: 'schedule',
      started_at: '2026-11-24T08:00:00.000Z',
      finished_at: '2026-11-24T08:33:00.000Z',
      minutes: 33.1,
      epochs: 10,
      incremental: true,
      outcome: 'rejected',
      reason: 'The new model was 1.2 % better; 2 % are needed.',
      model: null,
      compared_with: 'default',
      comparison: { forecasts: 1200, loss_old: 0.412, loss_new: 0.407, change_pct: -1.2, margin_pct: 2 },
    },
  ],
};

const ROW = {
  metric: 'cpu_used_pct',
  horizon: '1h',
  scored: 480,
  pinball: { model: 1.1, last_value: 2, seasonal: 1.4, linear_trend: 3 },
  best_baseline: 'seasonal',
  skill: 0.21,
  coverage: 0.81,
  coverage_uncorrected: 0.74,
  winkler: 9,
};

function backendOf(): FakeBackend {
  const sources = [
    { metric: 'cpu_used_pct', servers: 30, baseline_share: 0.1, by_forecaster: { model: 27, seasonal: 3 } },
  ];
  return new FakeBackend()
    .on('GET /status', { body: STATUS })
    .on('GET /report-card', {
      body: make.reportCard({ rows: [ROW], sources, message: null, model: 'argus-tft-1' }),
    })
    .on('GET /admin/models', { body: MODELS })
    .on('GET /admin/training-status', { body: IDLE })
    .on('GET /admin/training-stats', { body: STATS });
}

function open(backend: FakeBackend, role: Role) {
  return openApp({ backend, path: '/a/argus-app/models', role });
}

test('says which model runs, on what, and how fast', async () => {
  open(backendOf(), 'Viewer');
  const section = await screen.findByLabelText('Model in use');
  for (const part of ['default', 'CPU', '30 servers in 0.3 s', '28 by model, 2 by baseline']) {
    expect(section).toHaveTextContent(part);
  }
});

test('a model that could not be loaded is told with the reason', async () => {
  const problem = 'manifest.json is damaged.';
  const status = {
    ...STATUS,
    model_loaded: false,
    model_path: null,
    model: { id: null, provider: null, problem },
  };
  open(backendOf().on('GET /status', { body: status }), 'Viewer');
  expect(await screen.findByText('No model is loaded')).toBeInTheDocument();
  expect(screen.getByText(/manifest.json is damaged. Baselines forecast/)).toBeInTheDocument();
});

test('the report card shows skill, coverage and loss by metric and horizon, and who forecasts', async () => {
  const { user } = open(backendOf(), 'Viewer');
  const card = await screen.findByTestId(TEST_IDS.reportCard);
  expect(await within(card).findByText('+21 %')).toBeInTheDocument();
  expect(card).toHaveTextContent('Model on 27, Same time yesterday on 3');
  await user.click(within(card).getByLabelText('Coverage'));
  expect(within(card).getByText('81 %')).toBeInTheDocument();
  await user.click(within(card).getByLabelText('Loss'));
  expect(within(card).getByText('1.10% / 1.40%')).toBeInTheDocument();
});

test('before the first score the report card says when there will be one', async () => {
  open(backendOf().on('GET /report-card', { body: make.reportCard() }), 'Viewer');
  expect(await screen.findByText('Nothing has been scored yet.')).toBeInTheDocument();
});

test('an administrator has another model forecast, after being asked', async () => {
  const backend = backendOf().on('POST /admin/reload-model', {
    body: { success: true, model: 'trained-1', message: "The model 'trained-1' forecasts now." },
  });
  const { user } = open(backend, 'Admin');
  await user.click(await screen.findByText('Use this model'));
  const dialog = await screen.findByRole('dialog');
  expect(backend.asked('POST /admin/reload-model')).toHaveLength(0);
  await user.click(within(dialog).getByText('Use this model'));
  expect(await screen.findByText("The model 'trained-1' forecasts now.")).toBeInTheDocument();
  expect(backend.asked('POST /admin/reload-model')[0]?.body).toEqual({ model_path: 'trained-1' });
});

test.each<Role>(['Viewer', 'Editor'])(
  '%s see models and trainings, but cannot change anything',
  async (role) => {
    open(backendOf(), role);
    const use = (await screen.findByText('Use this model')).closest('button');
    expect(use).toHaveAttribute('aria-disabled', 'true');
    const train = (await screen.findByText('Train now')).closest('button');
    expect(train).toHaveAttribute('aria-disabled', 'true');
    expect(await screen.findByText('The new model was 1.2 % better; 2 % are needed.')).toBeInTheDocument();
  },
);

test('an administrator starts a training with the epochs that were entered', async () => {
  const backend = backendOf().on('POST /admin/trigger-training', {
    body: {
      success: true,
      training_id: 't1',
      message: 'Training t1 has begun.',
      epochs: 5,
      incremental: false,
    },
  });
  const { user } = open(backend, 'Admin');
  await user.click(await screen.findByText('Train now'));
  const epochs = await screen.findByLabelText(/Epochs/);
  await user.clear(epochs);
  await user.type(epochs, '0');
  expect(screen.getByText('Train').closest('button')).toBeDisabled();
  await user.clear(epochs);
  await user.type(epochs, '5');
  await user.click(screen.getByLabelText(/Go on from the model in use/));
  await user.click(screen.getByText('Train'));
  expect(await screen.findByText('Training t1 has begun.')).toBeInTheDocument();
  const [request] = backend.asked('POST /admin/trigger-training');
  expect(Object.fromEntries(request?.params ?? [])).toEqual({ epochs: '5', incremental: 'false' });
});

test('a training that cannot begin says why', async () => {
  const detail = 'History holds 1.2 days of 8 servers; 4 days are needed.';
  const backend = backendOf().on('POST /admin/trigger-training', {
    status: 409,
    body: { detail, code: 'ARGUS_TRAINING_HISTORY_SHORT' },
  });
  const { user } = open(backend, 'Admin');
  await user.click(await screen.findByText('Train now'));
  await user.click(await screen.findByText('Train'));
  expect(await screen.findByText('The training was not started')).toBeInTheDocument();
  expect(screen.getByText(new RegExp(detail))).toBeInTheDocument();
});

test('a refused key is told as such', async () => {
  const backend = backendOf().on('POST /admin/reload-model', {
    status: 403,
    body: { detail: 'This key may only read.', code: 'ARGUS_SCOPE_MISSING' },
  });
  const { user } = open(backend, 'Admin');
  await user.click(await screen.findByText('Use this model'));
  await user.click(within(await screen.findByRole('dialog')).getByText('Use this model'));
  expect(await screen.findByText('The model was not changed')).toBeInTheDocument();
  expect(screen.getByText(/This key may only read/)).toBeInTheDocument();
});

test('a training under way shows its progress, and is cancelled after being asked', async () => {
  const backend = backendOf()
    .on('GET /admin/training-status', { body: TRAINING })
    .on('POST /admin/cancel-training', { body: { success: true, message: 'The training was cancelled.' } });
  const { user } = open(backend, 'Admin');
  const bar = await screen.findByLabelText('Progress of the training');
  expect(bar).toHaveAttribute('aria-valuenow', '28');
  const card = screen.getByTestId(TEST_IDS.training);
  expect(card).toHaveTextContent('about 14 min left');
  expect(card).toHaveTextContent('Epoch 3 of 10');
  await user.click(within(card).getByText('Cancel training'));
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByText('Cancel training'));
  expect(await screen.findByText('The training was cancelled.')).toBeInTheDocument();
});

test('a backend that neither lists models nor trains says so once each', async () => {
  const backend = new FakeBackend().on('GET /status', { body: STATUS });
  open(backend, 'Admin');
  expect(await screen.findByText(/cannot list or change its models/)).toBeInTheDocument();
  await waitFor(() => expect(screen.getAllByText(/does not train/)).toHaveLength(1));
  expect(screen.queryByText('Train now')).not.toBeInTheDocument();
});
