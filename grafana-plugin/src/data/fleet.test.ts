import { createClient } from './client';
import { fetchFleet } from './fleet';
import { type Answers, BASE_URL, type TestBackend, testBackend } from './testBackend';
import { fleetAnswer, manyPredictions, ODD_NAME, prediction, warmingUpAnswer } from './testFixtures';

let backend: TestBackend;
jest.mock('@grafana/runtime', () => ({
  getBackendSrv: () => ({ fetch: (request: never) => backend.fetch(request) }),
}));

function client(data: unknown) {
  const answers: Answers = { '/predictions/current': { data } };
  backend = testBackend(answers);
  return createClient(BASE_URL);
}

test('puts those at most risk first, whatever their names', async () => {
  const healthy = prediction({ risk_score: 3, alert: { level: 'healthy', score: 3 } });
  const answer = fleetAnswer({
    '7': healthy,
    constructor: prediction(),
    [ODD_NAME]: prediction({ risk_score: 90 }),
  });
  const { servers } = await fetchFleet(client(answer));
  expect(servers.map(({ name }) => name)).toEqual([ODD_NAME, 'constructor', '7']);
});

test('reads a server without a score', async () => {
  const unknown = prediction({
    risk_score: null,
    alert: { level: 'unknown', score: null },
    parts: null,
    failure_probability_30m: null,
    failure_probability_8h: null,
    time_to_breach: null,
    cause: null,
    reason: 'Warming up: 3 of 36 steps.',
  });
  const { servers } = await fetchFleet(client(fleetAnswer({ a: unknown })));
  expect(servers[0]).toMatchObject({ risk_score: null, reason: 'Warming up: 3 of 36 steps.' });
});

test('says why no server has a forecast', async () => {
  const { servers, notReady } = await fetchFleet(client(warmingUpAnswer));
  expect(servers).toEqual([]);
  expect(notReady).toMatch(/No forecast has been made yet/);
});

test('names the field of the server that cannot be read', async () => {
  const answer = fleetAnswer({ good: prediction(), bad: prediction({ risk_score: 'high' }) });
  await expect(fetchFleet(client(answer))).rejects.toMatchObject({
    kind: 'malformed',
    message: expect.stringContaining('predictions[1][1].risk_score'),
  });
});

test('chooses here where the backend would not take so many names', async () => {
  const names = Array.from({ length: 101 }, (_, i) => `pp${String(i + 5).padStart(4, '0')}`);
  const { servers } = await fetchFleet(client(fleetAnswer(manyPredictions(1_000))), {
    server: names,
    limit: 3,
  });
  expect(servers.map(({ name }) => name)).toEqual(['pp0005', 'pp0006', 'pp0007']);
  expect(backend.paths()[0]).not.toMatch(/server=|limit=/);
});
