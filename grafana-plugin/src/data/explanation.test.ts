import { parse } from 'valibot';
import { EXPLANATION } from '../panels/test/explanation';
import type { ArgusClient, Decoder } from './client';
import { ArgusError } from './errors';
import { explanationSchema, fetchExplanation, PARTS_ONLY } from './explanation';

const DETAIL = {
  name: 'ppdb003',
  profile: 'database',
  mode: 'model',
  risk_score: 83.4,
  alert: { level: 'critical', score: 83.4 },
  cause: 'memory used reaches 95 %',
  reason: null,
  time_zone: 'UTC',
  first_seen: '2026-07-04T11:00:00.000Z',
  last_seen: '2026-07-05T11:00:00.000Z',
  attributes: {},
  metrics: {},
  measured_steps: 288,
  window_steps: 288,
  parts: { cpu: 2.5, memory: 80.9, disk: 0, network: 0, connections: 0 },
  severities: null,
  breaches: [],
  failure_probability_30m: 0.1,
  failure_probability_8h: 0.9,
};

/** Answers one request after the other; errors are thrown. */
function clientOf(...answers: unknown[]) {
  const asked: string[] = [];
  const client: ArgusClient = {
    baseUrl: '/ds',
    get: async <T>(path: string, decoder: Decoder<T>): Promise<T> => {
      asked.push(path);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return parse(decoder, answer);
    },
    post: () => Promise.reject(new Error('not asked for')),
    delete: () => Promise.reject(new Error('not asked for')),
  };
  return { client, asked };
}

const pending = {
  status: 'queued',
  server_name: 'a',
  poll: '/explain/a',
  retry_after_seconds: 0,
  detail: 'Wait.',
};

test('asks again until the explanation is computed', async () => {
  const { client, asked } = clientOf(pending, { ...pending, status: 'running' }, EXPLANATION);
  await expect(fetchExplanation(client, 'a')).resolves.toMatchObject({ server_name: 'ppdb003' });
  expect(asked).toHaveLength(3);
});

test('gives up on a computation that does not end', async () => {
  const { client, asked } = clientOf(...Array.from({ length: 50 }, () => pending));
  await expect(fetchExplanation(client, 'a')).rejects.toMatchObject({ kind: 'busy' });
  expect(asked.length).toBeLessThan(20);
});

test('stops waiting when it is no longer wanted', async () => {
  const abort = new AbortController();
  const { client, asked } = clientOf({ ...pending, retry_after_seconds: 60 }, EXPLANATION);
  const answer = fetchExplanation(client, 'a', abort.signal);
  setTimeout(() => abort.abort(new Error('left')), 0);
  await expect(answer).rejects.toThrow('left');
  expect(asked).toHaveLength(1);
});

test('percent-encodes the server’s name', async () => {
  const { client, asked } = clientOf(EXPLANATION);
  await fetchExplanation(client, 'rack1/host 7?');
  expect(asked).toEqual(['/explain/rack1%2Fhost%207%3F']);
});

test('an older backend still gives the exact parts, and says what is missing', async () => {
  const { client, asked } = clientOf(new ArgusError('unsupported', 'No such route.', ''), DETAIL);
  const found = await fetchExplanation(client, 'ppdb003');
  expect(found).toMatchObject({ risk: { score: 83.4, parts: DETAIL.parts }, limits: [PARTS_ONLY] });
  expect(found.shap).toBeUndefined();
  expect(asked).toEqual(['/explain/ppdb003', '/servers/ppdb003']);
});

test.each(['not_found', 'not_ready', 'busy', 'unreachable'] as const)('%s stays an error', async (kind) => {
  const { client } = clientOf(new ArgusError(kind, 'No.', ''));
  await expect(fetchExplanation(client, 'a')).rejects.toMatchObject({ kind });
});

test('reads an answer with no part but the name, and with nulls for parts', () => {
  expect(parse(explanationSchema, { server_name: 'a' })).toMatchObject({ server_name: 'a', limits: [] });
  const nulls = {
    server_name: 'a',
    risk: null,
    shap: null,
    heat: null,
    attention: null,
    counterfactuals: null,
  };
  expect(parse(explanationSchema, nulls)).toMatchObject(nulls);
});

test('refuses an answer of another shape', () => {
  expect(() => parse(explanationSchema, { server: 'a' })).toThrow();
  expect(() => parse(explanationSchema, { ...EXPLANATION, heat: { hours: 'x' } })).toThrow();
});
